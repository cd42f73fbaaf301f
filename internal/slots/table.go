// Package slots is a table of fixed size for what is remembered about clients: a few words for each key, until a time.
// It forgets nothing sooner, whatever it is asked, so it cannot be made to forget.
package slots

import (
	"fmt"
	"math"
	"math/bits"
	"sync"
)

const (
	shardCount = 64
	setSlots   = 16
	setTags    = setSlots / 8 // words that hold one byte of each slot's key
	keyWords   = 2
	maxWords   = 8
)

// Table maps keys to a few words each. The first words of a slot are times, and the slot is free for another key as soon
// as all of them have passed. A slot that is not free is never taken away: a key that finds none shares the overflow words
// of its shard with the other newcomers.
//
// All methods may be called from concurrently running goroutines. None allocates, but New.
type Table struct {
	hasher hasher
	words  uint64 // of each key
	times  uint64 // how many of them are times
	slot   uint64 // words of one slot
	set    uint64 // words of one set
	sets   uint64 // sets of one shard
	shards []shard
}

// shard is one independently locked part of the table. Its memory is sets; a set is a byte of each of its slots' keys,
// which a look-up reads first, and then the slots: the key and its words.
type shard struct {
	mu       sync.Mutex
	clock    int64 // the latest reading seen: a slot freed at one time is not asked about an earlier one
	memory   []int64
	shared   [maxWords]int64
	overflew uint64 // how often the overflow words were used
	_        [16]byte
}

// New makes a table for so many keys at the same time, with words for each, of which the first so many are times.
func New(keys, words, times int) (*Table, error) {
	if keys < 1 || keys > math.MaxInt32 {
		return nil, fmt.Errorf("a table of %d keys", keys)
	}
	if times < 1 || times > words || words > maxWords {
		panic(fmt.Sprintf("BUG: a table of %d words, %d of them times", words, times))
	}
	t := &Table{hasher: newHasher(), words: uint64(words), times: uint64(times), slot: uint64(keyWords + words)}
	t.set = setTags + setSlots*t.slot
	// A quarter more slots than keys: with two sets to choose from, the sets then hold every key. A small table has
	// fewer shards, so that none is full by chance.
	shards := min(shardCount, 1<<bits.Len(uint(keys/1024)))
	slots := (keys*5 + 3) / 4
	t.sets = max(2, uint64((slots+shards*setSlots-1)/(shards*setSlots)))
	t.shards = make([]shard, shards)
	each := t.sets * t.set
	memory := make([]int64, uint64(shards)*each)
	for i := range t.shards {
		t.shards[i].memory, memory = memory[:each:each], memory[each:]
	}
	return t, nil
}

// Key hashes what a slot is for.
func (t *Table) Key(b []byte) Key { return t.hasher.key(b) }

// Bytes is the memory that the table holds, whatever it is asked.
func (t *Table) Bytes() int { return len(t.shards) * len(t.shards[0].memory) * 8 }

// Open locks the key's part of the table and returns the key's slot, a free one, or the shared overflow words. now is
// the time that decides which slots are free; an older reading counts as the latest one seen. The caller must call
// Close on the cell soon and must not keep its words.
func (t *Table) Open(k Key, now int64) Cell {
	s := t.lock(k)
	s.clock = max(s.clock, now)
	if words := t.find(s, k); words != nil {
		return Cell{Words: words, Now: s.clock, shard: s}
	}
	words, state := t.claim(s, k)
	return Cell{Words: words, Now: s.clock, State: state, shard: s}
}

// Peek is Open without taking a slot: Words is nil for a key that has none. It does not move the clock either.
func (t *Table) Peek(k Key, now int64) Cell {
	s := t.lock(k)
	return Cell{Words: t.find(s, k), Now: max(s.clock, now), shard: s}
}

// Overflowed counts the uses of overflow words: while it grows, the table is too small.
func (t *Table) Overflowed() (n uint64) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		n += s.overflew
		s.mu.Unlock()
	}
	return n
}

// Live counts the slots that are not free.
func (t *Table) Live(now int64) (n int) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		for set := range t.sets {
			_, free := t.free(s, set*t.set, max(s.clock, now))
			n += setSlots - free
		}
		s.mu.Unlock()
	}
	return n
}

// Each calls f with the words of every slot that is not free. The slot's part of the table is locked meanwhile: f must be
// quick, and must not use the table.
func (t *Table) Each(now int64, f func(words []int64)) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		for at := uint64(0); at < t.sets*t.set; at += t.set {
			for slot := range uint64(setSlots) {
				words := t.at(s, at, slot)[keyWords:]
				if latest(words[:t.times]) > max(s.clock, now) {
					f(words)
				}
			}
		}
		s.mu.Unlock()
	}
}

func (t *Table) lock(k Key) *shard {
	s := &t.shards[k.high&uint64(len(t.shards)-1)]
	s.mu.Lock()
	return s
}

// choices are the offsets of the two sets that a key may live in.
func (t *Table) choices(k Key) (first, second uint64) {
	first, _ = bits.Mul64(k.low, t.sets)
	second, _ = bits.Mul64(k.high, t.sets)
	return first * t.set, second * t.set
}

// find returns the words of the key's slot, or nil.
func (t *Table) find(s *shard, k Key) []int64 {
	first, second := t.choices(k)
	if words := t.search(s, first, k); words != nil {
		return words
	}
	return t.search(s, second, k)
}

func (t *Table) search(s *shard, set uint64, k Key) []int64 {
	for word := range uint64(setTags) {
		for match := matches(uint64(s.memory[set+word]), k.tag()); match != 0; match &= match - 1 {
			slot := t.at(s, set, word*8+uint64(bits.TrailingZeros64(match))/8)
			if slot[0] == int64(k.low) && slot[1] == int64(k.high) {
				return slot[keyWords:]
			}
		}
	}
	return nil
}

// matches has the top bit set of each byte that equals tag; and, rarely, of one above such a byte.
func matches(tags uint64, tag uint8) uint64 {
	const low, top = 0x0101010101010101, 0x8080808080808080
	x := tags ^ low*uint64(tag)
	return (x - low) &^ x & top
}

// at is a set's i-th slot.
func (t *Table) at(s *shard, set, i uint64) []int64 {
	at := set + setTags + i*t.slot
	return s.memory[at : at+t.slot : at+t.slot]
}

// claim takes a free slot for a key that has none, from the emptier of its two sets.
func (t *Table) claim(s *shard, k Key) ([]int64, State) {
	set, second := t.choices(k)
	i, free := t.free(s, set, s.clock)
	if j, more := t.free(s, second, s.clock); more > free {
		set, i, free = second, j, more
	}
	if free == 0 {
		s.overflew++
		return s.shared[:t.words], Overflow
	}
	shift := i % 8 * 8
	tags := &s.memory[set+i/8]
	*tags = *tags&^(0xff<<shift) | int64(k.tag())<<shift
	slot := t.at(s, set, i)
	slot[0], slot[1] = int64(k.low), int64(k.high)
	clear(slot[keyWords:])
	return slot[keyWords:], Fresh
}

// free counts the free slots of a set and names the last of them.
func (t *Table) free(s *shard, set uint64, now int64) (slot uint64, count int) {
	for i := range uint64(setSlots) {
		if latest(t.at(s, set, i)[keyWords:keyWords+t.times]) <= now {
			slot = i
			count++
		}
	}
	return slot, count
}

func latest(times []int64) int64 {
	last := times[0]
	for _, at := range times[1:] {
		last = max(last, at)
	}
	return last
}
