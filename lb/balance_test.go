package lb

import (
	"fmt"
	"math"
	"sync"
	"testing"
	"time"
)

// someNodes makes n ready nodes of weight 1, named a, b, c... or n000, n001...
func someNodes(n int) []*node {
	nodes := make([]*node, n)
	for i := range nodes {
		name := fmt.Sprintf("n%03d", i)
		if n <= 26 {
			name = string(rune('a' + i))
		}
		nodes[i] = &node{name: name, address: fmt.Sprintf("127.0.0.1:%d", 9000+i), weight: 1}
	}
	return nodes
}

func weighted(weights ...int) []*node {
	nodes := someNodes(len(weights))
	for i, w := range weights {
		nodes[i].weight = w
	}
	return nodes
}

func viewOf(policy string, nodes []*node) *view {
	return newView(nodes, rules{policy: policy}, time.Now(), nil)
}

func TestSharesFollowWeights(t *testing.T) {
	const picks = 60000
	f := func(policy string, tolerance float64, weights ...int) {
		t.Helper()
		nodes := weighted(weights...)
		v := viewOf(policy, nodes)
		got := map[*node]int{}
		for i := range int64(picks) {
			got[v.picker.pick(i*1000, 0)]++
		}
		sum := 0
		for _, w := range weights {
			sum += w
		}
		for i, n := range nodes {
			want := float64(picks*weights[i]) / float64(sum)
			if math.Abs(float64(got[n])-want) > tolerance*want {
				t.Errorf("%s %v: node %s was picked %d times, want about %.0f", policy, weights, n.name, got[n], want)
			}
		}
	}
	for _, policy := range []string{"p2c", "random", "least", "hash"} {
		f(policy, 0.1, 1)
		f(policy, 0.1, 1, 1)
		f(policy, 0.1, 1, 1, 1)
		f(policy, 0.1, 1, 2)
		f(policy, 0.1, 5, 1, 1, 3)
	}
	f("round-robin", 0.05, 1)
	f("round-robin", 0.05, 1, 1, 1)
	f("round-robin", 0.05, 1, 2)
	f("round-robin", 0.05, 5, 1, 1, 3)
	f("round-robin", 0.05, 1000, 1000, 500)
}

func TestRoundRobinIsSmooth(t *testing.T) {
	f := func(want string, weights ...int) {
		t.Helper()
		nodes := weighted(weights...)
		shares := make([]float64, len(weights))
		for i, w := range weights {
			shares[i] = float64(w)
		}
		got := ""
		for _, n := range smooth(nodes, turns(shares)) {
			got += n.name
		}
		if got != want {
			t.Errorf("weights %v give %s, want %s", weights, got, want)
		}
	}
	f("a", 7)
	f("abc", 1, 1, 1)
	f("ab", 6, 6)
	f("aabacaa", 5, 1, 1)
	f("bab", 2, 4)
}

func TestRoundRobinTakesTurnsWhenQuiet(t *testing.T) {
	v := viewOf("round-robin", someNodes(3))
	last := v.picker.pick(0, 0)
	for i := range int64(30) {
		n := v.picker.pick((i+1)*10*leaseTime, 0)
		if n.name[0] != 'a'+(last.name[0]-'a'+1)%3 {
			t.Fatalf("%s was picked behind %s", n.name, last.name)
		}
		last = n
	}
}

func TestTurnsOfFractions(t *testing.T) {
	f := func(weights []float64, want ...int) {
		t.Helper()
		if got := turns(weights); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("turns(%v) = %v, want %v", weights, got, want)
		}
	}
	f([]float64{1, 0.1}, 10, 1)
	f([]float64{1, 0.5}, 2, 1)
	f([]float64{1000, 1}, 1000, 1)
	f([]float64{1}, 1)
}

func TestP2CAvoidsTheSlowNode(t *testing.T) {
	nodes := someNodes(4)
	for _, n := range nodes {
		n.latency.observe(1, 5e6)
	}
	nodes[0].latency.observe(1, 50e6)
	v := viewOf("p2c", nodes)
	got := 0
	for range 10000 {
		if v.picker.pick(1e9, 0) == nodes[0] {
			got++
		}
	}
	if got > 0 {
		t.Errorf("a node 10 x slower than the others was picked %d of 10000 times while they were idle", got)
	}
}

func TestP2CLevelsRequestsInFlight(t *testing.T) {
	nodes := weighted(1, 1, 2)
	v := viewOf("p2c", nodes)
	for range 4000 {
		v.picker.pick(1, 0).inflight.Add(1) // none is ever done
	}
	for i, want := range []float64{1000, 1000, 2000} {
		if got := float64(nodes[i].inflight.Load()); math.Abs(got-want) > want/10 {
			t.Errorf("node %s has %g requests in flight, want about %g", nodes[i].name, got, want)
		}
	}
}

func TestLeastTakesTheIdlest(t *testing.T) {
	f := func(want string, inflight ...int64) {
		t.Helper()
		nodes := someNodes(len(inflight))
		for i, n := range inflight {
			nodes[i].inflight.Store(n)
		}
		if got := viewOf("least", nodes).picker.pick(0, 0).name; got != want {
			t.Errorf("with %v in flight %s is picked, want %s", inflight, got, want)
		}
	}
	f("a", 5)
	f("b", 5, 4)
	f("a", 0, 4, 1)
	f("c", 9, 9, 1, 2)
}

func TestPickIsSafeForConcurrentUse(t *testing.T) {
	for _, policy := range policies {
		v := viewOf(policy, someNodes(7))
		var wg sync.WaitGroup
		for g := range uint64(4) {
			wg.Go(func() {
				for i := range int64(2000) {
					n := v.picker.pick(i*1000, g*1000+uint64(i))
					n.reserve(0)
					n.latency.observe(i*1000, i)
					n.release()
				}
			})
		}
		wg.Wait()
		for _, n := range v.nodes {
			if n.inflight.Load() != 0 {
				t.Errorf("%s: node %s is left with %d requests in flight", policy, n.name, n.inflight.Load())
			}
		}
	}
}

var policies = []string{"p2c", "least", "round-robin", "random", "hash"}
