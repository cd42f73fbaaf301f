package lb

import (
	"testing"
	"time"
)

func names(nodes []*node) (s string) {
	for _, n := range nodes {
		s += n.name
	}
	return s
}

func TestReadyNodes(t *testing.T) {
	f := func(want string, panic float64, held ...flaws) {
		t.Helper()
		nodes := someNodes(len(held))
		for i := range held {
			nodes[i].flaws = held[i]
		}
		if got := names(readyNodes(nodes, panic)); got != want {
			t.Errorf("flaws %v with a panic share of %g leave %q, want %q", held, panic, got, want)
		}
	}
	f("abc", 0, 0, 0, 0)
	f("b", 0, unhealthy, 0, ejected)
	f("", 0, unhealthy, refusing, ejected, drained, leaving)
	f("bc", 0.5, unhealthy, 0, 0)
	f("ab", 0.5, unhealthy, unhealthy)
	f("abc", 0.5, unhealthy, unhealthy, 0)
	f("ac", 0.5, unhealthy, drained, unhealthy)
	f("b", 0.5, ejected, 0)
}

func TestPreferZone(t *testing.T) {
	f := func(want string, zones string, held ...flaws) {
		t.Helper()
		nodes := someNodes(len(zones))
		for i := range nodes {
			nodes[i].zone = zones[i : i+1]
			if i < len(held) {
				nodes[i].flaws = held[i]
			}
		}
		if got := names(preferZone(nodes, readyNodes(nodes, 0), "x")); got != want {
			t.Errorf("zones %s with flaws %v give %q, want %q", zones, held, got, want)
		}
	}
	f("ab", "xxyy")
	f("ab", "yy")
	f("b", "xxyy", unhealthy)
	f("cd", "xxyy", unhealthy, unhealthy)
	f("cde", "xxxyy", unhealthy, ejected)
	f("b", "xxyy", drained)
}

func TestWeightZeroTakesNothing(t *testing.T) {
	for _, policy := range policies {
		v := viewOf(policy, weighted(0, 1))
		for k := range uint64(100) {
			if n := v.picker.pick(0, k); n.name != "b" {
				t.Fatalf("%s picked a node of weight 0", policy)
			}
		}
	}
}

func TestSlowStart(t *testing.T) {
	now := time.Now()
	f := func(back, slowStart time.Duration, want float64) {
		t.Helper()
		if got := warmth(back, slowStart, now); got != want {
			t.Errorf("%v after its return, with a slow start of %v, a node has %g of its weight, want %g", back, slowStart, got, want)
		}
	}
	f(0, 0, 1)
	f(0, 10*time.Second, 0.1)
	f(5*time.Second, 10*time.Second, 0.5)
	f(10*time.Second, 10*time.Second, 1)
	if got := warmth(0, time.Minute, time.Time{}); got != 1 {
		t.Errorf("a node that never was away has %g of its weight", got)
	}
	nodes := someNodes(2)
	nodes[1].warm = now
	v := newView(nodes, rules{policy: "round-robin", slowStart: time.Minute}, now, nil)
	if !v.warming || len(v.picker.(*roundRobin).order) != 11 {
		t.Errorf("the returned node has not a tenth of the other's share")
	}
}

func TestElsewhere(t *testing.T) {
	nodes := someNodes(3)
	v := viewOf("p2c", nodes)
	f := func(want string, max int64, tried ...*node) {
		t.Helper()
		n := v.elsewhere(tried, max)
		got := ""
		if n != nil {
			got = n.name
			n.release()
		}
		if got != want {
			t.Errorf("elsewhere than %q with at most %d in flight is %q, want %q", names(tried), max, got, want)
		}
	}
	nodes[1].inflight.Store(5)
	f("c", 0, nodes[0])
	f("b", 0, nodes[0], nodes[2])
	f("", 5, nodes[0], nodes[2])
	f("b", 6, nodes[0], nodes[2])
	f("", 0, nodes...)
}
