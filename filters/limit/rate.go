package limit

import (
	"time"

	"sallyport/conf"
	"sallyport/filters/limit/bucket"
	"sallyport/internal/state"
)

// rate is one limit: its buckets, whichever routes have it.
type rate struct {
	definition conf.RateLimit
	engine     *state.Engine
	windows    []window
	table      *bucket.Table
}

func newRate(definition conf.RateLimit, engine *state.Engine) (*rate, error) {
	r := &rate{definition: definition, engine: engine, windows: windowsOf(&definition)}
	windows, err := buckets(r.windows, 1)
	if err != nil {
		return nil, err
	}
	r.table, err = bucket.New(definition.Keys, windows...)
	return r, err
}

// outcome is a limit's answer to a request.
type outcome struct {
	verdict   verdict
	window    int           // which one refused
	remaining int64         // what it holds
	wait      time.Duration // until it would grant the same
}

type verdict uint8

const (
	granted verdict = iota
	refused
	unavailable // the shared state is away, and the limit lets nobody in then
)

// take asks for cost tokens of a key's bucket at now, and charges nothing unless it grants them.
func (r *rate) take(key []byte, cost, now int64) outcome {
	return local(r.table.Take(r.table.Key(key), cost, now))
}

// local is the outcome of a bucket of this node.
func local(d bucket.Decision) outcome {
	if d.Allowed {
		return outcome{}
	}
	return outcome{refused, int(d.Window), d.Remaining(), d.RetryAfter()}
}

// refund gives back what take has charged for a request that another limit refused.
func (r *rate) refund(key []byte, cost int64) {
	r.table.Refund(r.table.Key(key), cost)
}
