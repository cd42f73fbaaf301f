package cache

import "sync/atomic"

// object is an entry in the arena, or one that is being filled. It does not change any more once it is in the index; its
// memory goes back when the last reference does.
type object struct {
	large  *large
	pieces []piece
	runs   []run // of the body, in order
	room   int64 // bytes in runs
	size   int64 // of them the body's
	refs   atomic.Int32
	base   *object // whose body this is too; nil when it is its own

	key  Key
	text []byte
	meta []byte

	// What the index knows about it, under the lock of large.
	list       *list
	next, prev *object
	touched    int64
}

// run is memory of the arena without a gap.
type run struct{ from, to int }

// release gives a reference back.
func (o *object) release() {
	if o.refs.Add(-1) == 0 {
		o.large.mu.Lock()
		o.large.giveAll(o)
		o.large.mu.Unlock()
	}
}

// add makes a piece part of the body.
func (o *object) add(p piece) {
	a := o.large.arena
	from := int(p.at) << a.shift
	to := from + 1<<(a.shift+uint(p.order))
	o.pieces = append(o.pieces, p)
	o.room += int64(to - from)
	if n := len(o.runs); n > 0 && o.runs[n-1].to == from {
		o.runs[n-1].to = to
		return
	}
	o.runs = append(o.runs, run{from, to})
}

// at returns the memory of the body from pos on, as far as it has no gap. pos must be less than limit.
func (o *object) at(pos, limit int64) []byte {
	if o.base != nil {
		o = o.base
	}
	skip := pos
	for _, r := range o.runs {
		n := int64(r.to - r.from)
		if skip < n {
			return o.large.arena.memory[r.from+int(skip) : r.from+int(min(n, skip+limit-pos))]
		}
		skip -= n
	}
	panic("BUG: a position behind the body")
}

// list is objects by the time of their last use, the latest first.
type list struct {
	first, last *object
	units       int
}

func (l *list) push(o *object) {
	o.list, o.prev, o.next = l, nil, l.first
	if l.first != nil {
		l.first.prev = o
	} else {
		l.last = o
	}
	l.first = o
	l.units += o.units()
}

func (l *list) remove(o *object) {
	if o.prev != nil {
		o.prev.next = o.next
	} else {
		l.first = o.next
	}
	if o.next != nil {
		o.next.prev = o.prev
	} else {
		l.last = o.prev
	}
	o.list, o.prev, o.next = nil, nil, nil
	l.units -= o.units()
}

// units is the memory that the object keeps, its base's included.
func (o *object) units() (n int) {
	for _, p := range o.pieces {
		n += 1 << p.order
	}
	if o.base != nil {
		n += o.base.units()
	}
	return n
}
