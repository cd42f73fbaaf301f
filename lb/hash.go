package lb

import (
	"math/rand/v2"
	"sync/atomic"
)

// hashed sends equal keys to the same node: consistent hashing with bounded loads. A node that already has a quarter more
// than its share in flight is passed over for the next one on the ring, and so is one that is not ready.
type hashed struct {
	ring  *ring
	seats []seat // by the ring's index; the node is nil where it is not to be picked
	few   picker // picks for requests without a key
	count int    // of seats that are taken

	_    [cacheLine]byte
	mean atomic.Int64 // requests in flight for a node of average weight, in 1/256; refreshed by one pick in 64
}

const (
	hashBound   = 1.25
	hashMinimum = 4 // requests in flight that any node may have, so that a quiet upstream keeps its keys together
	hashRefresh = 64
	hashWalk    = 4 // points looked at for each node, before the least busy one met so far is taken
)

// newHashed picks among those nodes of the ring that are also in nodes.
func newHashed(r *ring, nodes []*node, weights []float64) *hashed {
	h := &hashed{ring: r, seats: make([]seat, len(r.nodes)), few: newP2C(nodes, weights), count: len(nodes)}
	ready := make(map[*node]seat, len(nodes))
	for _, s := range newSeats(nodes, weights) {
		ready[s.node] = s
	}
	for i, n := range r.nodes {
		h.seats[i] = ready[n]
	}
	return h
}

func (h *hashed) pick(now int64, key uint64) *node {
	if key == 0 {
		return h.few.pick(now, 0)
	}
	if rand.Uint32()%hashRefresh == 0 {
		h.refresh()
	}
	bound := max(hashMinimum, hashBound*float64(h.mean.Load())/256)
	points := h.ring.points
	at := h.ring.find(mix(key))
	var best *seat
	for range hashWalk * h.count {
		if s := &h.seats[points[at].node]; s.node != nil {
			if s.inflight() < bound {
				return s.node
			}
			if best == nil || s.inflight() < best.inflight() {
				best = s
			}
		}
		if at++; at == len(points) {
			at = 0
		}
	}
	h.refresh() // nearly all are over the bound: it lags behind
	if best == nil {
		return h.few.pick(now, 0)
	}
	return best.node
}

func (h *hashed) refresh() {
	sum := int64(0)
	for i := range h.seats {
		if n := h.seats[i].node; n != nil {
			sum += n.inflight.Load()
		}
	}
	h.mean.Store((sum + 1) * 256 / int64(h.count))
}
