package lb

import (
	"math/bits"
	"sync/atomic"
	"time"

	"sallyport/internal/wire"
)

const (
	fineBits    = 4  // 16 steps between a power of two and the next: within 6 % of the truth
	coarsest    = 10 // powers of two of nanoseconds below which all is one: about a microsecond
	longest     = 37 // and above which all is one: about 2 minutes
	fineBuckets = (longest-coarsest)<<fineBits + 1
)

// quantiles tells below what a share of recent latencies lies, fine enough to compare two of them. It remembers between half
// its length and all of it.
type quantiles struct {
	half   int64        // ns
	since  atomic.Int64 // monotonic ns: when the current half began
	now    atomic.Uint32
	halves [2]fineCounts
}

type fineCounts struct {
	all    atomic.Uint64
	counts [fineBuckets]atomic.Uint32
}

func newQuantiles(length time.Duration) *quantiles {
	q := &quantiles{half: max(int64(length)/2, 1)}
	q.since.Store(wire.Now())
	return q
}

// observe takes in a latency at the monotonic time now.
func (q *quantiles) observe(now, ns int64) {
	q.turn(now)
	half := &q.halves[q.now.Load()&1]
	half.counts[fineBucket(ns)].Add(1)
	half.all.Add(1)
}

// turn begins a new half when the current one is over. Of observations made in the same moment a few may be lost.
func (q *quantiles) turn(now int64) {
	since := q.since.Load()
	if now-since < q.half || !q.since.CompareAndSwap(since, now) {
		return
	}
	current := q.now.Load() & 1
	if now-since >= 2*q.half {
		q.halves[current].clear() // nobody has observed anything for a while
	}
	q.halves[1-current].clear()
	q.now.Store(1 - current)
}

// reset forgets everything.
func (q *quantiles) reset() {
	q.halves[0].clear()
	q.halves[1].clear()
}

func (f *fineCounts) clear() {
	f.all.Store(0)
	for i := range f.counts {
		if f.counts[i].Load() != 0 {
			f.counts[i].Store(0)
		}
	}
}

// at returns the latency in nanoseconds below which the share of those observed lies, and how many there are.
func (q *quantiles) at(now int64, share float64) (ns int64, events uint64) {
	q.turn(now)
	events = q.halves[0].all.Load() + q.halves[1].all.Load()
	rank := share * float64(events)
	below := 0.0
	for i := range fineBuckets {
		below += float64(q.halves[0].counts[i].Load()) + float64(q.halves[1].counts[i].Load())
		if below > 0 && below >= rank {
			return fineEdge(i), events
		}
	}
	return 0, events
}

// fineBucket is the power of two, and the next bits behind the leading one.
func fineBucket(ns int64) int {
	if ns < 1<<coarsest {
		return 0
	}
	power := bits.Len64(uint64(ns)) - 1
	if power >= longest {
		return fineBuckets - 1
	}
	return (power-coarsest)<<fineBits + int(ns>>(power-fineBits))&(1<<fineBits-1) + 1
}

// fineEdge is the upper edge of a bucket.
func fineEdge(bucket int) int64 {
	power, step := bucket>>fineBits, int64(bucket&(1<<fineBits-1))
	return (1<<fineBits + step) << (power + coarsest - fineBits)
}
