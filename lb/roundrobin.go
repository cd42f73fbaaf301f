package lb

import (
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
)

// roundRobin goes through its nodes in a fixed order in which a node of weight 3 comes three times, evenly spread.
//
// One shared position would be written by every pick of every core. So a core takes a lease of several positions when it
// needs them fast, and of one, in the exact order, when it does not.
type roundRobin struct {
	order  []*node
	leases sync.Pool // of *lease; in effect one for each core

	_    [cacheLine]byte
	next atomic.Uint64
	_    [cacheLine]byte
}

// lease is a stretch of positions that one core has taken.
type lease struct {
	next, end uint64
	size      uint64
	taken     int64 // monotonic ns
}

const (
	maxLease   = 64
	leaseTime  = 1_000_000 // ns; a lease that is used up sooner is followed by a longer one
	maxOrder   = 8192      // positions of the order; finer weights are rounded
	slowestOne = 0.1       // of a node in slow start: its share of its weight when it begins; see slowstart.go
)

func newRoundRobin(nodes []*node, weights []float64) *roundRobin {
	r := &roundRobin{order: smooth(nodes, turns(weights))}
	r.leases.New = func() any { return &lease{size: 1, taken: math.MinInt64 / 2} }
	r.next.Store(rand.Uint64N(uint64(len(r.order))))
	return r
}

func (r *roundRobin) pick(now int64, _ uint64) *node {
	l := r.leases.Get().(*lease)
	if l.next == l.end {
		if now-l.taken < leaseTime {
			l.size = min(2*l.size, maxLease)
		} else {
			l.size = 1
		}
		l.taken = now
		l.end = r.next.Add(l.size)
		l.next = l.end - l.size
	}
	n := r.order[l.next%uint64(len(r.order))]
	l.next++
	r.leases.Put(l)
	return n
}

// turns makes whole numbers of weights that may be fractions (of nodes in slow start), as small as they can be.
func turns(weights []float64) []int {
	scale, sum := 1.0, 0.0
	for _, w := range weights {
		sum += w
		if w != math.Trunc(w) {
			scale = 1 / slowestOne
		}
	}
	if most := maxOrder / sum; scale > most {
		scale = most
	}
	turns := make([]int, len(weights))
	divisor := 0
	for i, w := range weights {
		turns[i] = max(1, int(math.Round(w*scale)))
		divisor = gcd(divisor, turns[i])
	}
	for i := range turns {
		turns[i] /= divisor
	}
	return turns
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// smooth lays out one round: each time the node that is furthest behind its share.
func smooth(nodes []*node, turns []int) []*node {
	total := 0
	for _, t := range turns {
		total += t
	}
	credit := make([]int, len(nodes))
	order := make([]*node, 0, total)
	for range total {
		best := 0
		for i := range nodes {
			credit[i] += turns[i]
			if credit[i] > credit[best] {
				best = i
			}
		}
		credit[best] -= total
		order = append(order, nodes[best])
	}
	return order
}
