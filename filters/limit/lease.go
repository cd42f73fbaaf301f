package limit

import (
	"time"

	"sallyport/internal/slots"
	"sallyport/internal/state"
	"sallyport/internal/wire"
)

// The words of a key. The first three are times.
const (
	leaseUntil  = iota // the lease's end: what is not spent by then is lost
	leaseDenied        // the store has nothing to give until then
	leaseKept          // leaseAlone is remembered until then
	leaseTokens        // what is left of the lease
	leaseRate          // tokens that are asked of this node in the time of a slice
	leaseAsked         // tokens asked of this node since leaseMark
	leaseMark          // when leaseRate was last estimated
	leaseState         // leasePending, and above it the window that denied
	leaseWords
	leaseTimes = leaseTokens

	leasePending = 1 // the store is being asked for a slice
	leaseAlone   = 2 // decided without the store since its last answer
	windowShift  = 8
)

const (
	leaseFor   = int64(time.Second)            // an unspent lease ends
	aloneFor   = int64(time.Minute)            // who was decided without the store is remembered
	leaseAhead = int64(200 * time.Millisecond) // a slice is what is spent in this time
	askAgain   = int64(time.Millisecond)       // the least time between two questions that were denied
	sliceParts = 20                            // all nodes' slices together are at most this part of the burst
)

// errand is what the store is to be asked; the zero errand is nothing.
type errand struct {
	want    int64
	pending bool // leasePending is set for it
	alone   bool // what this node granted without the store is to be told
}

// fromLease decides by what this node knows, or says what to ask the store. When a lease runs low it begins to ask for
// the next one.
func (c *cluster) fromLease(k, own slots.Key, key []byte, cost, now int64) (outcome, errand) {
	cell := c.leases.Open(k, now)
	defer cell.Close()
	w := cell.Words
	if cell.State == slots.Overflow {
		return outcome{}, errand{want: cost} // nothing to keep a lease in
	}
	if w[leaseUntil] <= cell.Now {
		w[leaseTokens] = 0
	}
	c.estimate(w, cost, cell.Now)
	switch {
	case w[leaseTokens] >= cost:
		w[leaseTokens] -= cost
		left := c.share.charge(own, cost, now, c.engine.Nodes())
		c.refill(k, key, w, left, cell.Now)
		return outcome{}, errand{}
	case w[leaseDenied] > cell.Now:
		return outcome{refused, int(w[leaseState] >> windowShift), 0, time.Duration(w[leaseDenied] - cell.Now)}, errand{}
	}
	e := errand{want: cost, alone: w[leaseState]&leaseAlone != 0}
	w[leaseState] &^= leaseAlone // until it fails: it is told once
	if !c.exact && w[leaseState]&leasePending == 0 {
		e.want = max(cost, min(w[leaseRate], c.slice()))
		e.pending = true
		w[leaseState] |= leasePending
	}
	return outcome{}, e
}

// estimate counts what is asked of this node into its rate.
func (c *cluster) estimate(w []int64, cost, now int64) {
	w[leaseAsked] += cost
	if elapsed := now - w[leaseMark]; elapsed > leaseAhead/4 {
		w[leaseRate] = (w[leaseRate] + int64(float64(w[leaseAsked])*float64(leaseAhead)/float64(elapsed))) / 2
		w[leaseAsked], w[leaseMark] = 0, now
	}
}

// refill begins to ask for another slice when less than half of one is left.
func (c *cluster) refill(k slots.Key, key []byte, w []int64, left, now int64) {
	if c.exact || w[leaseState]&leasePending != 0 || w[leaseDenied] > now || w[leaseTokens] > c.slice()/2 {
		return
	}
	want := min(w[leaseRate], c.slice()) - w[leaseTokens]
	if want < 1 {
		return
	}
	e := errand{want: want, pending: true}
	ask := state.Ask{Key: digestOf(key), Need: 1, Want: want, Filled: left}
	if c.limit.Begin(ask, func(g state.Grant, err error) { c.settle(k, e, 0, g, err) }) {
		w[leaseState] |= leasePending
	}
}

// settle writes down the store's answer, and says what it means for the cost that waits for it. answered is false when
// there was none.
func (c *cluster) settle(k slots.Key, e errand, cost int64, g state.Grant, err error) (o outcome, answered bool) {
	cell := c.leases.Open(k, wire.Now())
	defer cell.Close()
	w, known := cell.Words, cell.State != slots.Overflow
	if known && e.pending {
		w[leaseState] &^= leasePending
	}
	if known && w[leaseUntil] <= cell.Now {
		w[leaseTokens] = 0
	}
	if err != nil {
		if known {
			w[leaseState] |= leaseAlone
			w[leaseKept] = cell.Now + aloneFor
		}
		return outcome{}, false
	}
	if g.Tokens == 0 {
		wait := max(g.Wait, time.Duration(askAgain))
		if known {
			w[leaseDenied] = cell.Now + int64(wait)
			w[leaseState] = w[leaseState]&(leasePending|leaseAlone) | int64(g.Window)<<windowShift
		}
		return outcome{refused, g.Window, g.Remaining, wait}, true
	}
	if rest := g.Tokens - cost; rest > 0 && known {
		w[leaseTokens] += rest
		w[leaseUntil] = cell.Now + leaseFor
	}
	return outcome{}, true
}
