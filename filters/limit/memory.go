package limit

import (
	"sync"

	"sallyport/conf"
	"sallyport/internal/state"
)

// Memory is what limits remember and a new configuration must not make them forget: the buckets and counts, by the name
// and the definition of their limits. It belongs to one table; Next makes that of the table after it.
type Memory struct {
	engine *state.Engine
	share  int // bytes that a limit has which does not say how many keys it counts
	shelves
	before shelves // of the table before, while this one is compiled

	saved   savedQuotas // by the process before
	saving  sync.Mutex
	written []byte // the file of quotas as it was last written
}

type shelves struct {
	rates     shelf[*counter]
	gates     shelf[*gate]
	quotas    shelf[*counter]
	penalties shelf[*penalty]
}

func newShelves() shelves {
	return shelves{rates: shelf[*counter]{}, gates: shelf[*gate]{}, quotas: shelf[*counter]{}, penalties: shelf[*penalty]{}}
}

// NewMemory is the memory of the first table. engine is nil where no state is shared.
func NewMemory(c *conf.Config, engine *state.Engine) *Memory {
	return &Memory{engine: engine, share: shareOf(c), shelves: newShelves()}
}

// Next begins the memory of another table. m stays as it is: when that table is never used, nothing has happened.
func (m *Memory) Next(c *conf.Config, engine *state.Engine) *Memory {
	next := NewMemory(c, engine)
	next.before = m.shelves
	return next
}

// Seal ends the compiling: what the table before remembers and this one does not need is let go of.
func (m *Memory) Seal() { m.before, m.saved = shelves{}, nil }

// shareOf divides the budget among the limits of a configuration. It is a power of two, so that a limit more or less
// seldom changes it: a table of another size begins empty.
func shareOf(c *conf.Config) int {
	names := map[string]bool{}
	for _, r := range c.Routes {
		for _, l := range ratesOf(&r.Rules) {
			names["rate "+l.Name] = true
		}
		if r.Quota != nil {
			names["quota "+r.Quota.Name] = true
		}
		for _, p := range penaltiesOf(&r.Rules) {
			names["penalty "+p.Name] = true
		}
	}
	share := 1
	for share*2*max(1, len(names)) <= int(c.Gateway.Caches.Limits) {
		share *= 2
	}
	return share
}

const (
	fewest = 1000      // keys that a table has at least
	most   = 1_000_000 // keys that a table has at most, unless more are asked for
)

// keys is how many keys a table of so many words for each can have: what is written, or what fits into the share. A key
// takes two words more, and a quarter of the slots is headroom.
func (m *Memory) keys(written, words int) int {
	if written > 0 {
		return written
	}
	return min(most, max(fewest, m.share/((words+2)*8*5/4+1)))
}
