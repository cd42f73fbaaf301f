// Package lb sends requests to upstreams: it balances them over nodes, watches the nodes, and decides what is tried again.
//
// An Upstream is one generation of a definition; a fleet is what lives of it across generations: the nodes and what is known
// about them. A view is an immutable picture of the fleet, which every request picks its node from.
package lb

import (
	"reflect"
	"sync/atomic"

	"sallyport/conf"
	"sallyport/internal/histogram"
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
