package limit

import (
	"fmt"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/attribute"
	"sallyport/internal/slots"
	"sallyport/internal/wire"
)

// concurrencyFilter bounds the requests that a route has in flight for one key.
type concurrencyFilter struct {
	gate     *gate
	key      *attribute.Key
	priority *attribute.Attribute // nil: all requests are alike
	denial   *filters.Denial
}

// Request counts the request in.
func (f *concurrencyFilter) Request(x *filters.Exchange) filters.Verdict {
	limit := f.gate.limit()
	if f.priority != nil {
		limit = f.part(x, limit)
	}
	x.Scratch = f.key.Append(x.Scratch[:0], x)
	held, ok := f.gate.enter(x.Scratch, limit)
	if !ok {
		return x.Refuse(f.denial)
	}
	x.Held = held
	return filters.Next
}

// part is what of the limit a request's class may fill: from 55 % for class 0, and for who says none, to all of it for
// class 9. So the lowest class is shed first, and the others find room.
func (f *concurrencyFilter) part(x *filters.Exchange, limit int64) int64 {
	class := int64(0)
	x.Scratch, _ = f.priority.Append(x.Scratch[:0], x)
	if b := x.Scratch; len(b) == 1 && '0' <= b[0] && b[0] <= '9' {
		class = int64(b[0] - '0')
	}
	return max(1, limit*(11+class)/20)
}

// Finish counts the request out.
func (f *concurrencyFilter) Finish(x *filters.Exchange) {
	if x.Held != (slots.Key{}) {
		f.gate.leave(x.Held)
		x.Held = slots.Key{}
	}
}

// adaptiveFilter also learns from the latency of answers.
type adaptiveFilter struct{ concurrencyFilter }

// Response samples how long the upstream took. A request with a body is left out: how fast that comes is the client's
// choice.
func (f *adaptiveFilter) Response(x *filters.Exchange) {
	if x.Held == (slots.Key{}) || x.Request.Framing.Kind != wire.NoBody {
		return
	}
	if x.Origin == filters.FromUpstream || x.Denial != nil && x.Denial.Code == filters.UpstreamTimeout.Code {
		now := wire.Now()
		f.gate.adaptive.sample(now-x.Now, f.gate.inflight(x.Held), now)
	}
}

func compileConcurrency(m *Memory, rules *conf.Rules, site *filters.Site) (filters.Filter, error) {
	c := rules.Concurrency
	if c == nil || c.Mode == conf.Off {
		return nil, nil
	}
	if len(c.Priority) > 1 {
		return nil, fmt.Errorf("concurrency %s: priority is one attribute", c.Name)
	}
	key, err := attribute.CompileKey(c.Key, site)
	if err != nil {
		return nil, err
	}
	definition := *c
	definition.Mode, definition.Priority = "", nil
	f := concurrencyFilter{key: key, denial: denial(site, filters.ConcurrencyFull, c.Mode)}
	f.denial.With("Retry-After", "1")
	for _, one := range c.Priority {
		a, err := attribute.Compile(one, site)
		if err != nil {
			return nil, err
		}
		f.priority = &a
	}
	f.gate, err = m.gates.find(m.before.gates, c.Name, definition, func() (*gate, error) { return newGate(definition) })
	if err != nil {
		return nil, fmt.Errorf("concurrency: %w", err)
	}
	if c.Adaptive {
		return &adaptiveFilter{f}, nil
	}
	return &f, nil
}
