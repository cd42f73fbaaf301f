// Package histogram counts latencies without a lock: many goroutines observe, one now and then reads.
package histogram

import (
	"math/bits"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
)

// bounds are the upper edges of the buckets in nanoseconds, inclusive; above the last one is +Inf.
// They are the same for every histogram, so that series can be added up across routes and upstreams.
var bounds = [...]int64{
	50_000, 100_000, 250_000, 500_000, // 50 us ... 500 us: the gateway's own work and cached answers
	1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, // 1 ms ... 50 ms: a healthy upstream
	100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, // 100 ms ... 2.5 s: a slow one
	5_000_000_000, 10_000_000_000, 30_000_000_000, // 5 s ... 30 s: what timeouts end
}

const buckets = len(bounds) + 1

// maxShards bounds the memory of one histogram to 16 x 192 bytes.
const maxShards = 16

// first[n] is the first bucket that a value of n significant bits can fall into: where the search begins.
var first = func() (table [65]uint8) {
	for n := 1; n <= 64; n++ {
		smallest := uint64(1) << (n - 1)
		i := 0
		for i < len(bounds) && uint64(bounds[i]) < smallest {
			i++
		}
		table[n] = uint8(i)
	}
	return table
}()

// shard is a whole number of cache lines, so that two cores seldom write the same one.
type shard struct {
	counts [buckets]atomic.Uint64
	sum    atomic.Uint64 // nanoseconds
	_      [(64 - (buckets+1)*8%64) % 64]byte
}

// Histogram counts durations in fixed buckets. All methods are safe for concurrent use.
type Histogram struct {
	shards []shard
	mask   uint32
}

// New makes an empty histogram with about one shard for each core the process may use.
func New() *Histogram {
	n := 1
	for n < runtime.GOMAXPROCS(0) && n < maxShards {
		n *= 2
	}
	return &Histogram{shards: make([]shard, n), mask: uint32(n - 1)}
}

// Observe counts one duration in nanoseconds; a negative one counts as zero. It neither blocks nor allocates.
func (h *Histogram) Observe(ns int64) {
	ns = max(ns, 0)
	s := &h.shards[rand.Uint32()&h.mask] // the generator's state is the thread's own
	s.counts[bucketOf(ns)].Add(1)
	s.sum.Add(uint64(ns))
}

func bucketOf(ns int64) int {
	i := int(first[bits.Len64(uint64(ns))])
	for i < len(bounds) && ns > bounds[i] {
		i++
	}
	return i
}

// Snapshot is what a histogram held at about one moment.
type Snapshot struct {
	Counts [buckets]uint64 // by bucket, not cumulative; the last one is +Inf
	Count  uint64
	Sum    uint64 // nanoseconds
}

// Snapshot adds up the shards. Observations made meanwhile may be in it or not, but Count always is the sum of Counts.
func (h *Histogram) Snapshot() (s Snapshot) {
	for i := range h.shards {
		shard := &h.shards[i]
		for b := range shard.counts {
			s.Counts[b] += shard.counts[b].Load()
		}
		s.Sum += shard.sum.Load()
	}
	for _, n := range s.Counts {
		s.Count += n
	}
	return s
}

// Sub gives what was observed since an earlier snapshot of the same histogram.
func (s Snapshot) Sub(earlier Snapshot) Snapshot {
	for b := range s.Counts {
		s.Counts[b] -= earlier.Counts[b]
	}
	s.Count -= earlier.Count
	s.Sum -= earlier.Sum
	return s
}

// Quantile estimates the duration in nanoseconds below which the share q (0 to 1) of the observations lie,
// by linear interpolation inside the bucket. Zero when nothing was observed; the last bound when it lies beyond that.
func (s Snapshot) Quantile(q float64) int64 {
	if s.Count == 0 {
		return 0
	}
	rank := q * float64(s.Count)
	below := uint64(0)
	for b, n := range s.Counts[:len(bounds)] {
		if n > 0 && float64(below+n) >= rank {
			low := int64(0)
			if b > 0 {
				low = bounds[b-1]
			}
			return low + int64(float64(bounds[b]-low)*(rank-float64(below))/float64(n))
		}
		below += n
	}
	return bounds[len(bounds)-1]
}
