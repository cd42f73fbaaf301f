package rawtest

import (
	"testing"
	"time"

	"sallyport/loadtest/stub"
)

const (
	ask    = "GET /x HTTP/1.1\r\n" + host + "\r\n"
	submit = "POST /x HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhello"
)

// answered tests answers that must pass as they are, and that leave nothing behind for the next request.
func answered(t *testing.T) func(name string, steps []stub.Step, status int, body string) {
	w := newWorld(t, patient, everything)
	return func(name string, steps []stub.Step, status int, body string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			w.steps.Store(&steps)
			c := w.dial(t)
			c.send(ask)
			r, err := c.read()
			if err != nil || r.status != status || r.body != body || r.cut != nil {
				t.Fatalf("got %+v, %v", r, err)
			}
			time.Sleep(20 * time.Millisecond) // until what is late has come
			c.inStep()
			w.dial(t).inStep()
		})
	}
}

// unanswered tests answers that are none: this status and reason, one attempt, nothing of them for the client, now or later.
func unanswered(t *testing.T) func(name string, steps []stub.Step, status int, reason string) {
	w := newWorld(t, patient, everything)
	return func(name string, steps []stub.Step, status int, reason string) {
		t.Helper()
		t.Run(name, func(t *testing.T) { w.fails(t, steps, status, reason) })
	}
}

// unansweredLate is unanswered for answers that do not come, all at once.
func unansweredLate(t *testing.T) func(name string, steps []stub.Step, status int, reason string) {
	return func(name string, steps []stub.Step, status int, reason string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newWorld(t, impatient, everything).fails(t, steps, status, reason)
		})
	}
}

func (w *world) fails(t *testing.T, steps []stub.Step, status int, reason string) {
	w.steps.Store(&steps)
	w.recorder.Reset()
	c := w.dial(t)
	c.send(submit)
	r, err := c.read()
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	if r.status != status || len(r.reason) < len(reason) || r.reason[:len(reason)] != reason {
		t.Errorf("got %d %s; want %d %s", r.status, r.reason, status, reason)
	}
	if n := len(w.recorder.Requests()); n != 1 {
		t.Errorf("%d attempts", n)
	}
	if r.closing {
		if rest := c.rest(); rest != "" {
			t.Errorf("behind the answer: %q", rest)
		}
	} else {
		c.inStep()
	}
	w.dial(t).inStep()
}

// cut tests answers that end before their end. The client must not be able to take the part for the whole: either it is
// told so at once, or its connection breaks.
func cut(t *testing.T) func(name string, steps []stub.Step) {
	return func(name string, steps []stub.Step) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, impatient, everything)
			w.steps.Store(&steps)
			c := w.dial(t)
			c.send(ask)
			r, err := c.read()
			switch {
			case err != nil: // nothing, and the end
			case r.status == 502 || r.status == 504:
			case r.cut == nil:
				t.Errorf("a clean end: %d, %d bytes", r.status, len(r.body))
			}
			w.dial(t).inStep()
		})
	}
}
