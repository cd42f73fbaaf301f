package limit

import (
	"fmt"
	"math/bits"
	"time"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/attribute"
)

// limiter counts requests by key: a rate or a quota, whichever routes have it.
type limiter interface {
	// take asks for cost of what the key has left, and charges nothing unless it grants it.
	take(x *filters.Exchange, key []byte, cost int64) outcome
	// refund gives back what take has charged for a request that another limit refused.
	refund(x *filters.Exchange, key []byte, cost int64)
	// reset gives the key all it could have.
	reset(key []byte)
}

// counter is a limiter, and what is known of its keys.
type counter struct {
	limiter limiter
	top     top
}

func newCounter(l limiter, err error) (*counter, error) { return &counter{limiter: l}, err }

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

// maxEntries is how many limits a route can have at one place.
const maxEntries = 64

// filter is a route's rates and quotas at one place of the pipeline: those whose keys are known before authentication, or
// those that need the caller.
type filter struct{ entries []entry }

// entry is a limit as one route has it.
type entry struct {
	*counter
	key         *attribute.Key
	cost        int64
	denial      *filters.Denial
	unavailable *filters.Denial
	fields      fields
}

// Request charges all limits or, when one refuses, none.
func (f *filter) Request(x *filters.Exchange) filters.Verdict {
	charged := uint64(0) // which limits, by index; a limit that refused in shadow is not among them
	for i := range f.entries {
		e := &f.entries[i]
		x.Scratch = e.key.Append(x.Scratch[:0], x)
		o := e.limiter.take(x, x.Scratch, e.cost)
		e.top.see(x.Scratch, o.verdict, x.Now)
		switch {
		case o.verdict == granted:
			charged |= 1 << i
		case e.refuse(x, &o) == filters.Done:
			f.refund(x, charged)
			return filters.Done
		}
	}
	return filters.Next
}

func (e *entry) refuse(x *filters.Exchange, o *outcome) filters.Verdict {
	if o.verdict == unavailable {
		return x.Refuse(e.unavailable)
	}
	v := x.Refuse(e.denial)
	if v == filters.Done {
		e.fields.add(x, o)
	}
	return v
}

// refund gives back what the limits have charged.
func (f *filter) refund(x *filters.Exchange, charged uint64) {
	for ; charged != 0; charged &= charged - 1 {
		e := &f.entries[bits.TrailingZeros64(charged)]
		x.Scratch = e.key.Append(x.Scratch[:0], x)
		e.limiter.refund(x, x.Scratch, e.cost)
	}
}

// compileFilters makes the filters of a route's rates and quota: for before authentication and for after.
func compileFilters(m *Memory, rules *conf.Rules, site *filters.Site) (early, late *filter, err error) {
	early, late = new(filter), new(filter)
	add := func(what, name string, e entry, err error) error {
		if err != nil {
			return fmt.Errorf("%s %s: %w", what, name, err)
		}
		f := early
		if e.key.Late() {
			f = late
		}
		if f.entries = append(f.entries, e); len(f.entries) > maxEntries {
			return fmt.Errorf("%s %s: more than %d limits at one place", what, name, maxEntries)
		}
		return nil
	}
	for _, c := range ratesOf(rules) {
		if c.Mode != conf.Off {
			e, err := compileRate(m, c, int64(max(1, rules.Cost)), site)
			if err = add("rate", c.Name, e, err); err != nil {
				return nil, nil, err
			}
		}
	}
	if c := rules.Quota; c != nil && c.Mode != conf.Off {
		e, err := compileQuota(m, c, site)
		if err = add("quota", c.Name, e, err); err != nil {
			return nil, nil, err
		}
	}
	return early, late, nil
}

// denial is a refusal, or what counts it in shadow.
func denial(site *filters.Site, r filters.Reason, mode conf.Mode) *filters.Denial {
	if mode == conf.Shadow {
		return site.Shadow(r)
	}
	return site.Denial(r)
}
