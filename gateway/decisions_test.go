package gateway

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"sallyport/filters"
)

func TestDecisions(t *testing.T) {
	h := start(t, routes)
	a := h.send(get("/nowhere"))
	a.is(t, 404, "route.none")
	h.send(get("/v1/x")).is(t, 200, "")
	h.send(get("/hello")).is(t, 200, "")
	find := func(path string) Recorded {
		t.Helper()
		for _, d := range h.Decisions(false, 100) {
			if d.Path == path {
				return d
			}
		}
		t.Fatalf("nothing about %s", path)
		return Recorded{}
	}
	f := func(path, decision, reason string, status int) {
		t.Helper()
		d := find(path)
		if d.Decision != decision || d.Reason != reason || d.Status != status || d.Method != "GET" || d.Host != "a.example" || !d.Client.IsLoopback() {
			t.Errorf("%s: %+v", path, d)
		}
		if of := h.DecisionsOf(d.ID); len(of) != 1 || of[0] != d {
			t.Errorf("by its id: %+v", of)
		}
	}
	f("/nowhere", "refuse", "route.none", 404)
	f("/v1/x", "forward", "", 200)
	f("/hello", "respond", "", 200)
	if refused := h.Decisions(true, 100); len(refused) != 1 || refused[0].Path != "/nowhere" {
		t.Errorf("refused: %+v", refused)
	}
	if one := h.Decisions(false, 1); len(one) != 1 {
		t.Errorf("%d decisions, want 1", len(one))
	}
	if of := h.DecisionsOf("nobody"); len(of) != 0 {
		t.Errorf("%+v", of)
	}
}

// decided is a flight that was served.
func decided(path string, denial *filters.Denial) *flight {
	f := new(flight)
	f.Start = time.Now()
	f.Client = netip.MustParseAddr("192.0.2.1")
	f.ID = append(f.ID, "0123456789abcdef0123456789abcdef"...)
	f.Request.Target.Path = []byte(path)
	f.Denial = denial
	f.Reply.Status = 200
	return f
}

func TestRefusalsAreKeptLonger(t *testing.T) {
	g := New()
	g.decisions = new(decisions)
	g.decisions.record(decided("/refused", new(filters.Denial)), 1)
	var done sync.WaitGroup
	for i := range 4 {
		done.Go(func() {
			for n := range keptDecisions {
				g.decisions.record(decided(fmt.Sprintf("/%d/%d", i, n), nil), 1)
			}
		})
	}
	g.Decisions(false, 1) // while they are written
	done.Wait()
	if n := len(g.Decisions(false, 10*keptDecisions)); n != keptDecisions+1 {
		t.Errorf("%d decisions are kept, want %d and the refusal", n, keptDecisions)
	}
}

func BenchmarkRecordDecision(b *testing.B) {
	d := new(decisions)
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		f := decided("/v1/orders/42/items/7", nil)
		for p.Next() {
			d.record(f, 1000)
		}
	})
}
