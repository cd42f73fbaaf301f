package load

import (
	"math/bits"
	"time"
)

// Histogram counts durations in buckets that are at most 1/32 of their value wide. The zero value is empty.
type Histogram struct {
	counts [buckets]int64
	total  int64
}

const (
	fine    = 5 // bits of precision within a power of two
	buckets = (40 - fine) << fine
)

// bucket is the place of a duration: exact below 32 ns, 32 buckets for each power of two above.
func bucket(d time.Duration) int {
	n := uint64(max(0, d))
	if n < 1<<fine {
		return int(n)
	}
	shift := bits.Len64(n) - fine - 1
	return min(shift<<fine+int(n>>shift), buckets-1)
}

// middle is the duration in the middle of a bucket.
func middle(i int) time.Duration {
	if i < 1<<fine {
		return time.Duration(i)
	}
	shift := i>>fine - 1
	low := (i - shift<<fine) << shift
	return time.Duration(low + 1<<shift/2)
}

// Add counts d; what is beyond some minutes counts as that.
func (h *Histogram) Add(d time.Duration) {
	h.counts[bucket(d)]++
	h.total++
}

// Merge adds all that o counted.
func (h *Histogram) Merge(o *Histogram) {
	for i, n := range o.counts {
		h.counts[i] += n
	}
	h.total += o.total
}

// Count is how many durations were counted.
func (h *Histogram) Count() int64 { return h.total }

// Quantile returns the duration that a share q of the counted ones does not exceed; 0 when nothing was counted.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := int64(q * float64(h.total))
	for i, n := range h.counts {
		if rank -= n; n > 0 && rank <= 0 {
			return middle(i)
		}
	}
	return 0
}
