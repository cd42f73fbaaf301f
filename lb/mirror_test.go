package lb

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sallyport/conf"
	"sallyport/internal/wire"
)

func mirrorOf(t *testing.T, c conf.Mirror) (*Mirror, *stub) {
	t.Helper()
	s := newStub(t, "nodes = { a = \"127.0.0.1:1\" }")
	c.To = "shadow"
	m, err := CompileMirror(&conf.Route{Name: "r", Mirror: &c}, map[string]*Upstream{"shadow": s.Upstream})
	if err != nil {
		t.Fatal(err)
	}
	return m, s
}

func TestMirror(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := mirrorOf(t, conf.Mirror{Share: 100, Inflight: 4, MaxBody: 10})
		var mu sync.Mutex
		var got []string
		s.play("a", func(c *Call, _ int64) outcome {
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			got = append(got, string(c.Head)+string(c.Request.Body.Bytes()))
			return answer(500)(c, 0)
		})
		f := func(head, body string, sent uint64) {
			t.Helper()
			c := get()
			c.Head = []byte(head)
			c.Request.Body.SetBytes([]byte(body))
			began := time.Now()
			m.Send(c)
			if time.Since(began) != 0 {
				t.Error("the original was delayed")
			}
			copy(c.Head, "XXXXXXXXX") // what is the original's is soon used for something else
			if m.sent.Load() != sent {
				t.Errorf("%d copies were sent, want %d", m.sent.Load(), sent)
			}
			synctest.Wait()
		}
		f("one", "", 1)
		f("two", "0123456789", 2)
		f("long", "0123456789A", 2)
		f("three", "", 3)
		f("four", "", 4)
		f("five", "", 4) // all are busy
		time.Sleep(2 * time.Second)
		f("six", "", 5)
		time.Sleep(2 * time.Second)
		mu.Lock()
		defer mu.Unlock()
		if all := strings.Join(got, " "); len(got) != 5 || !strings.Contains(all, "two0123456789") || strings.Contains(all, "X") {
			t.Errorf("the copies are %q", got)
		}
		s.idle()
		time.Sleep(2 * mirrorIdle)
		var text strings.Builder
		m.WriteMetrics(&text)
		if want := "sallyport_mirror_sent_total{route=\"r\",upstream=\"shadow\"} 5\nsallyport_mirror_dropped_total{route=\"r\",upstream=\"shadow\"} 2\n"; text.String() != want {
			t.Errorf("its metrics are %s", text.String())
		}
	})
}

func TestMirrorTakesAShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := mirrorOf(t, conf.Mirror{Share: 25, Inflight: 10, MaxBody: 10})
		for range 10000 {
			m.Send(get())
			synctest.Wait()
		}
		if sent := m.sent.Load(); sent < 2200 || sent > 2800 {
			t.Errorf("%d of 10000 requests were copied", sent)
		}
		time.Sleep(2 * mirrorIdle)
	})
}

func TestMirrorLeavesStreamsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := mirrorOf(t, conf.Mirror{Share: 100, Inflight: 10, MaxBody: 10})
		c := get()
		c.Request.Body.SetStream(nil, nothing{})
		m.Send(c)
		if m.sent.Load() != 0 {
			t.Error("a body that is not in memory was copied")
		}
		(*Mirror)(nil).Send(c)
	})
}

// nothing is a stream that is never read.
type nothing struct{}

func (nothing) Next() ([]byte, error) { panic("read") }
func (nothing) Close()                {}
func (nothing) Trailer() *wire.Head   { return nil }
