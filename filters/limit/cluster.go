package limit

import (
	"sync/atomic"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/slots"
	"sallyport/internal/state"
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
	o, e := c.fromLease(k, own, key, cost, x.Now)
	if e == (errand{}) {
		return o
	}
	nodes := c.engine.Nodes()
	ask := state.Ask{Key: digestOf(key), Need: cost, Want: e.want, Filled: c.share.charge(own, 0, x.Now, nodes)}
	if e.alone {
		ask.Owed = (1000 - ask.Filled) / int64(nodes)
	}
	grant, err := c.limit.Take(ask)
	o, answered := c.settle(k, e, cost, grant, err)
	if !answered {
		return c.alone(own, cost, x.Now)
	}
	if o.verdict == granted {
		c.share.charge(own, cost, x.Now, nodes)
	}
	return o
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
