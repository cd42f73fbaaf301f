package cache

import "sync"

// Store holds answers: each has a text that says what it is an answer to, a meta part for whoever stores it, and a body.
// All methods may be called from concurrently running goroutines.
type Store struct {
	*Generations
	hasher  Hasher
	small   *small // nil when the memory is too little for it
	large   *large
	stripes [64]sync.Mutex // by key: whoever stores or moves an entry
}

// How the memory is divided, in percent: the ring buffers, and what is for the entries' own structures. The arena gets the
// rest, less the indexes of the ring buffers.
const (
	ringsPercent    = 38
	overheadPercent = 7
	aloneArena      = 75       // of a store without ring buffers
	leastRings      = 20 << 20 // below it their fixed parts would be most of it
)

// NewStore makes a store that uses at most about so many bytes.
func NewStore(bytes int) *Store {
	s := &Store{hasher: NewHasher()}
	slots := 1 << 10
	for slots < 1<<19 && slots*2*8 <= bytes/64 {
		slots *= 2
	}
	s.Generations = newGenerations(slots)
	rings := bytes / 100 * ringsPercent
	if rings < leastRings {
		s.large = newLarge(bytes/100*aloneArena, 10)
		return s
	}
	s.small = newSmall(rings)
	rest := bytes/100*(100-overheadPercent) - rings - s.small.index - slots*9
	s.large = newLarge(rest, 12)
	return s
}

// Key returns the key of a text.
func (s *Store) Key(text []byte) Key { return s.hasher.Key(text) }

// Get finds the entry of a text and leaves it in h. now is the reading of wire.Now.
func (s *Store) Get(h *Held, k Key, text []byte, now int64) bool {
	h.Release()
	if s.small != nil {
		var onTrial bool
		value, meta, body, onTrial := s.small.get(k, text, h.buf[:0], now)
		if value != nil {
			h.buf = value
		}
		if meta != nil {
			h.Meta, h.body, h.size = meta, body, int64(len(body))
			if onTrial {
				mu := s.lock(k)
				s.small.promote(k)
				mu.Unlock()
			}
			return true
		}
	}
	o := s.large.get(k, text, now)
	if o == nil {
		return false
	}
	h.object, h.Meta, h.size = o, o.meta, o.size
	return true
}

// Set stores an entry whose body is in memory; all parts are copied. It returns false when there is no room for it.
func (s *Store) Set(k Key, text, meta, body []byte) bool {
	mu := s.lock(k)
	defer mu.Unlock()
	if s.small != nil && s.small.fits(len(text), len(meta), int64(len(body))) {
		s.large.drop(k)
		s.small.set(k, text, meta, body)
		return true
	}
	o := s.large.begin()
	defer o.release()
	if len(body) > 0 && !s.large.grow(o, int64(len(body))) {
		return false
	}
	for o.size < int64(len(body)) {
		o.size += int64(copy(o.at(o.size, o.room), body[o.size:]))
	}
	return s.putLarge(o, k, text, meta)
}

// Update replaces what is stored for a text by the entry in h with another meta; the body is not copied where it is read
// in place. It returns false when there is no room for it.
func (s *Store) Update(h *Held, k Key, text, meta []byte) bool {
	if h.object == nil {
		return s.Set(k, text, meta, h.body)
	}
	mu := s.lock(k)
	defer mu.Unlock()
	o := s.large.again(h.object)
	defer o.release()
	return s.putLarge(o, k, text, meta)
}

func (s *Store) putLarge(o *object, k Key, text, meta []byte) bool {
	if !s.large.put(o, k, text, meta) {
		return false
	}
	if s.small != nil {
		s.small.drop(k)
	}
	return true
}

// Delete removes the entry of a key.
func (s *Store) Delete(k Key) {
	mu := s.lock(k)
	if s.small != nil {
		s.small.drop(k)
	}
	s.large.drop(k)
	mu.Unlock()
}

func (s *Store) lock(k Key) *sync.Mutex {
	mu := &s.stripes[k.Spread(6)]
	mu.Lock()
	return mu
}

// Stats is what a store holds at about one moment.
type Stats struct {
	Entries int64
	Evicted uint64
	Used    int64 // bytes of the arena in use
}

// Stats counts.
func (s *Store) Stats() (t Stats) {
	if s.small != nil {
		for _, ring := range [...]interface {
			EntryCount() int64
			EvacuateCount() int64
		}{s.small.trial, s.small.proven} {
			t.Entries += ring.EntryCount()
			t.Evicted += uint64(ring.EvacuateCount())
		}
	}
	s.large.mu.Lock()
	t.Entries += int64(len(s.large.index))
	t.Used = int64(s.large.units-s.large.arena.free) << s.large.arena.shift
	s.large.mu.Unlock()
	t.Evicted += s.large.evicted.Load()
	return t
}
