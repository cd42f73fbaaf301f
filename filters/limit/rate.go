package limit

import (
	"fmt"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/attribute"
	"sallyport/filters/limit/bucket"
)

// rate is a limit of requests in time, counted on this node alone.
type rate struct{ table *bucket.Table }

func newRate(definition conf.RateLimit) (*rate, error) {
	windows, err := buckets(windowsOf(&definition), 1)
	if err != nil {
		return nil, err
	}
	table, err := bucket.New(definition.Keys, windows...)
	return &rate{table}, err
}

func (r *rate) take(x *filters.Exchange, key []byte, cost int64) outcome {
	return local(r.table.Take(r.table.Key(key), cost, x.Now))
}

func (r *rate) reset(key []byte) { r.table.Reset(r.table.Key(key)) }

// local is the outcome of a bucket of this node.
func local(d bucket.Decision) outcome {
	if d.Allowed {
		return outcome{}
	}
	return outcome{refused, int(d.Window), d.Remaining(), d.RetryAfter()}
}

func (r *rate) refund(_ *filters.Exchange, key []byte, cost int64) {
	r.table.Refund(r.table.Windows(), r.table.Key(key), cost)
}

// rateDefinition is what makes a rate the same as one of the table before.
type rateDefinition struct {
	conf.RateLimit
	node string // this node's name in the shared state that the rate is in; it is another one in every engine
}

func compileRate(m *Memory, c *conf.RateLimit, cost int64, site *filters.Site) (entry, error) {
	key, err := attribute.CompileKey(c.Key, site)
	if err != nil {
		return entry{}, err
	}
	windows := windowsOf(c)
	for _, w := range windows {
		if cost > w.burst {
			return entry{}, fmt.Errorf("a request costs %d, and the bucket of %s holds %d", cost, w.Rate, w.burst)
		}
	}
	definition := rateDefinition{RateLimit: *c}
	definition.Mode, definition.Keys = "", m.keys(c.Keys, len(c.Limit))
	shared := c.Scope == "cluster" && m.engine != nil
	if shared {
		definition.node = m.engine.Node()
	}
	l, err := m.rates.find(m.before.rates, c.Name, definition, func() (*counter, error) {
		if shared {
			c, err := newCluster(definition.RateLimit, m.engine)
			return newCounter(c, err)
		}
		r, err := newRate(definition.RateLimit)
		return newCounter(r, err)
	})
	if err != nil {
		return entry{}, err
	}
	reason, policy := filters.RateClient, "client"
	if key.Late() {
		reason, policy = filters.RateCaller, "caller"
	}
	e := entry{counter: l, key: key, cost: cost, fields: newFields(policy, windows)}
	e.denial, e.unavailable = denial(site, reason, c.Mode), denial(site, filters.RateUnavailable, c.Mode)
	e.denial.With("RateLimit-Policy", e.fields.policy)
	return e, nil
}
