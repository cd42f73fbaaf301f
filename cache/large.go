package cache

import (
	"bytes"
	"sync"
	"sync/atomic"
)

// large holds the entries that are too big to be copied for every reader: they are read where they lie.
//
// A newcomer is on trial: it is the first to go when room is needed. What is asked for again is proven, and at most four
// fifths of the arena are for the proven. So a flood of newcomers only drives out newcomers.
type large struct {
	mu      sync.Mutex
	arena   *arena
	units   int
	index   map[Key]*object
	trial   list
	proven  list
	evicted atomic.Uint64
}

const (
	provenShare = 0.8
	touchEvery  = int64(1e9) // a proven entry moves to the front once in so many nanoseconds
	pinnedTries = 16         // how many entries that are being read an eviction looks past
)

func newLarge(bytes int, shift uint) *large {
	l := &large{arena: newArena(bytes, shift), index: make(map[Key]*object)}
	l.units = l.arena.free
	return l
}

// get returns the entry with a reference for the caller, or nil.
func (l *large) get(k Key, text []byte, now int64) *object {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.index[k]
	if o == nil || !bytes.Equal(o.text, text) {
		return nil
	}
	o.refs.Add(1)
	if o.list == &l.trial || now-o.touched > touchEvery {
		l.touch(o, now)
	}
	return o
}

func (l *large) touch(o *object, now int64) {
	o.touched = now
	o.list.remove(o)
	l.proven.push(o)
	for l.proven.units > int(float64(l.units)*provenShare) && l.proven.last != o {
		oldest := l.proven.last
		l.proven.remove(oldest)
		l.trial.push(oldest)
	}
}

// again returns an object with the body of another, and a reference to it.
func (l *large) again(o *object) *object {
	base := o
	if o.base != nil {
		base = o.base
	}
	base.refs.Add(1)
	again := &object{large: l, base: base, size: o.size}
	again.refs.Store(1)
	return again
}

// begin returns an object without memory, and a reference to it.
func (l *large) begin() *object {
	o := &object{large: l}
	o.refs.Store(1)
	return o
}

// grow gives an object that is being filled room for so many bytes more, and reports whether there is any. What was
// reserved for others and is not being read makes room.
func (l *large) grow(o *object, size int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	units := l.arena.units(int(size))
	if !l.reserve(units) {
		return false
	}
	for _, p := range l.arena.take(nil, units) {
		o.add(p)
	}
	return true
}

// put makes a filled object the entry of a key. It takes a reference of its own; without memory for the text and meta it
// returns false.
func (l *large) put(o *object, k Key, text, meta []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trim(o)
	units := l.arena.units(len(text) + len(meta))
	if units > 1<<l.arena.top || !l.reserve(2*units) { // twice, so that a piece of the next power of two can be whole
		return false
	}
	p, ok := l.arena.takeOne(units)
	if !ok {
		return false
	}
	o.pieces = append(o.pieces, p)
	memory := l.arena.bytes(p)
	o.key, o.text, o.meta = k, memory[:len(text)], memory[len(text):len(text)+len(meta)]
	copy(o.text, text)
	copy(o.meta, meta)
	if old := l.index[k]; old != nil {
		l.forget(old)
	}
	l.index[k] = o
	l.trial.push(o)
	o.refs.Add(1)
	return true
}

// trim gives back the memory behind the end of a filled body.
func (l *large) trim(o *object) {
	for o.room > o.size {
		last := len(o.pieces) - 1
		p := o.pieces[last]
		length := int64(1) << (l.arena.shift + uint(p.order))
		before := o.room - length
		keep := 0
		if o.size > before {
			keep = l.arena.units(int(o.size - before))
		}
		kept := l.arena.trim(o.pieces[:last], p, keep)
		o.room = before + int64(keep)<<l.arena.shift
		o.pieces = kept
		r := &o.runs[len(o.runs)-1]
		r.to -= int(length) - keep<<l.arena.shift
		if r.to == r.from {
			o.runs = o.runs[:len(o.runs)-1]
		}
		if keep > 0 {
			return
		}
	}
}

// drop takes the entry of a key out of the index.
func (l *large) drop(k Key) {
	l.mu.Lock()
	if o := l.index[k]; o != nil {
		l.forget(o)
	}
	l.mu.Unlock()
}

// reserve evicts until so many units are free.
func (l *large) reserve(units int) bool {
	tries := pinnedTries
	for l.arena.free < units {
		victim := l.trial.last
		if victim == nil {
			victim = l.proven.last
		}
		if victim == nil || units > l.units {
			return false
		}
		if victim.refs.Load() > 1 { // being read: its memory would not come back now
			if tries--; tries < 0 {
				return false
			}
			from := victim.list
			from.remove(victim)
			from.push(victim)
			continue
		}
		l.evicted.Add(1)
		l.forget(victim)
	}
	return true
}

// forget takes an object out of the index, and gives its memory back unless it is being read.
func (l *large) forget(o *object) {
	delete(l.index, o.key)
	o.list.remove(o)
	if o.refs.Add(-1) == 0 {
		l.giveAll(o)
	}
}

func (l *large) giveAll(o *object) {
	for _, p := range o.pieces {
		l.arena.give(p)
	}
	base := o.base
	o.pieces, o.runs, o.text, o.meta, o.base = nil, nil, nil, nil, nil
	if base != nil && base.refs.Add(-1) == 0 {
		l.giveAll(base)
	}
}
