package cache

import "math/bits"

// arena is one block of memory, given out in pieces of a power of two of units (the buddy system): a piece that comes
// back joins its other half when that is free, so that there are large pieces again. It has no lock.
type arena struct {
	memory []byte
	shift  uint // a unit is 1<<shift bytes
	top    int  // the largest order of a piece
	order  []int8
	next   []int32
	prev   []int32
	heads  []int32 // the first free piece of each order, or none
	free   int     // units
}

// piece is 1<<order units of an arena, the first of which is at.
type piece struct {
	at    int32
	order int8
}

const (
	none      = -1
	largest   = 20 // a piece is at most 1<<largest bytes
	usedPiece = int8(-1)
)

func newArena(bytes int, shift uint) *arena {
	units := bytes >> shift
	a := &arena{
		memory: make([]byte, units<<shift),
		shift:  shift,
		top:    int(largest - shift),
		order:  make([]int8, units),
		next:   make([]int32, units),
		prev:   make([]int32, units),
	}
	for i := range a.order {
		a.order[i] = usedPiece
	}
	a.heads = make([]int32, a.top+1)
	for i := range a.heads {
		a.heads[i] = none
	}
	for at := 0; at < units; {
		order := min(a.top, bits.Len(uint(units-at))-1)
		if at > 0 {
			order = min(order, bits.TrailingZeros(uint(at)))
		}
		a.put(piece{int32(at), int8(order)})
		at += 1 << order
	}
	return a
}

// units returns how many units hold so many bytes.
func (a *arena) units(bytes int) int { return (bytes + 1<<a.shift - 1) >> a.shift }

// bytes returns the piece's memory.
func (a *arena) bytes(p piece) []byte {
	from := int(p.at) << a.shift
	to := from + 1<<(a.shift+uint(p.order))
	return a.memory[from:to:to]
}

// take appends pieces of so many units to dst, as few as there are. The units must be free.
func (a *arena) take(dst []piece, units int) []piece {
	if units > a.free {
		panic("BUG: more units taken than are free")
	}
	for order := a.top; units > 0; {
		order = min(order, bits.Len(uint(units))-1)
		p, ok := a.pop(order)
		if !ok {
			order--
			continue
		}
		dst = append(dst, p)
		units -= 1 << order
	}
	return dst
}

// takeOne takes one piece that holds so many units.
func (a *arena) takeOne(units int) (piece, bool) { return a.pop(bits.Len(uint(units - 1))) }

// pop takes a piece of this order, cut off a larger one if need be.
func (a *arena) pop(order int) (piece, bool) {
	from := order
	for from <= a.top && a.heads[from] == none {
		from++
	}
	if from > a.top {
		return piece{}, false
	}
	p := piece{a.heads[from], int8(from)}
	a.unlink(p)
	for int(p.order) > order {
		p.order--
		a.put(piece{p.at + 1<<p.order, p.order})
	}
	return p, true
}

// give takes a piece back.
func (a *arena) give(p piece) {
	for int(p.order) < a.top {
		buddy := p.at ^ 1<<p.order
		if int(buddy) >= len(a.order) || a.order[buddy] != p.order {
			break
		}
		a.unlink(piece{buddy, p.order})
		p.at = min(p.at, buddy)
		p.order++
	}
	a.put(p)
}

// trim gives back what lies behind the first units of a piece, and appends what is kept to dst.
func (a *arena) trim(dst []piece, p piece, units int) []piece {
	for units > 0 && units < 1<<p.order {
		p.order--
		upper := piece{p.at + 1<<p.order, p.order}
		if units <= 1<<p.order {
			a.give(upper)
			continue
		}
		dst = append(dst, p)
		units -= 1 << p.order
		p = upper
	}
	if units == 0 {
		a.give(p)
		return dst
	}
	return append(dst, p)
}

func (a *arena) put(p piece) {
	head := a.heads[p.order]
	a.order[p.at], a.next[p.at], a.prev[p.at] = p.order, head, none
	if head != none {
		a.prev[head] = p.at
	}
	a.heads[p.order] = p.at
	a.free += 1 << p.order
}

func (a *arena) unlink(p piece) {
	next, prev := a.next[p.at], a.prev[p.at]
	if prev == none {
		a.heads[p.order] = next
	} else {
		a.next[prev] = next
	}
	if next != none {
		a.prev[next] = prev
	}
	a.order[p.at] = usedPiece
	a.free -= 1 << p.order
}
