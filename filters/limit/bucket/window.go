package bucket

import (
	"fmt"
	"math"
	"math/bits"
	"time"
)

// ticksPerNano is the resolution of the bucket's clock: a sixteenth of a nanosecond. Rates that do not divide a second
// (3/s, 300000/s) stay within 0.1 % up to ten million a second, and an int64 of ticks lasts eighteen years of uptime.
const ticksPerNano = 16

// maxSpan bounds the time a bucket needs to fill, in ticks (about four and a half years), so that no sum of a clock
// reading, a debt and a cost can overflow.
const maxSpan = math.MaxInt64 / 4

// Window is one limit: a bucket of burst tokens that fills at a steady rate. It is the generic cell rate algorithm
// (ITU-T I.371): the state of a key is one number, the time at which its bucket is full again.
type Window struct {
	interval int64 // ticks in which one token comes back, rounded up, so that the rate is never exceeded
	capacity int64 // ticks in which an empty bucket fills: burst x interval
	burst    int64
}

// NewWindow makes the window that grants at most limit tokens per period and burst tokens at once: over any t,
// no more than limit x t / period + burst.
func NewWindow(limit int64, period time.Duration, burst int64) (Window, error) {
	if limit < 1 || period < 1 || burst < 1 {
		return Window{}, fmt.Errorf("limit %d, period %s and burst %d must all be positive", limit, period, burst)
	}
	high, low := bits.Mul64(uint64(period), ticksPerNano)
	if high != 0 || low > maxSpan {
		return Window{}, fmt.Errorf("period %s is too long", period)
	}
	interval := (low + uint64(limit) - 1) / uint64(limit)
	high, capacity := bits.Mul64(interval, uint64(burst))
	if high != 0 || capacity > maxSpan {
		return Window{}, fmt.Errorf("a burst of %d at %d per %s takes too long to fill", burst, limit, period)
	}
	return Window{interval: int64(interval), capacity: int64(capacity), burst: burst}, nil
}

// Burst is the size of the whole bucket.
func (w Window) Burst() int64 { return w.burst }

// remaining is how many tokens a bucket holds that is full again debt ticks from now.
func (w Window) remaining(debt int64) int64 { return (w.capacity - debt) / w.interval }
