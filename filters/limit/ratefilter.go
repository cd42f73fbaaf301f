package limit

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/attribute"
)

// maxRates is how many rates a route can have at one place.
const maxRates = 64

// rateFilter is a route's rates at one place of the pipeline: those that are known before authentication, or those that
// need the caller.
type rateFilter struct{ limits []routeRate }

// routeRate is a limit as one route has it.
type routeRate struct {
	rate        *rate
	key         *attribute.Key
	cost        int64
	denial      *filters.Denial
	unavailable *filters.Denial
	fields      fields
}

// Request charges all limits or, when one refuses, none.
func (f *rateFilter) Request(x *filters.Exchange) filters.Verdict {
	charged := uint64(0) // which limits, by index; a limit that refused in shadow is not among them
	for i := range f.limits {
		l := &f.limits[i]
		x.Scratch = l.key.Append(x.Scratch[:0], x)
		o := l.rate.take(x.Scratch, l.cost, x.Now)
		switch {
		case o.verdict == granted:
			charged |= 1 << i
		case l.refuse(x, &o) == filters.Done:
			f.refund(x, charged)
			return filters.Done
		}
	}
	return filters.Next
}

func (l *routeRate) refuse(x *filters.Exchange, o *outcome) filters.Verdict {
	if o.verdict == unavailable {
		return x.Refuse(l.unavailable)
	}
	v := x.Refuse(l.denial)
	if v == filters.Done {
		l.fields.add(x, o)
	}
	return v
}

// refund gives back what the limits have charged.
func (f *rateFilter) refund(x *filters.Exchange, charged uint64) {
	for ; charged != 0; charged &= charged - 1 {
		l := &f.limits[bits.TrailingZeros64(charged)]
		key := l.key.Append(x.Scratch[:0], x)
		l.rate.refund(key, l.cost)
		x.Scratch = key
	}
}

// compileRates makes the filters of a route's rates: for before authentication and for after.
func compileRates(m *Memory, rules *conf.Rules, site *filters.Site) (early, late *rateFilter, err error) {
	early, late = new(rateFilter), new(rateFilter)
	for _, c := range ratesOf(rules) {
		if c.Mode == conf.Off {
			continue
		}
		l, err := compileRate(m, c, int64(max(1, rules.Cost)), site)
		if err != nil {
			return nil, nil, fmt.Errorf("rate %s: %w", c.Name, err)
		}
		f := early
		if l.key.Late() {
			f = late
		}
		if f.limits = append(f.limits, l); len(f.limits) > maxRates {
			return nil, nil, fmt.Errorf("more than %d rates", maxRates)
		}
	}
	return early, late, nil
}

// ratesOf lists a route's rates in an order that does not change.
func ratesOf(rules *conf.Rules) []*conf.RateLimit {
	var list []*conf.RateLimit
	if rules.Rate != nil {
		list = append(list, rules.Rate)
	}
	for _, name := range slices.Sorted(maps.Keys(rules.Rates)) {
		list = append(list, rules.Rates[name])
	}
	return list
}

func compileRate(m *Memory, c *conf.RateLimit, cost int64, site *filters.Site) (routeRate, error) {
	key, err := attribute.CompileKey(c.Key, site)
	if err != nil {
		return routeRate{}, err
	}
	definition := *c
	definition.Mode, definition.Keys = "", m.keys(c.Keys, len(c.Limit))
	r, err := m.rates.find(m.before.rates, c.Name, definition, func() (*rate, error) { return newRate(definition, m.engine) })
	if err != nil {
		return routeRate{}, err
	}
	for _, w := range r.windows {
		if cost > w.burst {
			return routeRate{}, fmt.Errorf("a request costs %d, and the bucket of %s holds %d", cost, w.Rate, w.burst)
		}
	}
	reason, policy := filters.RateClient, "client"
	if key.Late() {
		reason, policy = filters.RateCaller, "caller"
	}
	l := routeRate{rate: r, key: key, cost: cost, fields: newFields(policy, r.windows)}
	l.denial, l.unavailable = denial(site, reason, c.Mode), denial(site, filters.RateUnavailable, c.Mode)
	l.denial.With("RateLimit-Policy", l.fields.policy)
	return l, nil
}

// denial is a refusal, or what counts it in shadow.
func denial(site *filters.Site, r filters.Reason, mode conf.Mode) *filters.Denial {
	if mode == conf.Shadow {
		return site.Shadow(r)
	}
	return site.Denial(r)
}
