package lb

import (
	"slices"

	"sallyport/conf"
)

// retries is what may be tried again: the compiled form of retry.on.
type retries struct {
	attempts int
	on       [outcomes]bool
	statuses [3]bool // 502, 503, 504
	byDesign bool    // on is what it is when nothing is written
}

func compileRetries(c conf.Retry) retries {
	r := retries{attempts: c.Attempts}
	for _, word := range c.On {
		switch word {
		case "connect":
			r.on[failedConnect] = true
		case "stale":
			r.on[failedStale] = true
		case "reset":
			r.on[failedReset] = true
		case "timeout":
			r.on[failedTimeout] = true
		case "502", "503", "504":
			r.statuses[word[2]-'2'] = true
		}
	}
	r.byDesign = slices.Equal(c.On, []string{"connect", "stale"})
	return r
}

// maxAttempts bounds the attempts of one request, however many nodes refuse it.
const maxAttempts = 10

// callState is what the upstream remembers of a call.
type callState struct {
	entered int64              // monotonic ns: when the call came
	began   int64              // when the last attempt began
	ended   int64              // and ended
	sent    int                // attempts that reached a node
	tried   [maxAttempts]*node // by attempt

	watch  *canary // compares the sides of a split; nil where nobody does
	canary bool    // the call went to the canary
}

// attemptDeadline is when the running attempt must have been answered. One that cannot be made again has all the time there is.
func (c *Call) attemptDeadline() int64 {
	if c.AttemptTimeout > 0 && c.Replayable {
		return min(c.Deadline, c.began+c.AttemptTimeout)
	}
	return c.Deadline
}

// allow reports whether an attempt that ended so may be followed by another: nothing was sent, or the request is
// idempotent and can be sent again, and the definition says so. Attempts that reached no node do not count: each takes its
// node out, so they end by themselves.
func (r *retries) allow(c *Call, out outcome) bool {
	if r.attempts == 1 || c.sent >= r.attempts || c.Attempts == maxAttempts {
		return false
	}
	switch out {
	case failedConnect:
		return r.on[failedConnect]
	case answered:
		return r.status(c.Reply.Status) && c.Idempotent && c.Replayable
	case failedReset:
		// Silence is silence, on a connection that was used before and on a new one: whoever was killed answers on neither.
		return (r.on[failedReset] || r.on[failedStale] && !c.heard) && c.Idempotent && c.Replayable
	case failedTimeout:
		// A route that bounds a single attempt does so to have time for another.
		return (r.on[failedTimeout] || r.byDesign && c.AttemptTimeout > 0) && c.Idempotent && c.Replayable
	}
	return r.on[out] && c.Idempotent && c.Replayable
}

func (r *retries) status(status int) bool {
	return status >= 502 && status <= 504 && r.statuses[status-502]
}
