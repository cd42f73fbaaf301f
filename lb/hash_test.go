package lb

import (
	"slices"
	"testing"
	"time"
)

// owners returns the node of each of many keys.
func owners(v *view, keys int) []*node {
	of := make([]*node, keys)
	for k := range of {
		of[k] = v.picker.pick(0, uint64(k+1))
	}
	return of
}

func moved(a, b []*node) (n int) {
	for k := range a {
		if a[k] != b[k] {
			n++
		}
	}
	return n
}

func TestHashMovesFewKeys(t *testing.T) {
	const keys = 20000
	f := func(n int) {
		t.Helper()
		nodes := someNodes(n)
		all := owners(viewOf("hash", nodes), keys)
		for i := range nodes {
			without := owners(viewOf("hash", slices.Delete(slices.Clone(nodes), i, i+1)), keys)
			if m := moved(all, without); m > keys*3/2/n {
				t.Errorf("removing node %d of %d moves %d of %d keys", i, n, m, keys)
			}
			for k := range all {
				if all[k] != nodes[i] && all[k] != without[k] {
					t.Fatalf("removing node %s moved a key from %s to %s", nodes[i].name, all[k].name, without[k].name)
				}
			}
		}
	}
	f(2)
	f(3)
	f(10)
	f(25)
}

func TestHashKeepsToReadyNodes(t *testing.T) {
	nodes := someNodes(5)
	v := viewOf("hash", nodes)
	before := owners(v, 5000)
	nodes[2].flaws = unhealthy
	after := newView(nodes, rules{policy: "hash"}, time.Now(), v)
	if after.ring != v.ring {
		t.Error("the ring was built again though the nodes are the same")
	}
	for k, n := range owners(after, 5000) {
		if n == nodes[2] {
			t.Fatal("a node that is not ready was picked")
		}
		if before[k] != nodes[2] && n != before[k] {
			t.Fatalf("a key moved from %s to %s though both are ready", before[k].name, n.name)
		}
	}
}

func TestHashBoundsTheLoad(t *testing.T) {
	nodes := someNodes(4)
	v := viewOf("hash", nodes)
	for range 400 {
		v.picker.pick(0, 4711).inflight.Add(1) // one hot key
	}
	for _, n := range nodes {
		if got := n.inflight.Load(); got > 140 {
			t.Errorf("node %s has %d of 400 requests for one key", n.name, got)
		}
	}
}

func TestHashKeepsAKeyTogetherWhenQuiet(t *testing.T) {
	v := viewOf("hash", someNodes(10))
	first := v.picker.pick(0, 99)
	first.inflight.Add(2)
	if again := v.picker.pick(0, 99); again != first {
		t.Errorf("a key with two requests in flight moved from %s to %s", first.name, again.name)
	}
}

func TestRingFind(t *testing.T) {
	r := newRing(someNodes(7), []float64{1, 1, 1, 1, 1, 1, 5})
	f := func(hash uint64) {
		t.Helper()
		want := slices.IndexFunc(r.points, func(p point) bool { return p.hash >= hash })
		if got := r.find(hash); got != max(want, 0) {
			t.Errorf("find(%x) = %d, want %d", hash, got, want)
		}
	}
	f(0)
	f(1<<64 - 1)
	for k := range uint64(1000) {
		f(mix(k))
	}
	for _, p := range r.points {
		f(p.hash)
		f(p.hash + 1)
	}
}
