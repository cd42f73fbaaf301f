// Package bucket is the token buckets behind every limit: integer arithmetic, a clock given by the caller, and a table
// of fixed size whose rule for a full house cannot be gamed.
package bucket

import (
	"fmt"
	"math"
	"math/bits"
	"sync"
)

const (
	// MaxWindows is how many windows one limit can have: with four, a key takes 62 bytes of table.
	MaxWindows = 4

	shardCount = 64
	setSlots   = 16
	setTags    = setSlots / 8 // words that hold one byte of each slot's key
	keyWords   = 2
)

// Table holds a bucket for every key that is not full. A full bucket is the same as none, so a slot is free again as
// soon as its bucket has filled, and no bucket is ever dropped before that: nobody wins back tokens by being
// forgotten. A key that finds no free slot shares the overflow bucket of its shard with the other newcomers, and takes
// over that bucket's debt when a slot comes free: no key is ever granted more than its limit.
//
// All methods may be called from concurrently running goroutines. None allocates.
type Table struct {
	windows []Window
	hasher  hasher
	sets    uint64 // sets of one shard
	set     uint64 // words of one set
	slot    uint64 // words of one slot
	shards  []shard
}

// shard is one independently locked part of the table. Its words are sets; a set is a byte of each of its slots' keys,
// which a look-up reads first, and then the slots: the key and one clock reading for each window.
type shard struct {
	mu       sync.Mutex
	clock    int64 // the latest reading seen: a slot freed at one time is not asked about an earlier one
	words    []int64
	overflow [MaxWindows]int64
	overflew uint64   // requests that shared the overflow bucket
	_        [48]byte // the next shard's lock begins another cache line
}

// New makes a table for so many keys at the same time, all of them with these windows.
func New(keys int, windows ...Window) (*Table, error) {
	if keys < 1 || keys > math.MaxInt32 {
		return nil, fmt.Errorf("a table of %d keys", keys)
	}
	if len(windows) < 1 || len(windows) > MaxWindows {
		return nil, fmt.Errorf("%d windows, where 1 to %d can be", len(windows), MaxWindows)
	}
	t := &Table{windows: windows, hasher: newHasher(), slot: uint64(keyWords + len(windows))}
	t.set = setTags + setSlots*t.slot
	// A quarter more slots than keys: with two sets to choose from, the sets then hold every key. A small table has
	// fewer shards, so that none is full by chance.
	shards := min(shardCount, 1<<bits.Len(uint(keys/1024)))
	slots := (keys*5 + 3) / 4
	t.sets = max(2, uint64((slots+shards*setSlots-1)/(shards*setSlots)))
	t.shards = make([]shard, shards)
	words := make([]int64, uint64(shards)*t.sets*t.set)
	each := t.sets * t.set
	for i := range t.shards {
		t.shards[i].words, words = words[:each:each], words[each:]
	}
	return t, nil
}

// Key hashes what a limit counts by.
func (t *Table) Key(b []byte) Key { return t.hasher.key(b) }

// Windows are the table's limits. The caller must not change them.
func (t *Table) Windows() []Window { return t.windows }

// Bytes is the memory that the table holds, whatever it is asked.
func (t *Table) Bytes() int { return len(t.shards) * len(t.shards[0].words) * 8 }

// Take asks for cost tokens at now, in nanoseconds of a monotonic clock that began at zero. A refused request is not
// charged. Readings need not be ordered: an older one counts as the latest seen.
//
// cost is from 1 to the smallest burst; more is never granted.
func (t *Table) Take(k Key, cost, now int64) Decision {
	s := t.shard(k)
	s.mu.Lock()
	s.clock = s.reading(now)
	full := t.find(s, k)
	if full == nil {
		full = t.claim(s, k)
	}
	d := decide(t.windows, full, cost, s.clock)
	if d.Allowed {
		charge(t.windows, full, cost, s.clock)
	}
	s.mu.Unlock()
	return d
}

// Probe is what Take would answer, and charges nothing.
func (t *Table) Probe(k Key, cost, now int64) Decision {
	s := t.shard(k)
	s.mu.Lock()
	now = s.reading(now)
	full := t.find(s, k)
	if full == nil {
		full = s.overflow[:len(t.windows)] // what a new slot would begin with
	}
	d := decide(t.windows, full, cost, now)
	s.mu.Unlock()
	return d
}

// Reset fills the key's bucket.
func (t *Table) Reset(k Key) {
	s := t.shard(k)
	s.mu.Lock()
	clear(t.find(s, k))
	s.mu.Unlock()
}

// Overflowed counts the requests that had to share an overflow bucket: while it grows, the table is too small.
func (t *Table) Overflowed() (n uint64) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		n += s.overflew
		s.mu.Unlock()
	}
	return n
}

// Live counts the keys whose bucket is not full.
func (t *Table) Live(now int64) (n int) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		now := s.reading(now)
		for set := uint64(0); set < t.sets; set++ {
			_, free := t.free(s, set*t.set, now)
			n += setSlots - free
		}
		s.mu.Unlock()
	}
	return n
}

func (t *Table) shard(k Key) *shard { return &t.shards[k.high&uint64(len(t.shards)-1)] }

// reading is the caller's clock in ticks, or the latest seen.
func (s *shard) reading(now int64) int64 { return max(s.clock, now*ticksPerNano) }

// choices are the offsets of the two sets that a key may live in.
func (t *Table) choices(k Key) (first, second uint64) {
	first, _ = bits.Mul64(k.low, t.sets)
	second, _ = bits.Mul64(k.high, t.sets)
	return first * t.set, second * t.set
}

// find returns the clock readings of the key's slot, or nil.
func (t *Table) find(s *shard, k Key) []int64 {
	first, second := t.choices(k)
	if full := t.search(s, first, k); full != nil {
		return full
	}
	return t.search(s, second, k)
}

func (t *Table) search(s *shard, set uint64, k Key) []int64 {
	for word := range uint64(setTags) {
		for match := matches(uint64(s.words[set+word]), k.tag()); match != 0; match &= match - 1 {
			slot := t.at(s, set, word*8+uint64(bits.TrailingZeros64(match))/8)
			if slot[0] == int64(k.low) && slot[1] == int64(k.high) {
				return slot[keyWords:]
			}
		}
	}
	return nil
}

// at is a set's i-th slot.
func (t *Table) at(s *shard, set, i uint64) []int64 {
	at := set + setTags + i*t.slot
	return s.words[at : at+t.slot : at+t.slot]
}

// matches has the top bit set of each byte that equals tag; and, rarely, of one above such a byte.
func matches(tags uint64, tag uint8) uint64 {
	const low, top = 0x0101010101010101, 0x8080808080808080
	x := tags ^ low*uint64(tag)
	return (x - low) &^ x & top
}

// claim takes a free slot for a key that has none, from the emptier of its two sets; the shard's overflow bucket when
// both are full of buckets that still matter.
func (t *Table) claim(s *shard, k Key) []int64 {
	set, second := t.choices(k)
	i, free := t.free(s, set, s.clock)
	if j, more := t.free(s, second, s.clock); more > free {
		set, i, free = second, j, more
	}
	overflow := s.overflow[:len(t.windows)]
	if free == 0 {
		s.overflew++
		return overflow
	}
	shift := i % 8 * 8
	tags := &s.words[set+i/8]
	*tags = *tags&^(0xff<<shift) | int64(k.tag())<<shift
	slot := t.at(s, set, i)
	slot[0], slot[1] = int64(k.low), int64(k.high)
	copy(slot[keyWords:], overflow)
	return slot[keyWords:]
}

// free counts the slots of a set whose buckets are full again, and names the last of them.
func (t *Table) free(s *shard, set uint64, now int64) (slot uint64, count int) {
	for i := range uint64(setSlots) {
		if latest(t.at(s, set, i)[keyWords:]) <= now {
			slot = i
			count++
		}
	}
	return slot, count
}

func latest(full []int64) int64 {
	last := full[0]
	for _, at := range full[1:] {
		last = max(last, at)
	}
	return last
}
