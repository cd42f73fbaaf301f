package stub

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// talk sends raw bytes and returns all that comes back until the stub closes.
func talk(t *testing.T, s *Server, raw string) string {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, raw); err != nil {
		t.Fatal(err)
	}
	got, _ := io.ReadAll(c) // a reset is an answer too
	return string(got)
}

func TestScripts(t *testing.T) {
	s := start(t, Options{Node: "a"})
	f := func(target string, want ...string) {
		t.Helper()
		got := talk(t, s, "GET "+target+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: no %q in\n%s", target, w, got)
			}
		}
	}
	f("/", "HTTP/1.1 200 OK\r\nServer: stub\r\nDate: ", "Stub-Node: a\r\n", "Content-Length: 200\r\n\r\n0123456789")
	f("/10k", "Content-Length: 10240\r\n")
	f("/10k?delay=1ms", "Content-Length: 10240\r\n")
	f("/?size=5", "Content-Length: 5\r\n\r\n01234")
	f("/?status=503&size=0", "HTTP/1.1 503 Service Unavailable\r\n", "Content-Length: 0\r\n")
	f("/?status=204", "HTTP/1.1 204 No Content\r\n")
	f("/?size=5&chunked=1&piece=2", "Transfer-Encoding: chunked\r\n\r\n2\r\n01\r\n2\r\n01\r\n1\r\n0\r\n0\r\n\r\n")
	f("/?header=A:b&header=C:d", "\r\nA:b\r\nC:d\r\n")
	f("/?hints=1", "HTTP/1.1 103 Early Hints\r\nLink: ", "\r\n\r\nHTTP/1.1 200 OK\r\n")
	f("/?sse=2", "text/event-stream", "data: 1\n\n", "data: 2\n\n", "0\r\n\r\n")
	f("/?size=5&late=junk&after=1ms", "\r\n\r\n01234junk")
	f("/?echo=1", "\r\n\r\nGET /?echo=1 HTTP/1.1\r\nHost: x\r\n")
	f("/?close=1", "Connection: close\r\n")
	f("/?size=100&cut=3", "Content-Length: 100\r\n\r\n012")
	f("/?statsu=1", "HTTP/1.1 400 Bad Request\r\n", "no such word")
	f("/?size=9999999999", "HTTP/1.1 400 Bad Request\r\n")
}

func TestField(t *testing.T) {
	s := start(t, Options{})
	f := func(field, want string) {
		t.Helper()
		got := talk(t, s, "GET /?page=2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Stub: "+field+"\r\n\r\n")
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", field, got)
		}
	}
	f("plain=1", "HTTP/1.1 200 ")
	f("status=404", "HTTP/1.1 404 ")
	f("", "HTTP/1.1 400 ") // the query is no script
}

func TestReset(t *testing.T) {
	s := start(t, Options{})
	f := func(target, unwanted string) {
		t.Helper()
		got := talk(t, s, "GET "+target+" HTTP/1.1\r\nHost: x\r\n\r\n")
		if strings.Contains(got, unwanted) {
			t.Errorf("%s: %q in %q", target, unwanted, got)
		}
	}
	f("/?reset=head", "HTTP")
	f("/?size=100&reset=10&pace=1ms&piece=1", "0123456789a")
}

func TestEvery(t *testing.T) {
	s := start(t, Options{Default: "status=503&every=3"})
	got := ""
	for range 6 {
		answer := talk(t, s, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		got += strings.Fields(answer)[1] + " "
	}
	if got != "200 200 503 200 200 503 " {
		t.Error(got)
	}
}

func TestRecorder(t *testing.T) {
	r := new(Recorder)
	s := start(t, Options{Recorder: r})
	first := "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
	second := "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n"
	third := "GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
	answer := talk(t, s, first+second+third)
	if n := strings.Count(answer, "HTTP/1.1 200 OK"); n != 3 {
		t.Errorf("%d answers in %q", n, answer)
	}
	if got := string(r.Bytes()); got != first+second+third {
		t.Errorf("recorded %q", got)
	}
	q := r.Requests()
	if len(q) != 3 || string(q[1].Body) != "2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n" || string(q[0].Target) != "/a" || string(q[2].Method) != "GET" {
		t.Errorf("requests %+v", q)
	}
	if n := s.Stats(); n.Connections != 1 || n.Requests != 3 {
		t.Errorf("stats %+v", n)
	}
}

func TestMalformed(t *testing.T) {
	s := start(t, Options{})
	f := func(raw string) {
		t.Helper()
		if got := talk(t, s, raw); !strings.HasPrefix(got, "HTTP/1.1 400 ") {
			t.Errorf("%q: %q", raw, got)
		}
	}
	f("GET\r\n\r\n")
	f("GET / HTTP/1.1\r\nno colon\r\n\r\n")
	f("POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n")
	f("POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n")
	f("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
}

func TestPlayed(t *testing.T) {
	s := start(t, Options{Answer: func(q *Request) []Step {
		if string(q.Target) != "/played" {
			return nil
		}
		return []Step{{Send: "HTTP/1.1 200"}, {After: time.Millisecond, Send: " Fine\r\n\r\n", End: Close}}
	}})
	if got := talk(t, s, "GET /played HTTP/1.1\r\n\r\n"); got != "HTTP/1.1 200 Fine\r\n\r\n" {
		t.Errorf("%q", got)
	}
	if got := talk(t, s, "GET /other?no=script HTTP/1.1\r\nConnection: close\r\n\r\n"); !strings.Contains(got, "200 OK") {
		t.Errorf("%q", got)
	}
}

func TestIdle(t *testing.T) {
	s := start(t, Options{Idle: 20 * time.Millisecond})
	got := talk(t, s, "GET / HTTP/1.1\r\n\r\n") // ends when the stub closes
	if !strings.Contains(got, "Keep-Alive: timeout=1\r\n") {
		t.Errorf("%q", got)
	}
}

func TestWebSocket(t *testing.T) {
	s := start(t, Options{})
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(c, "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	r := bufio.NewReader(c)
	answer, err := http.ReadResponse(r, nil)
	if err != nil || answer.StatusCode != 101 || answer.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatal(answer, err) // the example of RFC 6455 section 1.3
	}
	f := func(frame, want []byte) {
		t.Helper()
		c.Write(frame)
		got := make([]byte, len(want))
		if _, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%x: %x, %v; want %x", frame, got, err, want)
		}
	}
	f([]byte{0x81, 0x82, 0, 0, 0, 0, 'h', 'i'}, []byte{0x81, 2, 'h', 'i'})
	f([]byte{0x89, 0x81, 1, 1, 1, 1, 'a'}, []byte{0x8a, 1, 'a' ^ 1})
	long := bytes.Repeat([]byte("x"), 300)
	f(append([]byte{0x82, 0xfe, 1, 44, 0, 0, 0, 0}, long...), append([]byte{0x82, 126, 1, 44}, long...))
	f([]byte{0x88, 0x80, 0, 0, 0, 0}, []byte{0x88, 0})
	if _, err := r.ReadByte(); err != io.EOF {
		t.Errorf("after the close: %v", err)
	}
}
