package rawtest

import (
	"bytes"
	"io"
	"net/http/httputil"
	"strconv"
	"strings"
	"testing"

	"sallyport/loadtest/stub"
)

// refused tests requests that nobody behind the gateway may see: one answer with this status and reason, the end of the
// connection, and not one byte upstream.
func refused(t *testing.T) func(name, send string, status int, reason string) {
	w := newWorld(t, patient, everything)
	return func(name, send string, status int, reason string) {
		t.Helper()
		t.Run(name, func(t *testing.T) { w.refuses(t, send, status, reason) })
	}
}

// refusedLate is refused for requests that are not whole, all at once.
func refusedLate(t *testing.T) func(name, send string, status int, reason string) {
	return func(name, send string, status int, reason string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newWorld(t, impatient, everything).refuses(t, send, status, reason)
		})
	}
}

func (w *world) refuses(t *testing.T, send string, status int, reason string) {
	w.recorder.Reset()
	c := w.dial(t)
	c.send(send)
	r, err := c.read()
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	if r.status != status || !strings.HasPrefix(r.reason, reason) || !r.closing {
		t.Errorf("got %d %s, closing %v; want %d %s", r.status, r.reason, r.closing, status, reason)
	}
	if r.closing {
		if rest := c.rest(); rest != "" {
			t.Errorf("behind the answer: %q", rest)
		}
	}
	if up := w.recorder.Bytes(); len(up) > 0 {
		t.Errorf("the upstream was sent %q", up)
	}
}

// refusedPolitely tests requests that have a reading, and are refused for what they are.
func refusedPolitely(t *testing.T) func(name, send string, status int, reason string) {
	w := newWorld(t, patient, something)
	return func(name, send string, status int, reason string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			w.recorder.Reset()
			c := w.dial(t)
			c.send(send)
			r, err := c.read()
			if err != nil {
				t.Fatalf("no answer: %v", err)
			}
			if r.status != status || r.reason != reason {
				t.Errorf("got %d %s; want %d %s", r.status, r.reason, status, reason)
			}
			if status == 405 && r.header.Get("Allow") == "" {
				t.Error("no Allow")
			}
			if up := w.recorder.Bytes(); len(up) > 0 {
				t.Errorf("the upstream was sent %q", up)
			}
		})
	}
}

// served tests requests that must pass: so many answers of 200, what the upstream saw, and a connection that is still in
// step afterwards, or ended where it had to.
func served(t *testing.T) func(name, send string, answers int, checks ...check) {
	w := newWorld(t, patient, everything)
	return func(name, send string, answers int, checks ...check) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			w.recorder.Reset()
			c := w.dial(t)
			c.head = strings.HasPrefix(send, "HEAD ")
			go io.WriteString(c.conn, send) // many answers may have to be read before all is sent
			for i := range answers {
				if r, err := c.read(); err != nil || r.status != 200 {
					t.Fatalf("answer %d: %+v, %v", i+1, r, err)
				}
			}
			s := seen{bytes: string(w.recorder.Bytes()), requests: w.recorder.Requests()}
			if len(s.requests) != answers {
				t.Errorf("the upstream saw %d requests", len(s.requests))
			}
			ends := false
			for _, check := range checks {
				ends = check(t, s) || ends
			}
			if !ends {
				c.inStep()
			} else if rest := c.rest(); rest != "" {
				t.Errorf("behind the last answer: %q", rest)
			}
		})
	}
}

// seen is what the upstream was sent.
type seen struct {
	bytes    string
	requests []stub.Request
}

// check is something that must be true of what the upstream was sent; true says that the connection has to end.
type check func(t *testing.T, s seen) bool

func closes(*testing.T, seen) bool { return true }

func starts(want string) check {
	return func(t *testing.T, s seen) bool {
		if !strings.HasPrefix(s.bytes, want) {
			t.Errorf("upstream: does not start with %q: %q", want, s.bytes)
		}
		return false
	}
}

func has(want string) check {
	return func(t *testing.T, s seen) bool {
		if !strings.Contains(s.bytes, want) {
			t.Errorf("upstream: no %q in %q", want, s.bytes)
		}
		return false
	}
}

func lacks(unwanted string) check {
	return func(t *testing.T, s seen) bool {
		if strings.Contains(strings.ToLower(s.bytes), strings.ToLower(unwanted)) {
			t.Errorf("upstream: %q in %q", unwanted, s.bytes)
		}
		return false
	}
}

// body is the payload of the last request, whatever its framing.
func body(want string) check {
	return func(t *testing.T, s seen) bool {
		if len(s.requests) == 0 {
			t.Error("upstream: no request")
			return false
		}
		q := s.requests[len(s.requests)-1]
		got := q.Body
		if bytes.Contains(bytes.ToLower(q.Head), []byte("\r\ntransfer-encoding: chunked\r\n")) {
			var err error
			if got, err = io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(q.Body))); err != nil {
				t.Errorf("upstream: chunks: %v", err)
			}
		}
		if string(got) != want {
			t.Errorf("upstream: a body of %d bytes, want %d: %.100q", len(got), len(want), got)
		}
		return false
	}
}

func length(s string) string { return strconv.Itoa(len(s)) }
func hex(s string) string    { return strconv.FormatInt(int64(len(s)), 16) }
