package limit

import (
	"sync/atomic"
	"time"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/slots"
	"sallyport/internal/state"
	"sallyport/internal/wire"
)

// cluster is a rate that the nodes share. A node leases a slice of tokens at a time, as many as it spent lately, and asks
// for the next slice before they run out; or, when the limit is exact, it asks for every request.
//
// Tokens are charged when they are leased, so all nodes together are granted no more than the limit, but for the time
// between a lease and its use: over any t at most limit x t + burst + what was leased before and not used, which is no
// more than a slice for each node.
type cluster struct {
	engine *state.Engine
	limit  *state.Limit
	exact  bool
	onLoss string
	share  *share
	burst  int64        // of the smallest window
	most   int64        // burst of the largest
	leases *slots.Table // the words below

	decided atomic.Uint64 // requests that were decided without the store
}

// The words of a key. The first two are times.
const (
	leaseUntil  = iota // the lease's end: what is not spent by then is lost
	leaseDenied        // the store has nothing to give until then
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

func newCluster(definition conf.RateLimit, engine *state.Engine) (*cluster, error) {
	windows := windowsOf(&definition)
	c := &cluster{engine: engine, exact: definition.Consistency == "exact", onLoss: definition.OnStateLoss, burst: windows[0].burst}
	shared := make([]state.Window, len(windows))
	for i, w := range windows {
		shared[i] = state.Window{Count: w.Count, Per: w.Per, Burst: w.burst}
		c.burst, c.most = min(c.burst, w.burst), max(c.most, w.burst)
	}
	c.limit = engine.Limit(definition.Name, shared...)
	var err error
	if c.share, err = newShare(windows, definition.Keys); err != nil {
		return nil, err
	}
	c.leases, err = slots.New(definition.Keys, leaseWords, leaseTimes)
	return c, err
}

// slice is the most that this node leases at once.
func (c *cluster) slice() int64 {
	return max(1, c.burst/sliceParts/int64(c.engine.Nodes()))
}

// take is the one place where a request may wait for something that is not its upstream: for an answer of the store, no
// longer than the engine's timeout, when no lease has tokens for it.
func (c *cluster) take(x *filters.Exchange, key []byte, cost int64) outcome {
	k := c.leases.Key(key)
	own := c.share.table.Key(key)
	o, ask := c.fromLease(k, own, key, cost, x.Now)
	if !ask.ask {
		return o
	}
	nodes := c.engine.Nodes()
	question := state.Ask{Key: digestOf(key), Need: cost, Want: ask.want, Filled: c.share.charge(own, 0, x.Now, nodes)}
	if ask.alone {
		question.Owed = (1000 - question.Filled) / int64(nodes)
	}
	grant, err := c.limit.Take(question)
	o, answered := c.settle(k, ask, cost, grant, err)
	if !answered {
		return c.alone(own, cost, x.Now)
	}
	if o.verdict == granted {
		c.share.charge(own, cost, x.Now, nodes)
	}
	return o
}

// question is what to ask the store.
type question struct {
	ask     bool
	want    int64
	pending bool // leasePending is set for it
	alone   bool // what this node granted without the store is to be told
}

// fromLease decides by what this node knows, or says what to ask the store. When a lease runs low it begins to ask for
// the next one.
func (c *cluster) fromLease(k, own slots.Key, key []byte, cost, now int64) (outcome, question) {
	cell := c.leases.Open(k, now)
	defer cell.Close()
	w := cell.Words
	if cell.State == slots.Overflow {
		return outcome{}, question{ask: true, want: cost} // nothing to keep a lease in
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
		return outcome{}, question{}
	case w[leaseDenied] > cell.Now:
		return outcome{refused, int(w[leaseState] >> windowShift), 0, time.Duration(w[leaseDenied] - cell.Now)}, question{}
	}
	q := question{ask: true, want: cost, alone: w[leaseState]&leaseAlone != 0}
	w[leaseState] &^= leaseAlone // until it fails: it is told once
	if !c.exact && w[leaseState]&leasePending == 0 {
		q.want = max(cost, min(w[leaseRate], c.slice()))
		q.pending = true
		w[leaseState] |= leasePending
	}
	return outcome{}, q
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
	q := question{want: want, pending: true}
	ask := state.Ask{Key: digestOf(key), Need: 1, Want: want, Filled: left}
	if c.limit.Begin(ask, func(g state.Grant, err error) { c.settle(k, q, 0, g, err) }) {
		w[leaseState] |= leasePending
	}
}

// settle writes down the store's answer, and says what it means for the cost that waits for it. answered is false when
// there was none.
func (c *cluster) settle(k slots.Key, q question, cost int64, g state.Grant, err error) (o outcome, answered bool) {
	cell := c.leases.Open(k, wire.Now())
	defer cell.Close()
	w, known := cell.Words, cell.State != slots.Overflow
	if known && q.pending {
		w[leaseState] &^= leasePending
	}
	if known && w[leaseUntil] <= cell.Now {
		w[leaseTokens] = 0
	}
	if err != nil {
		if known {
			w[leaseState] |= leaseAlone
			w[leaseUntil] = cell.Now + aloneFor
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

// alone decides without the store.
func (c *cluster) alone(own slots.Key, cost, now int64) outcome {
	c.decided.Add(1)
	switch c.onLoss {
	case "allow":
		c.share.charge(own, cost, now, c.engine.Nodes())
		return outcome{}
	case "deny":
		return outcome{verdict: unavailable}
	}
	return c.share.take(own, cost, now, c.engine.Nodes())
}

// refund puts the tokens back into the lease, or into the store where there is none.
func (c *cluster) refund(x *filters.Exchange, key []byte, cost int64) {
	c.share.table.Refund(c.share.of(c.engine.Nodes()), c.share.table.Key(key), cost)
	cell := c.leases.Peek(c.leases.Key(key), x.Now)
	leased := !c.exact && cell.Words != nil && cell.Words[leaseUntil] > cell.Now
	if leased {
		cell.Words[leaseTokens] += cost
	}
	cell.Close()
	if !leased {
		c.limit.Begin(state.Ask{Key: digestOf(key), Want: -cost, Filled: 1000}, func(state.Grant, error) {})
	}
}

func (c *cluster) reset(key []byte) {
	c.share.table.Reset(c.share.table.Key(key))
	cell := c.leases.Peek(c.leases.Key(key), 0)
	clear(cell.Words)
	cell.Close()
	c.limit.Begin(state.Ask{Key: digestOf(key), Want: -c.most, Filled: 1000}, func(state.Grant, error) {})
}
