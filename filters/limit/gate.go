package limit

import (
	"sallyport/conf"
	"sallyport/internal/slots"
)

// gate is one concurrency limit: how many requests of each key are in flight, whichever routes have it.
type gate struct {
	max      int64
	adaptive *adaptive    // nil: max is the limit
	table    *slots.Table // for each key the requests in flight; they are its "time": at zero the slot is free
}

func newGate(definition conf.Concurrency) (*gate, error) {
	g := &gate{max: int64(definition.Max)}
	if definition.Adaptive {
		g.adaptive = newAdaptive(definition.Min, definition.Max)
	}
	var err error
	g.table, err = slots.New(definition.Keys, 1, 1)
	return g, err
}

// limit is how many requests of one key may be in flight now.
func (g *gate) limit() int64 {
	if g.adaptive != nil {
		return g.adaptive.limit.Load()
	}
	return g.max
}

// enter counts a request in, unless limit are in flight already. The key must be given to leave.
func (g *gate) enter(key []byte, limit int64) (held slots.Key, ok bool) {
	held = g.table.Key(key)
	c := g.table.Open(held, 0)
	defer c.Close()
	if c.State == slots.Overflow || c.Words[0] >= limit {
		return slots.Key{}, false
	}
	c.Words[0]++
	return held, true
}

// leave counts a request out.
func (g *gate) leave(held slots.Key) {
	c := g.table.Peek(held, 0)
	c.Words[0]--
	c.Close()
}

// inflight is how many requests of a key are in flight, of which one is held.
func (g *gate) inflight(held slots.Key) int64 {
	c := g.table.Peek(held, 0)
	defer c.Close()
	return c.Words[0]
}
