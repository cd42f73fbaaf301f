package lb

import (
	"math/rand/v2"
	"slices"
	"time"
)

// view is what a fleet looked like at one moment: which nodes there are and which of them take requests. It is immutable and
// replaced as a whole whenever a node's standing changes, so that picking has nothing to check.
type view struct {
	nodes   []*node // all, in the order of their names
	ready   []*node // may take requests; those of other zones included
	picker  picker  // nil when no node may take requests
	ring    *ring   // of nodes; kept for the next view
	warming bool    // slow start: the weights change with time
}

// rules are how a view is made of nodes: the part of a definition that concerns it.
type rules struct {
	policy    string  // a name of conf.Balance
	zone      string  // preferred; "" for none
	panic     float64 // share of healthy nodes below which all are used
	slowStart time.Duration
}

// zoneSpill is the share of a zone's nodes that must be ready to keep its requests at home: with fewer, those that are
// left would carry a load that they were not made for.
const zoneSpill = 0.5

// newView looks at nodes, whose standing must not change meanwhile. before is the view that it replaces, or nil.
func newView(nodes []*node, r rules, now time.Time, before *view) *view {
	v := &view{nodes: nodes, ready: readyNodes(nodes, r.panic)}
	chosen := preferZone(nodes, v.ready, r.zone)
	weights := make([]float64, len(chosen))
	for i, n := range chosen {
		share := warmth(now.Sub(n.warm), r.slowStart, n.warm)
		weights[i] = float64(n.weight) * share
		v.warming = v.warming || share < 1
	}
	if len(chosen) == 0 {
		return v
	}
	switch r.policy {
	case "least":
		v.picker = newLeast(chosen, weights)
	case "round-robin":
		v.picker = newRoundRobin(chosen, weights)
	case "random":
		v.picker = newRandom(chosen, weights)
	case "hash":
		v.ring = ringOf(nodes, before)
		v.picker = newHashed(v.ring, chosen, weights)
	default:
		v.picker = newP2C(chosen, weights)
	}
	return v
}

// readyNodes returns the nodes without a flaw; when fewer than the panic share are healthy, all that are not meant to be out.
func readyNodes(nodes []*node, panic float64) []*node {
	var ready, members []*node
	healthy := 0
	for _, n := range nodes {
		if n.flaws&(drained|leaving) != 0 || n.weight == 0 {
			continue
		}
		members = append(members, n)
		if n.flaws&unhealthy == 0 {
			healthy++
		}
		if n.ready() {
			ready = append(ready, n)
		}
	}
	if panic > 0 && float64(healthy) < panic*float64(len(members)) {
		return members
	}
	return ready
}

// preferZone narrows ready to one zone, unless too few of the zone's nodes are among them.
func preferZone(nodes, ready []*node, zone string) []*node {
	if zone == "" {
		return ready
	}
	members := 0
	for _, n := range nodes {
		if n.zone == zone && n.weight > 0 && n.flaws&(drained|leaving) == 0 {
			members++
		}
	}
	var local []*node
	for _, n := range ready {
		if n.zone == zone {
			local = append(local, n)
		}
	}
	if len(local) == 0 || float64(len(local)) < zoneSpill*float64(members) {
		return ready
	}
	return local
}

// ringOf returns the ring of before when it has the same nodes: standings come and go without moving a point.
func ringOf(nodes []*node, before *view) *ring {
	if before != nil && before.ring != nil && sameNodes(before.ring.nodes, nodes) {
		return before.ring
	}
	weights := make([]float64, len(nodes))
	for i, n := range nodes {
		weights[i] = float64(n.weight)
	}
	return newRing(nodes, weights)
}

func sameNodes(a, b []*node) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// warmth is the share of its weight that a node has, after it has been back for a while.
func warmth(back, slowStart time.Duration, warm time.Time) float64 {
	if warm.IsZero() || back >= slowStart {
		return 1
	}
	return max(slowestOne, float64(back)/float64(slowStart))
}

// elsewhere returns a ready node that is not among tried and has room for one of at most max requests, and takes the place:
// from a random node on, the one with the fewest in flight. nil when there is none. The second thought of a request: it
// looks at every node.
func (v *view) elsewhere(tried []*node, max int64) *node {
	for range 3 {
		var best *node
		start := rand.IntN(len(v.ready) + 1)
		for i := range v.ready {
			n := v.ready[(start+i)%len(v.ready)]
			if contains(tried, n) || max > 0 && n.inflight.Load() >= max {
				continue
			}
			if best == nil || n.inflight.Load() < best.inflight.Load() {
				best = n
			}
		}
		if best == nil || best.reserve(max) {
			return best
		}
	}
	return nil
}

// unreachable reports whether no connection could be made to any of the nodes that take requests, when it was last tried.
func (v *view) unreachable() bool {
	return !slices.ContainsFunc(v.ready, func(n *node) bool { return !n.unreachable.Load() })
}

func contains(nodes []*node, n *node) bool {
	for _, other := range nodes {
		if other == n {
			return true
		}
	}
	return false
}
