package lb

import (
	"testing"
	"testing/synctest"
	"time"

	"sallyport/internal/wire"
)

func TestHedgedCalls(t *testing.T) {
	l := newLive(t, 3, "balance = \"round-robin\"\nhedge = { after = \"p95\", budget = \"50%\" }")
	for range 500 {
		if got := call(l.Upstream, 0, ""); got != "200" {
			t.Fatalf("a call ended with %s", got)
		}
	}
	l.nodes[1].stalled.Store(true)
	time.Sleep(2 * hedgeLook)
	for range 9 {
		if got := call(l.Upstream, 0, ""); got != "200" {
			t.Fatalf("a call ended with %s, though two nodes answer", got)
		}
	}
	l.nodes[1].stalled.Store(false)
	if s := l.Status(); s.HedgesWon < 2 || s.Hedges > 250 {
		t.Errorf("%d hedges were sent and %d won", s.Hedges, s.HedgesWon)
	}
	for range 30 {
		if got := call(l.Upstream, 0, ""); got != "200" {
			t.Fatalf("afterwards a call ended with %s", got)
		}
	}
	eventually(t, "some place was not given back", func() bool {
		for _, n := range l.fleet.nodes {
			if n.inflight.Load() != 0 {
				return false
			}
		}
		return true
	})
}

func TestHedgesUnderLoad(t *testing.T) {
	l := newLive(t, 3, "balance = \"round-robin\"\nhedge = { after = \"p50\", budget = \"50%\" }")
	for i, n := range l.nodes {
		n.slow.Store(int64(time.Duration(i+1) * time.Millisecond))
	}
	stop := l.load(16, func(i int64) string { return call(l.Upstream, 0, "") })
	time.Sleep(500 * time.Millisecond)
	l.nodes[0].kill()
	time.Sleep(500 * time.Millisecond)
	stop()
	l.only("200")
	if l.Status().Hedges == 0 {
		t.Error("no hedge was sent")
	}
	eventually(t, "some place was not given back", func() bool {
		for _, n := range l.fleet.nodes {
			if n.inflight.Load() != 0 {
				return false
			}
		}
		return true
	})
}

func TestWhatIsHedged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, three+`hedge = { after = "p90", methods = ["GET"] }`)
		s.play("a", slow(9*time.Millisecond))
		s.play("b", slow(10*time.Millisecond))
		s.play("c", slow(20*time.Millisecond))
		s.many(60)
		f := func(change func(*Call), want time.Duration) {
			t.Helper()
			c := get()
			c.Request.Method = wire.GET
			c.Attempts = 1
			change(c)
			if got := time.Duration(s.hedges.after(c)); got < want || float64(got) > 1.07*float64(want) {
				t.Errorf("a call is hedged after %v, want %v", got, want)
			}
		}
		f(func(*Call) {}, 0) // too little is known
		s.many(60)
		time.Sleep(hedgeLook)
		f(func(*Call) {}, 20*time.Millisecond)
		f(func(c *Call) { c.Request.Method = wire.HEAD }, 0)
		f(func(c *Call) { c.Request.Method = wire.POST }, 0)
		f(func(c *Call) { c.Idempotent = false }, 0)
		f(func(c *Call) { c.Replayable = false }, 0)
		f(func(c *Call) { c.Request.Upgrade = true }, 0)
		f(func(c *Call) { c.Attempts = 2 }, 0)
		s.reload(three)
		f(func(*Call) {}, 0)
	})
}
