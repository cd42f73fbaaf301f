package limit

import (
	"fmt"
	"reflect"

	"sallyport/conf"
	"sallyport/internal/state"
)

// Memory is what limits remember and a new configuration must not make them forget: the buckets and counts, by the name
// and the definition of their limits. It belongs to one table; Next makes that of the table after it.
type Memory struct {
	engine *state.Engine
	rates  map[string]*rate
	before *Memory // whose buckets are taken over while the table is compiled; nil for the first
}

// NewMemory is the memory of the first table. engine is nil where no state is shared.
func NewMemory(engine *state.Engine) *Memory {
	return &Memory{engine: engine, rates: map[string]*rate{}}
}

// Next begins the memory of another table. m stays as it is: when that table is never used, nothing has happened.
func (m *Memory) Next(engine *state.Engine) *Memory {
	next := NewMemory(engine)
	next.before = m
	return next
}

// Forget lets go of the memory before, once the table is compiled.
func (m *Memory) Forget() { m.before = nil }

// rate returns the limit of this definition: the one another route has, the one of the table before, or a new one.
func (m *Memory) rate(c *conf.RateLimit) (*rate, error) {
	name, definition := c.Name, *c
	definition.Mode = "" // what a refusal does is no part of what is counted
	if r := m.rates[name]; r != nil {
		if !reflect.DeepEqual(r.definition, definition) {
			return nil, fmt.Errorf("two limits have the name %q and differ", name)
		}
		return r, nil
	}
	if m.before != nil {
		if r := m.before.rates[name]; r != nil && reflect.DeepEqual(r.definition, definition) && r.engine == m.engine {
			m.rates[name] = r
			return r, nil
		}
	}
	r, err := newRate(definition, m.engine)
	if err != nil {
		return nil, err
	}
	m.rates[name] = r
	return r, nil
}
