package limit

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

const (
	adaptEvery  = int64(100 * time.Millisecond) // the limit is judged anew
	adaptLeast  = 5                             // samples that a judgement needs
	tolerance   = 1.5                           // how much slower than an idle upstream is still fine
	calibrate   = 300                           // judgements between two looks at how fast the upstream is when idle
	settleAfter = 2                             // judgements such a look takes
)

// adaptive finds how many requests an upstream can work on at once. It compares the latency of the last moments with that
// of the upstream when it is not busy: while it is no slower, the limit grows by about its square root; when it is, the
// limit shrinks in proportion. An upstream that is always busy shows how fast it could be only when it is given less:
// the limit is halved for a moment every half a minute.
type adaptive struct {
	floor, ceiling float64
	limit          atomic.Int64

	mu       sync.Mutex
	estimate float64 // the limit, unrounded
	idle     float64 // latency of the upstream when it is not busy, in nanoseconds; 0 before the first judgement
	since    int     // judgements since the last look at it
	looking  int     // judgements for which the look still lasts

	began int64 // of the running period: its start, the latencies, and the most in flight
	sum   int64
	count int64
	peak  int64
}

func newAdaptive(floor, ceiling int) *adaptive {
	a := &adaptive{floor: float64(floor), ceiling: float64(max(floor, ceiling))}
	a.estimate = max(a.floor, a.ceiling/4)
	a.limit.Store(int64(a.estimate))
	return a
}

// sample takes the latency of an answer in, at now, with what was in flight when its request came.
func (a *adaptive) sample(latency, inflight, now int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.count == 0 {
		a.began = now
	}
	a.sum += latency
	a.count++
	a.peak = max(a.peak, inflight)
	if a.count < adaptLeast || now-a.began < adaptEvery {
		return
	}
	a.judge(float64(a.sum)/float64(a.count), float64(a.peak))
	a.sum, a.count, a.peak = 0, 0, 0
}

// judge sets the limit by the mean latency of a period and the most that was in flight in it.
func (a *adaptive) judge(mean, peak float64) {
	if a.idle == 0 {
		a.idle = mean
	}
	if a.looking > 0 {
		if a.looking--; a.looking == 0 {
			a.idle, a.since = mean, 0
		}
		a.set()
		return
	}
	busy := peak >= a.estimate/2
	if !busy {
		a.idle += (mean - a.idle) / 10
		a.since = 0
		return // what is not used is not known to be too much or too little
	}
	a.idle = min(a.idle, mean)
	gradient := min(1, max(0.5, tolerance*a.idle/mean))
	wanted := a.estimate*gradient + math.Sqrt(a.estimate)
	a.estimate = min(a.ceiling, max(a.floor, a.estimate+(wanted-a.estimate)/4))
	if a.since++; a.since >= calibrate {
		a.looking = settleAfter
	}
	a.set()
}

// set puts the estimate into force; half of it during a look.
func (a *adaptive) set() {
	limit := a.estimate
	if a.looking > 0 {
		limit = max(a.floor, limit/2)
	}
	a.limit.Store(int64(limit))
}
