package bucket

import (
	"math"
	"time"
)

// Decision is the answer to one request for tokens.
type Decision struct {
	Allowed bool
	Window  uint8 // which window refused, or has the least to give

	window *Window
	debt   int64 // ticks until that window's bucket is full, what was granted included
	wait   int64 // ticks until the same request would be granted
}

// Remaining is how many tokens the deciding window still holds.
func (d *Decision) Remaining() int64 { return d.window.remaining(d.debt) }

// RetryAfter is the time until the same request would be granted; zero when it was.
func (d *Decision) RetryAfter() time.Duration { return nanos(d.wait) }

// Reset is the time until the deciding window's bucket is full.
func (d *Decision) Reset() time.Duration { return nanos(d.debt) }

// nanos rounds up, so that who waits that long is granted.
func nanos(ticks int64) time.Duration {
	return time.Duration((ticks + ticksPerNano - 1) / ticksPerNano)
}

// decide asks every window for cost tokens. full holds, for each window, the tick at which the key's bucket is full
// again. The deciding window is the one that makes the caller wait longest, or, when all agree, the one nearest to
// refusing: of what a window is over its capacity, the largest or the least negative.
func decide(windows []Window, full []int64, cost, now int64) Decision {
	worst, over, after := 0, int64(math.MinInt64), int64(0)
	for i := range windows {
		w := &windows[i]
		debt := max(full[i]-now, 0) + cost*w.interval
		if debt-w.capacity > over {
			worst, over, after = i, debt-w.capacity, debt
		}
	}
	w := &windows[worst]
	if over > 0 {
		return Decision{Window: uint8(worst), window: w, debt: after - cost*w.interval, wait: over}
	}
	return Decision{Allowed: true, Window: uint8(worst), window: w, debt: after}
}

// charge takes from every window what decide has allowed.
func charge(windows []Window, full []int64, cost, now int64) {
	for i := range windows {
		full[i] = max(full[i], now) + cost*windows[i].interval
	}
}
