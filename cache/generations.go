package cache

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"
)

// Generations tell which entries were purged, without knowing the entries. Every purge is a new generation, noted at what
// it is about; an entry remembers the generation in which its fetch began, and is gone when a later one is noted at its
// URL, its host, a prefix of it or one of its tags. So a purge costs the same whatever it hits, and one that is made
// during a fetch wins.
//
// What purges are about is kept in tables of fixed size, at two places each: an entry can be taken for purged by chance
// (about (n/slots)^2 after n purges since its fetch), never the other way round.
type Generations struct {
	seeds   [kinds]maphash.Seed
	current atomic.Uint64
	hard    marks
	soft    marks
	mu      sync.Mutex // serialises purges
}

// Purge says what is purged: everything that one of its parts names.
type Purge struct {
	All    bool
	Host   []byte   // in lower case
	URL    []byte   // host and path and query, as Place.URL
	Prefix []byte   // host and the beginning of the path, as Place.Path
	Tags   [][]byte // any of them
	Soft   bool     // entries become stale; a hard purge makes them unusable
}

// Place is where an entry is, as purges name it. It is made by Generations.Place.
type Place struct {
	path []byte
	host uint64
	url  uint64
}

// In returns the place with another copy of the URL to refer to.
func (p Place) In(url []byte) Place {
	p.path = url[:len(p.path)]
	return p
}

// State is what became of an entry.
type State uint8

// The states.
const (
	Alive  State = iota
	Stale        // soft purged
	Purged       // unusable
)

// marks is one table of what was purged and when.
type marks struct {
	all      atomic.Uint64
	slots    []atomic.Uint64
	prefixes atomic.Pointer[[]prefix] // the latest first; never changed in place
}

type prefix struct {
	text       []byte
	generation uint64
}

// maxPrefixes bounds how many prefixes are remembered. When there are more, all entries older than the oldest count as
// purged.
const maxPrefixes = 64

func newGenerations(slots int) *Generations {
	g := new(Generations)
	for i := range g.seeds {
		g.seeds[i] = maphash.MakeSeed()
	}
	g.hard.slots = make([]atomic.Uint64, slots)
	g.soft.slots = make([]atomic.Uint64, max(slots/8, 1))
	return g
}

// Now returns the current generation. An entry's is the one read before its fetch begins.
func (g *Generations) Now() uint64 { return g.current.Load() }

// kind is what a name is, so that a tag that looks like a host is not one.
type kind uint8

const (
	hostKind kind = iota
	urlKind
	tagKind
	kinds
)

func (g *Generations) hash(k kind, text []byte) uint64 { return maphash.Bytes(g.seeds[k], text) }

// tagLength is the length of what stands for a tag in an entry.
const tagLength = 8

// AppendTag appends what stands for a tag in an entry.
func (g *Generations) AppendTag(dst, tag []byte) []byte {
	return binary.LittleEndian.AppendUint64(dst, g.hash(tagKind, tag))
}

// Place returns the place of an entry: url is its host, path and query in one, of which the first host bytes are the host and
// the first path bytes the host and the path. The place refers to url.
func (g *Generations) Place(url []byte, host, path int) Place {
	return Place{path: url[:path], host: g.hash(hostKind, url[:host]), url: g.hash(urlKind, url)}
}

// State tells what became of an entry at a place, with these tags as AppendTag wrote them, whose fetch began in generation
// born.
func (g *Generations) State(born uint64, p *Place, tags []byte) State {
	if born == g.current.Load() {
		return Alive
	}
	if g.hard.hit(born, p, tags) {
		return Purged
	}
	if g.soft.hit(born, p, tags) {
		return Stale
	}
	return Alive
}

func (m *marks) hit(born uint64, p *Place, tags []byte) bool {
	if m.all.Load() > born || m.marked(p.url, born) || m.marked(p.host, born) {
		return true
	}
	for ; len(tags) >= tagLength; tags = tags[tagLength:] {
		if m.marked(binary.LittleEndian.Uint64(tags), born) {
			return true
		}
	}
	if list := m.prefixes.Load(); list != nil {
		for _, known := range *list {
			if known.generation <= born {
				break
			}
			if bytes.HasPrefix(p.path, known.text) {
				return true
			}
		}
	}
	return false
}

func (m *marks) marked(name, born uint64) bool {
	first, second := m.places(name)
	return first.Load() > born && second.Load() > born
}

func (m *marks) places(name uint64) (first, second *atomic.Uint64) {
	n := uint64(len(m.slots))
	high, low := bits.Mul64(name, n)
	second64, _ := bits.Mul64(low, n)
	return &m.slots[high], &m.slots[second64]
}

func (m *marks) mark(name, generation uint64) {
	first, second := m.places(name)
	first.Store(generation)
	second.Store(generation)
}

// Purge begins a new generation for what p names, and returns how many names that are.
func (g *Generations) Purge(p *Purge) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := &g.hard
	if p.Soft {
		m = &g.soft
	}
	// The marks are set before the generation begins: whoever reads the new generation sees them, and what began in the
	// old one is older than they are.
	next := g.current.Load() + 1
	count := 0
	if p.All {
		m.all.Store(next)
		count++
	}
	if len(p.Host) > 0 {
		m.mark(g.hash(hostKind, p.Host), next)
		count++
	}
	if len(p.URL) > 0 {
		m.mark(g.hash(urlKind, p.URL), next)
		count++
	}
	for _, tag := range p.Tags {
		m.mark(g.hash(tagKind, tag), next)
		count++
	}
	if len(p.Prefix) > 0 {
		m.remember(p.Prefix, next)
		count++
	}
	g.current.Store(next)
	return count
}

// Invalidate is the purge of one URL whose place is known.
func (g *Generations) Invalidate(p *Place) {
	g.mu.Lock()
	next := g.current.Load() + 1
	g.hard.mark(p.url, next)
	g.current.Store(next)
	g.mu.Unlock()
}

func (m *marks) remember(text []byte, generation uint64) {
	list := []prefix{{bytes.Clone(text), generation}}
	if old := m.prefixes.Load(); old != nil {
		for _, known := range *old {
			if !bytes.HasPrefix(known.text, text) { // the new purge covers it
				list = append(list, known)
			}
		}
	}
	if len(list) > maxPrefixes {
		m.all.Store(list[maxPrefixes].generation)
		list = list[:maxPrefixes]
	}
	m.prefixes.Store(&list)
}
