package lb

import "math/rand/v2"

// picker chooses one of the nodes it was built for. It is immutable, apart from counters of its own; pick neither blocks
// nor allocates.
type picker interface {
	// pick returns a node at the monotonic time now, for a request with the given hash key (0: none).
	pick(now int64, key uint64) *node
}

// seat is a node as one picker sees it.
type seat struct {
	node *node
	load float64 // what one request in flight weighs here: the mean weight of the nodes, divided by this node's
}

func newSeats(nodes []*node, weights []float64) []seat {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	seats := make([]seat, len(nodes))
	for i, n := range nodes {
		seats[i] = seat{n, sum / float64(len(nodes)) / weights[i]}
	}
	return seats
}

// inflight returns the requests in flight, as if the node had an average weight.
func (s *seat) inflight() float64 { return float64(s.node.inflight.Load()) * s.load }

// lottery draws an index with the probability of its weight in constant time: Vose's alias method.
type lottery []ticket

type ticket struct {
	keep  uint32 // of 2^32: how often a draw of this ticket is its own index
	other uint32 // and the index that it is otherwise
}

func newLottery(weights []float64) lottery {
	n := len(weights)
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	share := make([]float64, n)
	var small, large []int
	for i, w := range weights {
		share[i] = w * float64(n) / sum
		if share[i] < 1 {
			small = append(small, i)
		} else {
			large = append(large, i)
		}
	}
	l := make(lottery, n)
	for i := range l {
		l[i] = ticket{keep: 1<<32 - 1, other: uint32(i)}
	}
	for len(small) > 0 && len(large) > 0 {
		s, g := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		l[s] = ticket{keep: uint32(share[s] * (1<<32 - 1)), other: uint32(g)}
		if share[g] -= 1 - share[s]; share[g] < 1 {
			large = large[:len(large)-1]
			small = append(small, g)
		}
	}
	return l
}

func (l lottery) draw(random uint32) int {
	i, fraction := below(random, len(l))
	if fraction > l[i].keep {
		return int(l[i].other)
	}
	return i
}

// random picks by weight alone.
type random struct {
	nodes   []*node
	lottery lottery
}

func newRandom(nodes []*node, weights []float64) *random {
	return &random{nodes, newLottery(weights)}
}

func (r *random) pick(int64, uint64) *node { return r.nodes[r.lottery.draw(rand.Uint32())] }

// p2c compares two nodes and takes the one with the smaller cost: its latency times the requests that wait there. The
// first is drawn by weight, and the second must be clearly better to take its place, so that noise leaves the shares alone.
type p2c struct {
	seats   []seat
	lottery lottery
}

const (
	// latencyFloor is added to latencies before they are compared: below it a difference is noise.
	latencyFloor = 500_000 // ns
	// clearly is how many times cheaper the second node must be.
	clearly = 1.25
)

func newP2C(nodes []*node, weights []float64) *p2c {
	return &p2c{newSeats(nodes, weights), newLottery(weights)}
}

func (p *p2c) pick(now int64, _ uint64) *node {
	random := rand.Uint64()
	i := p.lottery.draw(uint32(random))
	a := &p.seats[i]
	if len(p.seats) == 1 {
		return a.node
	}
	j, _ := below(uint32(random>>32), len(p.seats)-1)
	if j >= i {
		j++ // any but the first
	}
	b := &p.seats[j]
	costA, costB := 1+a.inflight(), 1+b.inflight()
	if la, lb := a.node.latency.at(now), b.node.latency.at(now); la != 0 && lb != 0 {
		costA *= float64(la + latencyFloor)
		costB *= float64(lb + latencyFloor)
	}
	if costB*clearly < costA {
		return b.node
	}
	return a.node
}
