package lb

import "math/rand/v2"

// least takes the node with the fewest requests in flight for its weight: of all nodes where they are few, of a random sample
// where looking at every one would cost more than it gains. Of equal ones, the first drawn by weight.
type least struct {
	seats   []seat
	lottery lottery
}

// leastSample is how many nodes are looked at; more than that are sampled.
const leastSample = 12

func newLeast(nodes []*node, weights []float64) *least {
	return &least{newSeats(nodes, weights), newLottery(weights)}
}

func (l *least) pick(int64, uint64) *node {
	random := rand.Uint64()
	at := l.lottery.draw(uint32(random))
	best := &l.seats[at]
	waiting := best.inflight()
	step := 1
	if n := len(l.seats); n > leastSample {
		// Every step-th node from there on: another sample for every step.
		step, _ = below(uint32(random>>32), n-1)
		step++
	}
	for range min(len(l.seats), leastSample) - 1 {
		if at += step; at >= len(l.seats) {
			at -= len(l.seats)
		}
		if w := l.seats[at].inflight(); w < waiting {
			best, waiting = &l.seats[at], w
		}
	}
	return best.node
}
