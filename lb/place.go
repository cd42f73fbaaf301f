package lb

import (
	"time"

	"sallyport/internal/wire"
)

// place finds a node with room for one more request and takes the place, waiting for one where all are taken.
func (u *Upstream) place(c *Call) (*node, Failure) {
	c.entered = c.Now
	if c.Request.Framing.Kind != wire.NoBody {
		c.entered = wire.Now() // some time has gone into reading the body
	}
	c.began = c.entered
	if u.fleet.queue.waiting.Load() == 0 {
		if n, failure := u.tryPlace(c); failure != Full {
			return n, failure
		}
	}
	n, failure := u.waitPlace(c)
	c.began = wire.Now()
	return n, failure
}

// tryPlace is place without waiting.
func (u *Upstream) tryPlace(c *Call) (*node, Failure) {
	v := u.fleet.view.Load()
	if v.picker == nil {
		return nil, None
	}
	if !u.enter() {
		return nil, Full
	}
	if n := v.picker.pick(c.Now, c.HashKey); n.reserve(u.plan.perNode) {
		return n, OK
	}
	if n := v.elsewhere(nil, u.plan.perNode); n != nil {
		return n, OK
	}
	u.exit()
	return nil, Full
}

// waitPlace waits in the queue for a place.
func (u *Upstream) waitPlace(c *Call) (n *node, failure Failure) {
	failure = Full
	patience := min(u.plan.patience, time.Duration(c.Deadline-c.Now))
	u.fleet.queue.wait(u.plan.queue, patience, func() bool {
		n, failure = u.tryPlace(c)
		return failure != Full
	})
	return n, failure
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
