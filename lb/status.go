package lb

import (
	"fmt"
	"math/bits"
	"slices"
	"time"

	"sallyport/internal/wire"
)

// Status is what an operator sees of an upstream.
type Status struct {
	Name      string         `json:"name"`
	Balance   string         `json:"balance"`
	Ready     int            `json:"ready"` // nodes that take requests
	Nodes     []NodeStatus   `json:"nodes"`
	Waiting   int            `json:"waiting"`           // requests that wait for a place
	Retries   uint64         `json:"retries"`           // ever
	Unpaid    uint64         `json:"retries_refused"`   // retries for which the budget had nothing left
	Hedges    uint64         `json:"hedges"`            // second attempts beside a first, ever
	HedgesWon uint64         `json:"hedges_won"`        // those that had an answer first
	Breaker   *BreakerStatus `json:"breaker,omitempty"` // nil without one

	// Canaries are the routes that try this upstream as a canary. The gateway, which knows the routes, fills it in.
	Canaries []*CanaryStatus `json:"canaries,omitempty"`
}

// BreakerStatus is the state of an upstream's breaker.
type BreakerStatus struct {
	State  string `json:"state"` // closed, open or half-open
	Opened uint64 `json:"opened"`
}

// NodeStatus is what an operator sees of a node.
type NodeStatus struct {
	Name      string            `json:"name"`
	Address   string            `json:"address"`
	Zone      string            `json:"zone,omitempty"`
	Weight    int               `json:"weight"`
	State     string            `json:"state"`  // ready, or the gravest of: drained, unhealthy, ejected, refusing
	Reason    string            `json:"reason"` // of the last change
	Since     time.Time         `json:"since"`  // of the last change
	Until     *time.Time        `json:"until,omitempty"`
	Inflight  int64             `json:"inflight"`
	Latency   float64           `json:"latency_seconds"` // a moving average that keeps peaks; 0 when none is known
	Attempts  uint64            `json:"attempts"`
	Failures  map[string]uint64 `json:"failures,omitempty"`
	Ejections int               `json:"ejections"`
}

// kinds are the names of failed attempts, by outcome; of answered ones those of 500 and above.
var kinds = [outcomes]string{"5xx", "connect", "stale", "reset", "timeout", "malformed", "client_gone"}

// Status returns what is known about the upstream and its nodes now.
func (u *Upstream) Status() Status {
	s := Status{
		Name:    u.name,
		Balance: u.plan.conf.Balance.String(),
		Nodes:   u.fleet.status(),
		Waiting: int(u.fleet.queue.waiting.Load()),
		Retries: u.numbers.retried.Load(),
		Unpaid:  u.numbers.unpaid.Load(),
		Breaker: u.breaker.status(),
	}
	if u.hedges != nil {
		s.Hedges, s.HedgesWon = u.hedges.sent.Load(), u.hedges.won.Load()
	}
	s.Ready = len(u.fleet.view.Load().ready)
	return s
}

func (b *breaker) status() *BreakerStatus {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return &BreakerStatus{State: breakerState(b.state.Load()).String(), Opened: b.opened}
}

func (f *fleet) status() []NodeStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := wire.Now()
	all := make([]NodeStatus, 0, len(f.nodes))
	for _, n := range f.nodes {
		s := NodeStatus{
			Name: n.name, Address: n.address, Zone: n.zone, Weight: n.weight,
			State: n.flaws.String(), Reason: n.reason, Since: n.since,
			Inflight: n.inflight.Load(), Latency: float64(n.latency.at(now)) / 1e9,
			Attempts: n.started.Load(), Failures: n.failures(), Ejections: n.ejections,
		}
		if n.flaws&ejected != 0 {
			s.Until = &n.until
		}
		all = append(all, s)
	}
	return all
}

func (n *node) failures() map[string]uint64 {
	var failures map[string]uint64
	for out, kind := range kinds {
		if times := n.failed[out].Load(); times > 0 {
			if failures == nil {
				failures = map[string]uint64{}
			}
			failures[kind] = times
		}
	}
	return failures
}

// String names the gravest flaw.
func (f flaws) String() string {
	if f == 0 {
		return "ready"
	}
	return [...]string{"refusing", "ejected", "unhealthy", "drained", "leaving"}[bits.Len8(uint8(f))-1]
}

// Drain takes a node out by hand: the requests that are there end, and no new ones come.
func (u *Upstream) Drain(name string) error {
	return u.fleet.byHand(name, func(n *node) { u.fleet.mark(n, drained, "by hand") })
}

// Restore brings a node back that was drained, ejected or left alone. One that its probes call unhealthy stays out.
func (u *Upstream) Restore(name string) error {
	return u.fleet.byHand(name, func(n *node) {
		n.timesOut, n.until = 0, time.Time{}
		if r := n.record.Load(); r != nil {
			r.reset(0)
		}
		u.fleet.clear(n, drained|ejected|refusing, "by hand")
	})
}

func (f *fleet) byHand(name string, do func(*node)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := slices.IndexFunc(f.nodes, func(n *node) bool { return n.name == name })
	if at < 0 {
		return fmt.Errorf("upstream %q has no node %q", f.name, name)
	}
	do(f.nodes[at])
	return nil
}
