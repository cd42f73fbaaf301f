package lb

import (
	"math"
	"sync/atomic"
)

const (
	latencyUnit = 1 << 10 // ns; about a microsecond, so that 32 bits hold 73 minutes
	stampUnit   = 1 << 20 // ns; about a millisecond, so that 32 bits hold 52 days before they come round again

	// What is slower than the average moves it by this part of the difference: four slow answers in a row are most of
	// it, and a single one, which may be anybody's pause, does not send everybody away from the node.
	latencyRise = 4

	// What is faster moves it by at least this part, and by more after a pause: latencyFall is the time constant. Answers of
	// the same tick count as one. So the average stays near the middle: one that keeps every peak makes all nodes look slow,
	// and a node that really is slow hides among them.
	latencyEase = 8
	latencyFall = 300e6 // ns

	// latencyFade is the time constant with which a node that is not asked is forgiven. It is long enough to keep a slow node
	// from being tried again with every other request, and short enough that one that has recovered gets its share back
	// within half a minute.
	latencyFade = 10e9 // ns
)

// latency is a moving average of what a node's answers took: it rises fast, falls slowly, and fades while nobody asks. Both of
// its halves live in one word: the average in the upper 32 bits, the time it was last moved in the lower. Zero: not known.
type latency struct{ word atomic.Uint64 }

// observe takes in one answer that took ns nanoseconds and came at the monotonic time now.
func (l *latency) observe(now, ns int64) {
	seen := uint64(clamp32(ns/latencyUnit, 1))
	stamp := uint64(uint32(now / stampUnit))
	for {
		old := l.word.Load()
		average := old >> 32
		switch elapsed := uint32(stamp) - uint32(old); {
		case average == 0:
			average = seen
		case seen >= average:
			average += (seen - average + latencyRise - 1) / latencyRise
		case elapsed == 0:
			return // a busy node's line is not written for every answer
		default:
			keep := min(1-1.0/latencyEase, math.Exp(-float64(elapsed)*stampUnit/latencyFall))
			average = max(1, uint64(float64(average)*keep+float64(seen)*(1-keep)))
		}
		if l.word.CompareAndSwap(old, average<<32|stamp) {
			return
		}
	}
}

// observeFailure takes in an attempt that failed after ns nanoseconds: it can raise the average and never lowers it, so
// that a node that fails fast does not look like a fast node.
func (l *latency) observeFailure(now, ns int64) {
	if known := l.at(now); known != 0 && ns >= known {
		l.observe(now, ns)
	}
}

// at returns the average in nanoseconds as it has faded until the monotonic time now; zero when nothing is known.
func (l *latency) at(now int64) int64 {
	word := l.word.Load()
	average := int64(word>>32) * latencyUnit
	elapsed := uint32(now/stampUnit) - uint32(word)
	if elapsed < 100 || elapsed > math.MaxInt32 {
		return average // the usual case on a busy node: nothing to compute; or the clocks of two cores disagree by a tick
	}
	return int64(float64(average) * math.Exp(-float64(elapsed)*stampUnit/latencyFade))
}

func clamp32(n, low int64) uint32 { return uint32(min(max(n, low), math.MaxUint32)) }
