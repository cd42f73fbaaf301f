package wire

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// An idle connection that was closed is noticed before anything is written, with and without TLS.
func TestStaleConnection(t *testing.T) {
	request := []byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	f := func(server *httptest.Server, nc net.Conn) {
		t.Helper()
		defer server.Close()
		c := NewConn(nc, Upstreams, 0)
		defer c.Close()
		c.SetDeadline(Now() + int64(10*time.Second))
		if err := c.Ask(request, nil, false); err != nil {
			t.Fatal(err)
		}
		c.ReleaseBuffer()
		if c.Stale() {
			t.Fatal("stale while it is open")
		}
		server.CloseClientConnections()
		for range 200 {
			if c.Stale() {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		if err := c.Ask(request, nil, true); err != ErrStale {
			t.Fatalf("%v, want %v", err, ErrStale)
		}
	}
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("hello")) })

	plain := httptest.NewServer(hello)
	nc, err := net.Dial("tcp", plain.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	f(plain, nc)

	secure := httptest.NewTLSServer(hello)
	s, err := tls.Dial("tcp", secure.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	f(secure, s)
}
