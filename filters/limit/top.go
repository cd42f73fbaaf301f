package limit

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
)

const (
	topKeys   = 64 // keys that are followed for each limit
	topSample = 32 // one in so many granted requests is counted
)

// top follows the keys of one limit that ask most and those that are refused most, in a space that does not grow: a key
// that is new takes the place of the least one, and its count with it (the Space-Saving algorithm). So a count is never
// too low, and too high by no more than the least count that is kept.
type top struct {
	asked, refused sketch
}

// see notes what a limit said to a key. Refusals are all counted; of granted requests a sample is, chosen by the clock.
func (t *top) see(key []byte, v verdict, now int64) {
	if v != granted {
		t.refused.add(key, 1)
	}
	// The clock's low digits, spread by a multiplication (Knuth's golden ratio), are as good as dice here.
	if uint64(now)*0x9e3779b97f4a7c15>>59 == 0 {
		t.asked.add(key, topSample)
	}
}

// sketch counts the heaviest keys.
type sketch struct {
	mu     sync.Mutex
	counts []keyCount
}

type keyCount struct {
	key []byte
	n   uint64
}

// add counts a key. When another request is counting, it does not wait: this is not a bill.
func (s *sketch) add(key []byte, n uint64) {
	if !s.mu.TryLock() {
		return
	}
	defer s.mu.Unlock()
	least := 0
	for i := range s.counts {
		c := &s.counts[i]
		if string(c.key) == string(key) {
			c.n += n
			return
		}
		if c.n < s.counts[least].n {
			least = i
		}
	}
	if len(s.counts) < topKeys {
		s.counts = append(s.counts, keyCount{slices.Clone(key), n})
		return
	}
	c := &s.counts[least]
	c.key, c.n = append(c.key[:0], key...), c.n+n
}

// find returns the key with this digest, nil when it is not followed.
func (s *sketch) find(d digest) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.counts {
		if digestOf(c.key) == d {
			return slices.Clone(c.key)
		}
	}
	return nil
}

// Busy is one of the keys that a limit has most to do with.
type Busy struct {
	Limit    string `json:"limit"`    // its name
	Kind     string `json:"kind"`     // "rate", "quota" or "penalty"
	Key      string `json:"key"`      // a digest: what is counted by may identify a person
	Requests uint64 `json:"requests"` // about
	Refused  uint64 `json:"refused"`
}

// Top lists the busiest and the most refused keys of each limit, up to n of each, the most refused first.
func (m *Memory) Top(n int) []Busy {
	var list []Busy
	m.eachTop(func(kind, name string, t *top, _ func([]byte)) {
		keys := map[string]*Busy{}
		for _, s := range []*sketch{&t.asked, &t.refused} {
			for _, k := range s.heaviest(n) {
				b := keys[string(k.key)]
				if b == nil {
					d := digestOf(k.key)
					b = &Busy{Limit: name, Kind: kind, Key: hex.EncodeToString(d[:])}
					keys[string(k.key)] = b
				}
				if s == &t.asked {
					b.Requests = k.n
				} else {
					b.Refused = k.n
				}
			}
		}
		for _, b := range keys {
			b.Requests = max(b.Requests, b.Refused)
			list = append(list, *b)
		}
	})
	slices.SortFunc(list, func(a, b Busy) int {
		return cmp.Or(
			cmp.Compare(b.Refused, a.Refused),
			cmp.Compare(b.Requests, a.Requests),
			strings.Compare(a.Limit, b.Limit),
			strings.Compare(a.Key, b.Key),
		)
	})
	return list
}

func (s *sketch) heaviest(n int) []keyCount {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := make([]keyCount, 0, len(s.counts))
	for _, c := range s.counts {
		counts = append(counts, keyCount{slices.Clone(c.key), c.n})
	}
	slices.SortFunc(counts, func(a, b keyCount) int { return cmp.Compare(b.n, a.n) })
	return counts[:min(n, len(counts))]
}

// Reset gives a key, by its digest in Top, all of its limit back, or ends its block: on this node and in the shared state.
// What other nodes have leased stays theirs for a moment.
func (m *Memory) Reset(limit, key string) error {
	var d digest
	if n, err := hex.Decode(d[:], []byte(key)); err != nil || n != len(d) {
		return fmt.Errorf("%q is not a key of the list", key)
	}
	err := fmt.Errorf("no limit of the name %q follows the key %s", limit, key)
	m.eachTop(func(_, name string, t *top, reset func([]byte)) {
		if name != limit {
			return
		}
		for _, s := range []*sketch{&t.asked, &t.refused} {
			if found := s.find(d); found != nil {
				reset(found)
				err = nil
			}
		}
	})
	return err
}

func (m *Memory) eachTop(f func(kind, name string, t *top, reset func([]byte))) {
	for name, item := range m.rates {
		f("rate", name, &item.limit.top, item.limit.limiter.reset)
	}
	for name, item := range m.quotas {
		f("quota", name, &item.limit.top, item.limit.limiter.reset)
	}
	for name, item := range m.penalties {
		f("penalty", name, &item.limit.top, item.limit.release)
	}
}
