package gateway

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/filters"
)

const lifetimes = `
[routes.all]
match   = { path = "/v1/*" }
auth    = "anonymous"
upgrade = ["websocket"]
timeout = { request = "500ms" }
to      = "app"
`

// ends reports whether the gateway ends the connection within d, reading what it says before.
func ends(c net.Conn, d time.Duration) (said string, ended bool) {
	c.SetReadDeadline(time.Now().Add(d))
	var b bytes.Buffer
	_, err := io.Copy(&b, c)
	return b.String(), err == nil || strings.Contains(err.Error(), "reset")
}

func TestSlowHeadsEnd(t *testing.T) {
	h := start(t, lifetimes) // timeouts.header is 1s
	var slow []net.Conn
	for range 100 {
		c := h.dial()
		fmt.Fprint(c, "GET /v1/x HTTP/1.1\r\nHost: a\r\n")
		slow = append(slow, c)
	}
	stop := time.Now().Add(800 * time.Millisecond)
	for n := 0; time.Now().Before(stop); n++ { // more bytes do not extend it
		fmt.Fprintf(slow[n%len(slow)], "X-%d: a\r\n", n)
		h.send(get("/v1/x")).is(t, 200, "")
	}
	for _, c := range slow {
		if said, ended := ends(c, 10*time.Second); !ended || !strings.Contains(said, "framing.head_timeout") {
			t.Fatalf("ended %v, said %q", ended, said)
		}
	}
}

func TestHalfClosedClientIsAnswered(t *testing.T) {
	h := start(t, lifetimes)
	c := h.dial()
	fmt.Fprint(c, get("/v1/x"))
	c.(*net.TCPConn).CloseWrite()
	if said, ended := ends(c, 5*time.Second); !ended || !strings.HasPrefix(said, "HTTP/1.1 200") {
		t.Errorf("ended %v, said %q", ended, said)
	}
}

func TestSilentUpstream(t *testing.T) {
	h := start(t, lifetimes)
	h.send(get("/v1/x?hang=1")).is(t, 504, "upstream.timeout")
	h.record.Reset()
	h.send("POST /v1/x?hang=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi").is(t, 504, "upstream.timeout")
	if n := bytes.Count(h.record.Bytes(), []byte("POST ")); n != 1 {
		t.Errorf("the POST was sent %d times", n)
	}
}

func TestClientGoesAway(t *testing.T) {
	h := startWith(t, prologue+strings.Replace(lifetimes, `"500ms"`, `"30s"`, 1), nil)
	c := h.dial()
	fmt.Fprint(c, get("/v1/x?hang=1"))
	await(t, "the request is at the upstream", func() bool { return h.stub.Stats().Requests == 1 })
	c.Close()
	await(t, "the client's connection is forgotten", func() bool { return h.open.Load() == 0 })
}

func await(t *testing.T, what string, f func() bool) {
	t.Helper()
	for range 400 {
		if f() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("in vain: %s", what)
}

func TestCutBodyIsNoEnd(t *testing.T) {
	h := start(t, lifetimes)
	f := func(query string) {
		t.Helper()
		a := h.send(get("/v1/x?" + query))
		if a.StatusCode != 200 || a.err == nil {
			t.Errorf("%s: status %d, %d bytes, %v: the cut did not show", query, a.StatusCode, len(a.body), a.err)
		}
	}
	f("size=100000&cut=50000")
	f("size=100000&chunked=1&cut=50000")
	f("size=100000&reset=50000")
}

func TestEventsAreNotHeldBack(t *testing.T) {
	h := start(t, lifetimes)
	c := h.dial()
	fmt.Fprint(c, get("/v1/x?sse=3&pace=200ms"))
	r := bufio.NewReader(c)
	a, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	events := bufio.NewReader(a.Body)
	var last time.Time
	for n := range 3 {
		if _, err := events.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		if n > 0 && time.Since(last) < 20*time.Millisecond {
			t.Error("two events came together")
		}
		last = time.Now()
		events.ReadString('\n')
	}
}

func TestWebSocket(t *testing.T) {
	h := start(t, lifetimes)
	c := h.dial()
	fmt.Fprint(c, get("/v1/x", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="))
	r := bufio.NewReader(c)
	a, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if a.StatusCode != 101 || a.Header.Get("Upgrade") != "websocket" || a.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("%d %v", a.StatusCode, a.Header)
	}
	frame := []byte{0x81, 0x82, 0, 0, 0, 0, 'h', 'i'} // masked with zeros
	for range 3 {
		if _, err := h.Reload(); err != nil { // a tunnel outlives its table
			t.Fatal(err)
		}
		c.Write(frame)
		echo := make([]byte, 4)
		if _, err := io.ReadFull(r, echo); err != nil || string(echo[2:]) != "hi" {
			t.Fatalf("%q %v", echo, err)
		}
	}
	c.Close()
	await(t, "the tunnel is gone", func() bool { return h.open.Load() == 0 && h.stub.Stats().Open == 0 })
}

// A slow reader of a long answer makes the gateway wait, not remember.
func TestSlowReaderHoldsNothing(t *testing.T) {
	h := startWith(t, prologue+lifetimes, nil)
	before := heap()
	var readers []net.Conn
	for range 50 {
		c := h.dial()
		fmt.Fprint(c, get("/v1/x?size=4194304"))
		readers = append(readers, c)
	}
	await(t, "all are served", func() bool { return h.stub.Stats().Requests >= 50 })
	if grown := heap() - before; grown > 50*64<<10+16<<20 {
		t.Errorf("50 answers of 4 MiB that nobody reads hold %d bytes", grown)
	}
	for _, c := range readers {
		c.Close()
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}

// broken is a filter with a mistake in it.
type broken struct{}

func (broken) Request(*filters.Exchange) filters.Verdict { panic("a mistake") }

// Panics cost one request and its connection.
func TestPanic(t *testing.T) {
	h := start(t, lifetimes)
	table := *h.table.Load()
	table.routes = slices.Clone(table.routes)
	for i, r := range table.routes {
		mistaken := *r
		mistaken.steps = []filters.Filter{broken{}}
		mistaken.replies, mistaken.finishers = nil, nil
		table.routes[i] = &mistaken
	}
	h.table.Store(&table)
	h.send(get("/v1/x")).is(t, 500, "internal.panic")
	h.send(get("/nowhere")).is(t, 404, "route.none")
}
