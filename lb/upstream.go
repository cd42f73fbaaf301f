// Package lb sends requests to upstreams: it balances them over nodes, watches the nodes, and decides what is tried again.
//
// An Upstream is one generation of a definition; a fleet is what lives of it across generations: the nodes and what is known
// about them. A view is an immutable picture of the fleet, which every request picks its node from.
package lb

import (
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"sallyport/conf"
	"sallyport/internal/histogram"
	"sallyport/internal/wire"
)

// Upstream is one generation of an upstream. Its methods may be called by many goroutines.
type Upstream struct {
	name  string
	plan  *plan
	fleet *fleet

	breaker *breaker // nil without one
	retries *budget
	hedges  *hedges              // nil without any
	seconds *histogram.Histogram // of answers, until their head
	numbers *numbers

	send func(*node, *Call, int64) outcome // (*node).attempt
}

// numbers are an upstream's rare events, counted across generations.
type numbers struct {
	inflight atomic.Int64 // requests, where the definition bounds them
	retried  atomic.Uint64
	unpaid   atomic.Uint64 // retries for which the budget had nothing left
	failed   [Failures]atomic.Uint64
}

// Compile makes an upstream of a definition and starts nothing. What the previous generation of the same name has learnt is taken
// over wherever the definition of it is unchanged; previous may be nil. The definition must not be changed afterwards.
func Compile(c *conf.Upstream, previous *Upstream) (*Upstream, error) {
	if previous == nil {
		previous = &Upstream{}
	}
	p, err := newPlan(c, previous.plan)
	if err != nil {
		return nil, err
	}
	u := &Upstream{
		name:    c.Name,
		plan:    p,
		fleet:   previous.fleet,
		breaker: previous.breaker,
		retries: previous.retries,
		hedges:  previous.hedges,
		seconds: previous.seconds,
		numbers: previous.numbers,
		send:    (*node).attempt,
	}
	if u.fleet == nil {
		u.fleet, u.seconds, u.numbers = newFleet(p), histogram.New(), &numbers{}
	}
	if previous.plan == nil || !reflect.DeepEqual(previous.plan.conf.Breaker, c.Breaker) {
		u.breaker = newBreaker(c.Breaker)
	}
	if previous.plan == nil || !reflect.DeepEqual(previous.plan.conf.Hedge, c.Hedge) {
		u.hedges = newHedges(c.Hedge)
	}
	if previous.plan == nil || previous.plan.conf.Retry.Budget != c.Retry.Budget {
		u.retries = newBudget(c.Retry.Budget.Fraction(), retryReserve)
	}
	return u, nil
}

// Name returns the upstream's name in the configuration.
func (u *Upstream) Name() string { return u.name }

// HashBy returns the attribute that Call.HashKey is made of; false when the upstream does not balance by one.
func (u *Upstream) HashBy() (conf.Attribute, bool) {
	return u.plan.conf.Balance.Key, u.plan.conf.Balance.Policy == "hash"
}

// Start makes this generation the one that runs the nodes: it probes and discovers them. For an upstream that finds its nodes it
// waits a moment for the first ones.
func (u *Upstream) Start() {
	u.fleet.run(u.plan)
	u.fleet.await()
}

// Stop ends what Start began, unless a later generation has taken over. Requests that run may end.
func (u *Upstream) Stop() { u.fleet.stop(u.plan) }

// Do sends a call to a node and waits for the answer's head; it tries again where the definition, the call and the budget allow
// it. After OK the answer is in c.Reply and the caller owes a call of Done; after anything else nothing is owed.
func (u *Upstream) Do(c *Call) Failure {
	failure := u.do(c)
	if failure != OK {
		u.numbers.failed[failure].Add(1)
	}
	return failure
}

func (u *Upstream) do(c *Call) Failure {
	trial, admitted := u.breaker.admit(c.Now)
	if !admitted {
		return Open
	}
	n, failure := u.place(c)
	if failure != OK {
		u.breaker.forgive(trial)
		return failure
	}
	for c.Attempts, c.sent = 0, 0; ; {
		c.Node = n
		c.tried[c.Attempts] = n
		c.Attempts++
		out := u.sendOnce(n, c)
		if out != failedConnect {
			c.sent++
		}
		next := u.another(c, out)
		if next == nil {
			return u.end(c, out, trial)
		}
		c.Node.release()
		u.fleet.queue.wake()
		if out == answered {
			c.Reply.Reset()
		}
		c.Request.Body.Rewind()
		n, c.began = next, c.ended
	}
}

// sendOnce makes one attempt at n, beside which a hedge may make another, and takes in how it ended.
func (u *Upstream) sendOnce(n *node, c *Call) outcome {
	n.started.Add(1)
	if after := u.hedges.after(c); after > 0 {
		return u.sendHedged(n, c, after)
	}
	out := u.send(n, c, c.attemptDeadline())
	c.ended = wire.Now()
	u.learn(n, c, out)
	return out
}

// learn takes in how an attempt at n ended.
func (u *Upstream) learn(n *node, c *Call, out outcome) {
	now, took := c.ended, c.ended-c.began
	status := 0
	switch out {
	case answered:
		if n.unreachable.Load() {
			n.unreachable.Store(false)
		}
		status = c.Reply.Status
		u.seconds.Observe(took)
		if u.hedges != nil {
			u.hedges.latency.observe(now, took)
		}
		switch {
		case status >= 500:
			n.failed[answered].Add(1)
			n.latency.observeFailure(now, took)
		case c.Replayable:
			n.latency.observe(now, took)
		default: // the body came from the client meanwhile: how long that took is not the node's doing
		}
	case failedConnect:
		n.failed[out].Add(1)
		n.unreachable.Store(true)
		u.fleet.refuse(n)
	default:
		n.failed[out].Add(1)
	}
	r := n.record.Load()
	reason := r.add(now, took, out, status)
	gone := reason != "" && u.fleet.eject(n, r.eject, reason)
	if out == failedTimeout && !gone && (r == nil || reason != "") {
		n.latency.observe(now, took) // at least as long; where nodes are ejected it first gets the requests to judge it by
	}
}

// another returns the node for a further attempt, with a place on it; nil when there must be none.
func (u *Upstream) another(c *Call, out outcome) *node {
	now := c.ended
	if out == answered && c.Reply.Status < 502 || !u.plan.retries.allow(c, out) || now >= c.Deadline {
		return nil
	}
	n := u.fleet.view.Load().elsewhere(c.tried[:c.Attempts], u.plan.perNode)
	if n == nil {
		return nil
	}
	if !u.retries.take(now, u.fleet.attempts()-u.numbers.retried.Load()) {
		u.numbers.unpaid.Add(1)
		n.release()
		return nil
	}
	u.numbers.retried.Add(1)
	return n
}

// end is what becomes of a call whose last attempt has ended so.
func (u *Upstream) end(c *Call, out outcome, trial bool) Failure {
	now := c.ended
	if c.watch != nil && out != clientGone {
		c.watch.record(now, now-c.entered, c.canary, out != answered || c.Reply.Status >= 500)
	}
	switch {
	case out == clientGone:
		u.breaker.forgive(trial)
	case out == failedConnect:
		u.breaker.forgive(trial) // says something about nodes, which are left alone then, and not about their answers
	default:
		u.breaker.record(now, now-c.entered, trial, out != answered || c.Reply.Status >= 500)
	}
	if out == answered {
		return OK
	}
	u.leave(c.Node)
	if v := u.fleet.view.Load(); out == failedConnect && len(v.nodes) > 1 && v.unreachable() {
		return None
	}
	return failureOf(out)
}

// Done ends a call that Do answered with OK, when the answer's body has been passed on or given up. broken says that the node
// broke it off.
func (u *Upstream) Done(c *Call, broken bool) {
	n := c.Node
	u.leave(n)
	if broken {
		n.failed[failedReset].Add(1)
		now := wire.Now()
		r := n.record.Load()
		if reason := r.add(now, 0, failedReset, 0); reason != "" {
			u.fleet.eject(n, r.eject, reason)
		}
	}
}

// place finds a node with room for one more request and takes the place, waiting for one where all are taken.
func (u *Upstream) place(c *Call) (*node, Failure) {
	v := u.fleet.view.Load()
	if v.picker == nil {
		return nil, None
	}
	c.entered = c.Now
	if c.Request.Framing.Kind != wire.NoBody {
		c.entered = wire.Now() // some time has gone into reading the body
	}
	c.began = c.entered
	if u.fleet.queue.waiting.Load() == 0 && u.enter() {
		if n := u.reserve(v, c); n != nil {
			return n, OK
		}
		u.exit()
	}
	var n *node
	patience := min(u.plan.patience, time.Duration(c.Deadline-c.Now))
	found := u.fleet.queue.wait(u.plan.queue, patience, func() bool {
		if !u.enter() {
			return false
		}
		if v = u.fleet.view.Load(); v.picker != nil {
			n = u.reserve(v, c)
		}
		if n == nil {
			u.exit()
		}
		return n != nil
	})
	switch {
	case found:
		c.began = wire.Now()
		return n, OK
	case v.picker == nil:
		return nil, None
	}
	return nil, Full
}

// reserve takes a place on the node that is picked, or on another one when that is full.
func (u *Upstream) reserve(v *view, c *Call) *node {
	if n := v.picker.pick(c.Now, c.HashKey); n.reserve(u.plan.perNode) {
		return n
	}
	return v.elsewhere(nil, u.plan.perNode)
}

// enter takes one of the upstream's places, where the definition bounds them; exit gives it back.
func (u *Upstream) enter() bool {
	if u.plan.most == 0 {
		return true
	}
	for {
		inflight := u.numbers.inflight.Load()
		if inflight >= u.plan.most {
			return false
		}
		if u.numbers.inflight.CompareAndSwap(inflight, inflight+1) {
			return true
		}
	}
}

func (u *Upstream) exit() {
	if u.plan.most != 0 {
		u.numbers.inflight.Add(-1)
	}
}

// leave ends a call that had its place, and tells who waits for one.
func (u *Upstream) leave(n *node) {
	n.release()
	u.exit()
	u.fleet.queue.wake()
}

// unreachable reports whether no connection could be made to any of the nodes that take requests, when it was last tried.
func (v *view) unreachable() bool {
	return !slices.ContainsFunc(v.ready, func(n *node) bool { return !n.unreachable.Load() })
}
