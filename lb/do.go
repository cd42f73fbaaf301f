package lb

import "sallyport/internal/wire"

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
