package rawtest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// keepAsking asks on one connection after another until stopped, and reports every answer that is not 200.
func (w *world) keepAsking(t *testing.T, clients int) (asked *atomic.Int64, stop func()) {
	t.Helper()
	asked = new(atomic.Int64)
	var stopped atomic.Bool
	var working sync.WaitGroup
	for i := range clients {
		working.Go(func() {
			c := w.dial(t)
			for n := 0; !stopped.Load(); n++ {
				target := fmt.Sprintf("/%d-%d", i, n)
				c.send("GET " + target + " HTTP/1.1\r\n" + host + "\r\n")
				r, err := c.read()
				if err != nil || r.status != 200 || r.body != target {
					t.Errorf("%s got %+v, %v", target, r, err)
					return
				}
				asked.Add(1)
				if r.closing {
					c.conn.Close()
					next, err := w.redial()
					if err != nil {
						return // the gateway has drained
					}
					next.t = t
					c = next
				}
			}
		})
	}
	return asked, func() { stopped.Store(true); working.Wait() }
}

// ask asks once, on a connection of its own.
func (w *world) ask(t *testing.T) {
	t.Helper()
	c := w.dial(t)
	c.inStep()
	c.conn.Close()
}

// TestReloads: forty of them under load, each changing what the file says, and some of them broken.
func TestReloads(t *testing.T) {
	w := newWorld(t, patient, everything)
	asked, stop := w.keepAsking(t, 8)
	good, err := os.ReadFile(w.file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		text := string(good) + fmt.Sprintf("\n[routes.new%d]\nmatch = { path = \"/new/%d\" }\nauth = \"anonymous\"\nrespond = { status = 204 }\n", i, i)
		broken := i%4 == 3
		if broken {
			text += "[routes.broken]\nmatch = { path = \"/b\" }\nto = \"nowhere\"\n"
		}
		if err := os.WriteFile(w.file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := w.gateway.Reload(); err == nil == broken {
			t.Fatalf("reload %d: %v", i, err)
		}
		for n := asked.Load(); asked.Load() < n+50 && !t.Failed(); {
			w.ask(t)
		}
	}
	stop()
	if !strings.Contains(w.gateway.Failure(), "nowhere") {
		t.Errorf("after a broken file: %q", w.gateway.Failure())
	}
}

// TestDrain: no request is lost, every connection that is used is told that it ends, those that are not used end too, and
// then nobody listens.
func TestDrain(t *testing.T) {
	w := newWorld(t, patient, everything)
	asked, stop := w.keepAsking(t, 8)
	for asked.Load() < 500 && !t.Failed() {
		w.ask(t)
	}
	idle := w.dial(t)
	idle.inStep()
	w.drained = true
	w.gateway.Drain(context.Background())
	stop()
	if rest := idle.rest(); rest != "" {
		t.Errorf("an idle connection ended with %q", rest)
	}
	if _, err := w.redial(); err == nil {
		t.Error("somebody listens after the drain")
	}
}
