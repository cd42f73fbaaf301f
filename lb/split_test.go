package lb

import (
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sallyport/conf"
)

// newSplitOf compiles a split with one stub for each upstream, all of them with the one node a.
func newSplitOf(t *testing.T, c *conf.Route, previous *Split, stubs map[string]*stub) *Split {
	t.Helper()
	upstreams := map[string]*Upstream{}
	for _, to := range c.To {
		if stubs[to.Upstream] == nil {
			stubs[to.Upstream] = newStub(t, "nodes = { a = \"127.0.0.1:1\" }")
		}
		upstreams[to.Upstream] = stubs[to.Upstream].Upstream
	}
	s, err := CompileSplit(c, upstreams, previous)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// chosen returns the name of the upstream that a call goes to.
func chosen(s *Split, key uint64, wanted string) string { return s.choose(key, []byte(wanted)).name }

func TestSplit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := func(to conf.Targets, want ...float64) {
			t.Helper()
			s := newSplitOf(t, &conf.Route{Name: "r", To: to}, nil, map[string]*stub{})
			const calls = 20000
			for _, sticky := range []uint64{0, 1} {
				got := map[string]int{}
				for key := range uint64(calls) {
					got[chosen(s, (key+1)*sticky, "")]++
				}
				for i, share := range want {
					if math.Abs(float64(got[to[i].Upstream])-share*calls) > 0.02*calls {
						t.Errorf("%v: %v of %d calls", to, got, calls)
					}
				}
			}
		}
		f(conf.Targets{{Upstream: "a", Weight: 1}}, 1)
		f(conf.Targets{{Upstream: "a", Weight: 95}, {Upstream: "b", Weight: 5}}, 0.95, 0.05)
		f(conf.Targets{{Upstream: "a", Weight: 0}, {Upstream: "b", Weight: 5}}, 0, 1)
		f(conf.Targets{{Upstream: "a", Weight: 1}, {Upstream: "b", Weight: 2}, {Upstream: "c", Weight: 1}}, 0.25, 0.5, 0.25)
	})
}

func TestSplitIsSticky(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := func(a, b int) *Split {
			return newSplitOf(t, &conf.Route{Name: "r", To: conf.Targets{{Upstream: "a", Weight: a}, {Upstream: "b", Weight: b}}}, nil, map[string]*stub{})
		}
		before, after, scaled := of(95, 5), of(80, 20), of(19, 1)
		for key := uint64(1); key < 5000; key++ {
			first := chosen(before, key, "")
			if first != chosen(before, key, "") || first != chosen(scaled, key, "") {
				t.Fatal("the same key goes to different upstreams")
			}
			if first == "b" && chosen(after, key, "") == "a" {
				t.Fatal("a key left the upstream whose share has grown")
			}
		}
		if chosen(before, 1, "a") != "a" || chosen(before, 1, "b") != "b" {
			t.Error("who names an upstream gets another one")
		}
		if chosen(before, 1, "c") != chosen(before, 1, "") {
			t.Error("a name that is none of the upstreams changes something")
		}
	})
}

// canaryOf is a route with a canary b that gets a tenth.
func canaryOf() *conf.Route {
	return &conf.Route{
		Name: "r",
		To:   conf.Targets{{Upstream: "a", Weight: 90}, {Upstream: "b", Weight: 10}},
		Canary: &conf.Canary{Window: conf.Duration(time.Minute), Requests: 50,
			AbortIf: conf.AbortIf{Errors: 2, Latency: 50}},
	}
}

func TestCanary(t *testing.T) {
	type play = func(*Call, int64) outcome
	rarely := func(one int, bad play) play {
		n := 0
		return func(c *Call, deadline int64) outcome {
			if n++; n%one == 0 {
				return bad(c, deadline)
			}
			return slow(10*time.Millisecond)(c, deadline)
		}
	}
	f := func(stable, canary play, reason string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			stubs := map[string]*stub{}
			s := newSplitOf(t, canaryOf(), nil, stubs)
			stubs["a"].play("a", stable)
			stubs["b"].play("a", canary)
			for range 3000 {
				c := get()
				send(s.Choose(c, 0, nil), c)
			}
			status := s.Canary()
			if status.Aborted != (reason != "") || !strings.Contains(status.Reason, reason) {
				t.Errorf("the canary's status is %+v, want the reason %q", status, reason)
			}
			if !status.Aborted {
				return
			}
			stubs["b"].attempted()
			for range 1000 {
				c := get()
				send(s.Choose(c, 0, nil), c)
			}
			if calls := len(stubs["b"].attempted()); calls > 0 {
				t.Errorf("after it was aborted the canary got %d calls", calls)
			}
			c := get()
			send(s.Choose(c, 0, []byte("b")), c)
			if len(stubs["b"].attempted()) != 1 {
				t.Error("a tester does not get to the aborted canary")
			}
			again := newSplitOf(t, canaryOf(), s, stubs)
			if !again.Canary().Aborted {
				t.Error("a reload has started the canary again")
			}
			changed := canaryOf()
			changed.To[1].Weight = 5
			if newSplitOf(t, changed, s, stubs).Canary().Aborted {
				t.Error("a canary with a new share is still aborted")
			}
		})
	}
	well := slow(10 * time.Millisecond)
	f(well, well, "")
	f(well, rarely(10, answer(500)), "failed")
	f(well, rarely(10, fail(failedReset)), "failed")
	f(rarely(10, answer(500)), rarely(10, answer(500)), "")
	f(well, rarely(100, answer(500)), "")
	f(well, rarely(2, answer(404)), "")
	f(well, slow(20*time.Millisecond), "latency")
	f(well, slow(12*time.Millisecond), "")
	f(well, rarely(10, slow(40*time.Millisecond)), "latency")
	f(slow(20*time.Millisecond), well, "")
	f(slow(10*time.Microsecond), slow(100*time.Microsecond), "")
}

func TestACanaryIsGivenTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stubs := map[string]*stub{}
		s := newSplitOf(t, canaryOf(), nil, stubs)
		stubs["b"].play("a", answer(500))
		for range 49 {
			c := get()
			send(s.Choose(c, 0, []byte("b")), c)
		}
		if s.Canary().Aborted {
			t.Error("the canary was aborted before min_requests")
		}
		c := get()
		send(s.Choose(c, 0, []byte("b")), c)
		if !s.Canary().Aborted {
			t.Error("the canary was not aborted")
		}
		var text strings.Builder
		s.WriteMetrics(&text)
		if text.String() != "sallyport_canary_aborted{route=\"r\",upstream=\"b\"} 1\n" {
			t.Errorf("its metric is %s", text.String())
		}
	})
}
