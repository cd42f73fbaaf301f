// Package bucket is the token buckets behind every limit: integer arithmetic, a clock given by the caller, and a table
// of fixed size whose rule for a full house cannot be gamed.
package bucket

import (
	"fmt"

	"sallyport/internal/slots"
)

// MaxWindows is how many windows one limit can have: with four, a key takes 61 bytes of table.
const MaxWindows = 4

// Table holds a bucket for every key that is not full. A full bucket is the same as none, so a slot is free again as
// soon as its bucket has filled, and no bucket is ever dropped before that: nobody wins back tokens by being
// forgotten. A key that finds no free slot shares an overflow bucket with other newcomers, and takes over that bucket's
// debt when a slot comes free: no key is ever granted more than its limit.
//
// All methods may be called from concurrently running goroutines. None allocates, but New.
type Table struct {
	windows []Window
	slots   *slots.Table // for each window, the tick at which the key's bucket is full
}

// New makes a table for so many keys at the same time, all of them with these windows.
func New(keys int, windows ...Window) (*Table, error) {
	if len(windows) < 1 || len(windows) > MaxWindows {
		return nil, fmt.Errorf("%d windows, where 1 to %d can be", len(windows), MaxWindows)
	}
	table, err := slots.New(keys, len(windows), len(windows))
	if err != nil {
		return nil, err
	}
	return &Table{windows: windows, slots: table}, nil
}

// Key hashes what a limit counts by.
func (t *Table) Key(b []byte) slots.Key { return t.slots.Key(b) }

// Bytes is the memory that the table holds, whatever it is asked.
func (t *Table) Bytes() int { return t.slots.Bytes() }

// Windows are the table's limits. The caller must not change them.
func (t *Table) Windows() []Window { return t.windows }

// Take asks for cost tokens at now, in nanoseconds of a monotonic clock that began at zero. A refused request is not
// charged. Readings need not be ordered: an older one counts as the latest seen.
//
// cost is from 1 to the smallest burst; more is never granted.
func (t *Table) Take(k slots.Key, cost, now int64) Decision {
	return t.TakeWithin(t.windows, k, cost, now)
}

// TakeWithin is Take with other windows than the table's, as many.
func (t *Table) TakeWithin(windows []Window, k slots.Key, cost, now int64) Decision {
	c := t.open(k, now)
	d := decide(windows, c.Words, cost, c.Now)
	if d.Allowed {
		charge(windows, c.Words, cost, c.Now)
	}
	c.Close()
	return d
}

// Charge takes cost tokens that were granted elsewhere, or what there is. It returns the per mille that is left of the
// bucket.
func (t *Table) Charge(windows []Window, k slots.Key, cost, now int64) (left int64) {
	c := t.open(k, now)
	charge(windows, c.Words, cost, c.Now)
	left = 1000
	for i := range windows {
		w := &windows[i]
		c.Words[i] = min(c.Words[i], c.Now+w.capacity)
		free := w.capacity - max(0, c.Words[i]-c.Now)
		left = min(left, int64(float64(free)/float64(w.capacity)*1000))
	}
	c.Close()
	return left
}

// Probe is what Take would answer, and charges nothing.
func (t *Table) Probe(k slots.Key, cost, now int64) Decision {
	c := t.slots.Peek(k, now*ticksPerNano)
	full := c.Words
	if full == nil {
		full = c.Shared() // what a new slot would begin with
	}
	d := decide(t.windows, full, cost, c.Now)
	c.Close()
	return d
}

// Reset fills the key's bucket.
func (t *Table) Reset(k slots.Key) {
	c := t.slots.Peek(k, 0)
	clear(c.Words)
	c.Close()
}

// Overflowed counts the requests that had to share an overflow bucket: while it grows, the table is too small.
func (t *Table) Overflowed() uint64 { return t.slots.Overflowed() }

// Live counts the keys whose bucket is not full.
func (t *Table) Live(now int64) int { return t.slots.Live(now * ticksPerNano) }

// Refund gives back what was charged within these windows.
func (t *Table) Refund(windows []Window, k slots.Key, cost int64) {
	c := t.slots.Peek(k, 0)
	for i := range c.Words {
		c.Words[i] -= cost * windows[i].interval
	}
	c.Close()
}

func (t *Table) open(k slots.Key, now int64) slots.Cell {
	c := t.slots.Open(k, now*ticksPerNano)
	if c.State == slots.Fresh {
		copy(c.Words, c.Shared())
	}
	return c
}
