package lb

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// windowSlots is how many parts a sliding window moves in: a count is forgotten between 9/10 and 10/10 of its length later.
const windowSlots = 10

// window counts events and how many of them were bad, over the last stretch of time. Each slot is one word, number<<40 |
// events<<20 | bad, so that it moves on without a lock and loses nothing; a slot that is full (a million events) stays so.
type window struct {
	slot  int64 // ns that one slot covers
	slots [windowSlots]atomic.Uint64
}

const (
	slotCount  = 1<<20 - 1 // the largest count
	slotNumber = 1<<24 - 1
)

// newWindow makes a window of the given length.
func newWindow(length time.Duration) *window {
	return &window{slot: max(int64(length)/windowSlots, 1)}
}

// record counts one event at the monotonic time now.
func (w *window) record(now int64, bad bool) {
	number := uint64(now / w.slot)
	slot := &w.slots[number%windowSlots]
	for {
		old := slot.Load()
		count, failed := old>>20&slotCount, old&slotCount
		if old>>40 != number&slotNumber {
			count, failed = 0, 0
		}
		if count == slotCount {
			return
		}
		count++
		if bad {
			failed++
		}
		if slot.CompareAndSwap(old, number&slotNumber<<40|count<<20|failed) {
			return
		}
	}
}

// sum returns what was counted in the window that ends now.
func (w *window) sum(now int64) (events, bad uint64) {
	number := uint64(now / w.slot)
	for i := range w.slots {
		word := w.slots[i].Load()
		if age := number - word>>40; age&slotNumber < windowSlots {
			events += word >> 20 & slotCount
			bad += word & slotCount
		}
	}
	return events, bad
}

// reset forgets everything.
func (w *window) reset() {
	for i := range w.slots {
		w.slots[i].Store(0)
	}
}

// over reports whether at least share (0 to 1) of at least minimum events are bad.
func over(events, bad uint64, share float64, minimum int) bool {
	return bad > 0 && events >= uint64(max(minimum, 1)) && float64(bad) >= share*float64(events)
}

// below maps the upper half of a random number to an index below n, and returns the rest of it as a fraction of 2^32.
func below(random uint32, n int) (index int, fraction uint32) {
	high, low := bits.Mul32(random, uint32(n))
	return int(high), low
}
