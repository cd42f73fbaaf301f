package lb

import (
	"reflect"
	"time"

	"sallyport/conf"
)

// plan is what a definition says, compiled: immutable, and of one generation of the configuration.
type plan struct {
	conf      *conf.Upstream
	rules     rules
	transport *transport
	retries   retries
	perNode   int64 // requests in flight at a node
	most      int64 // requests at the upstream; 0: no bound
	queue     int   // how many more wait for a place
	patience  time.Duration
}

// newPlan compiles a definition. It reads the certificates that the definition names, and takes over the transport of before
// (which may be nil) when nothing about it has changed, so that its connections go on.
func newPlan(c *conf.Upstream, before *plan) (*plan, error) {
	p := &plan{
		conf:     c,
		rules:    rulesOf(c),
		retries:  compileRetries(c.Retry),
		perNode:  int64(c.Pool.Max),
		most:     int64(c.Requests.Max),
		queue:    c.Requests.Queue,
		patience: time.Duration(c.Requests.Wait),
	}
	if c.Requests.PerNode > 0 {
		p.perNode = min(p.perNode, int64(c.Requests.PerNode))
	} else if c.Requests.Max == 0 {
		// Only connections are bounded: as many requests again may wait for one.
		p.queue, p.patience = c.Pool.Max, time.Duration(c.Pool.Wait)
	}
	t, err := newTransport(c)
	if err != nil {
		return nil, err
	}
	p.transport = t
	if before != nil && before.transport.same(t) {
		p.transport = before.transport
	}
	return p, nil
}

// sameFleet reports whether two definitions describe the same nodes, watched in the same way.
func (p *plan) sameFleet(other *plan) bool {
	a, b := p.conf, other.conf
	return p.rules == other.rules && p.transport == other.transport &&
		reflect.DeepEqual(a.Nodes, b.Nodes) && reflect.DeepEqual(a.DNS, b.DNS) && a.File == b.File &&
		reflect.DeepEqual(a.Health, b.Health) && reflect.DeepEqual(a.Eject, b.Eject)
}

func rulesOf(c *conf.Upstream) rules {
	r := rules{policy: c.Balance.Policy, zone: c.Zone, slowStart: time.Duration(c.SlowStart)}
	if c.Health != nil {
		r.panic = c.Health.Panic.Fraction()
	}
	return r
}
