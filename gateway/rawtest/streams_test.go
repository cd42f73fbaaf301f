package rawtest

import (
	"bytes"
	"io"
	"net"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport/loadtest/stub"
)

// TestBrokenUploads: an error in the middle of a body that is streamed cuts the upstream's request; it is never completed.
func TestBrokenUploads(t *testing.T) {
	w := newWorld(t, patient, everything)
	const piece = 100 << 10
	chunk := strconv.FormatInt(piece, 16) + "\r\n" + strings.Repeat("x", piece) + "\r\n"
	f := func(name, send string, end func(c *client)) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			w.recorder.Reset()
			c := w.dial(t)
			c.send(send)
			if end != nil {
				end(c)
			}
			if r, err := c.read(); err == nil && r.status < 400 {
				t.Errorf("answered with %d", r.status)
			}
			w.settle(t)
			if n := len(w.recorder.Requests()); n != 0 {
				t.Errorf("the upstream has %d whole requests", n)
			}
		})
	}
	closing := func(c *client) { c.conn.Close() }
	resetting := func(c *client) {
		c.conn.(*net.TCPConn).SetLinger(0)
		c.conn.Close()
	}
	const chunked = post + "Transfer-Encoding: chunked\r\n\r\n"
	f("a chunk size that is no number", chunked+chunk+"zz\r\n", nil)
	f("a chunk that is too long", chunked+strings.Replace(chunk, "\r\n", "\r\nx", 1)+"0\r\n\r\n", nil)
	f("a bare LF behind a size", chunked+chunk+"5\nhello\r\n0\r\n\r\n", nil)
	f("a forbidden trailer", chunked+chunk+"0\r\nContent-Length: 5\r\n\r\n", nil)
	f("a client that closes inside a length", post+"Content-Length: 200000\r\n\r\n"+strings.Repeat("x", piece), closing)
	f("a client that closes inside a chunk", chunked+chunk+"ff\r\nxxx", closing)
	f("a client that closes between chunks", chunked+chunk, closing)
	f("a client that closes before the last empty line", chunked+chunk+"0\r\n", closing)
	f("a client that resets", chunked+chunk, resetting)
	f("chunks over the limit", chunked+strings.Repeat(chunk, 11)+"0\r\n\r\n", nil)
}

// settle waits until the upstream has no connection that is in the middle of a request.
func (w *world) settle(t *testing.T) {
	t.Helper()
	for range 1000 {
		if n := w.upstream.Stats(); n.Open == n.Idle {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the upstream still waits for the rest of a request")
}

// TestExpectation: 100 is said once, before the body; not at all when the request is refused anyway.
func TestExpectation(t *testing.T) {
	w := newWorld(t, patient, everything)
	c := w.dial(t)
	c.send(post + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
	interim := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
	if _, err := io.ReadFull(c.r, interim); err != nil || string(interim) != "HTTP/1.1 100 Continue\r\n\r\n" {
		t.Fatalf("got %q, %v", interim, err)
	}
	c.send("hello")
	if r, err := c.read(); err != nil || r.status != 200 || r.interim != 0 {
		t.Errorf("got %+v, %v", r, err)
	}
	c.inStep()

	c = w.dial(t)
	c.send("POST /small/a HTTP/1.1\r\n" + host + "Expect: 100-continue\r\nContent-Length: 2000\r\n\r\n")
	if r, err := c.read(); err != nil || r.status != 413 || r.interim != 0 {
		t.Errorf("got %+v, %v", r, err)
	}
}

// TestEarlyHints: interim answers reach the client with their fields.
func TestEarlyHints(t *testing.T) {
	w := newWorld(t, patient, everything)
	steps := say("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
	w.steps.Store(&steps)
	c := w.dial(t)
	c.send(ask)
	const want = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c.r, got); err != nil || string(got) != want {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestEvents: what an upstream has written reaches the client although more is to come.
func TestEvents(t *testing.T) {
	w := newWorld(t, patient, everything)
	f := func(name, head, event string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			steps := []stub.Step{{Send: head}, {After: 10 * time.Millisecond, Send: event}, {After: time.Hour}}
			w.steps.Store(&steps)
			c := w.dial(t)
			c.send(ask)
			var got []byte
			for !bytes.Contains(got, []byte("data: 1\n\n")) {
				b, err := c.r.ReadByte()
				if err != nil {
					t.Fatalf("got %q, %v", got, err)
				}
				got = append(got, b)
			}
			c.conn.Close()
		})
	}
	f("in chunks", "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n", "9\r\ndata: 1\n\n\r\n")
	f("until the end of the connection", "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n", "data: 1\n\n")
	f("any other type", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", "data: 1\n\n")
}

// TestClientsThatLeave: the upstream's work for somebody who has gone ends, before and inside the answer.
func TestClientsThatLeave(t *testing.T) {
	w := newWorld(t, patient, everything)
	f := func(name string, steps ...stub.Step) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			steps = append(steps, stub.Step{After: time.Hour})
			w.steps.Store(&steps)
			c := w.dial(t)
			c.send(ask)
			for len(w.recorder.Requests()) == 0 {
				time.Sleep(time.Millisecond)
			}
			c.conn.Close()
			for range 2000 { // less than the patience of the listener
				if w.upstream.Stats().Open == 0 {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
			t.Error("the upstream still works")
		})
		w.recorder.Reset()
	}
	f("before the head")
	f("inside a body of known length", stub.Step{Send: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"})
	f("inside chunks", stub.Step{Send: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"})
}

// TestWebSocket: bytes pass both ways, and a reload does not end them.
func TestWebSocket(t *testing.T) {
	w := newWorld(t, patient, everything)
	c := w.dial(t)
	c.send("GET /ws HTTP/1.1\r\n" + host + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	r, err := c.read()
	if err != nil || r.status != 101 || r.header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("got %+v, %v", r, err)
	}
	echo := func(text string) {
		t.Helper()
		c.send(string([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}) + text) // a text frame, masked with zeros
		got := make([]byte, 2+len(text))
		if _, err := io.ReadFull(c.r, got); err != nil || string(got[2:]) != text {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	echo("before")
	if _, err := w.gateway.Reload(); err != nil {
		t.Fatal(err)
	}
	w.ask(t)
	echo("after")
}

// TestSlowReaders: what clients do not take stays where it is. Forty times 64 MiB would be 2.5 GiB.
func TestSlowReaders(t *testing.T) {
	const readers, piece, pieces = 40, 64 << 10, 1024
	w := newWorld(t, patient, everything)
	steps := []stub.Step{
		{Send: "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(piece*pieces) + "\r\n\r\n"},
		{Send: strings.Repeat("x", piece), Again: pieces - 1},
	}
	w.steps.Store(&steps)
	before := heap()
	for range readers {
		c := w.dial(t)
		c.send(ask)
		if _, err := c.r.ReadByte(); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(100 * time.Millisecond) // for whoever would read on
	// For each reader: what the gateway holds, the piece that the stub is sending, and the buffers of both ends.
	if grown := heap() - before; grown > readers*(64<<10+piece+32<<10)+4<<20 {
		t.Errorf("the heap has grown by %d KiB", grown>>10)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
