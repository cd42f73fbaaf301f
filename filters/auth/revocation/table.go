package revocation

import (
	"math"
	"sync/atomic"
)

// forever is the moment before which everything was issued.
const forever = math.MaxInt64

// table maps hashes to moments. It is open-addressed and only grows: one writer fills slots while any number of readers
// walk them. A slot's moment is written before its hash, so a reader that sees the hash sees the moment.
type table struct {
	slots []slot // a power of two, at most half full
	used  int    // of the writer
}

type slot struct {
	hash   atomic.Uint64 // 0: free
	before atomic.Int64
}

func newTable(size int) *table { return &table{slots: make([]slot, size)} }

// before returns the moment before which what is hashed is revoked, 0 if it is not.
func (t *table) before(hash uint64) int64 {
	mask := uint64(len(t.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		switch s.hash.Load() {
		case hash:
			return s.before.Load()
		case 0:
			return 0
		}
	}
}

// put notes a hash, or moves its moment to a later one. It returns whether anything changed.
func (t *table) put(hash uint64, before int64) bool {
	mask := uint64(len(t.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		switch s.hash.Load() {
		case hash:
			if s.before.Load() >= before {
				return false
			}
			s.before.Store(before)
			return true
		case 0:
			s.before.Store(before)
			s.hash.Store(hash)
			t.used++
			return true
		}
	}
}

// grown returns a table of twice the size with the same entries.
func (t *table) grown() *table {
	bigger := newTable(2 * len(t.slots))
	for i := range t.slots {
		if hash := t.slots[i].hash.Load(); hash != 0 {
			bigger.put(hash, t.slots[i].before.Load())
		}
	}
	return bigger
}
