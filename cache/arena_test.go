package cache

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// Pieces never overlap, and when all came back the arena is as it was.
func TestArena(t *testing.T) {
	const shift = 10
	a := newArena(3<<20+5<<10, shift)
	whole := a.free
	r := rand.New(rand.NewPCG(1, 2))
	type taken struct {
		pieces []piece
		mark   byte
	}
	var held []taken
	check := func(h taken) {
		for _, p := range h.pieces {
			if b := a.bytes(p); bytes.Count(b, []byte{h.mark}) != len(b) {
				t.Fatalf("piece %v was written by another", p)
			}
		}
	}
	for i := range 3_000 {
		if r.IntN(2) == 0 {
			units := 1 + r.IntN(400)
			if units > a.free {
				continue
			}
			h := taken{a.take(nil, units), byte(i) | 1}
			sum := 0
			for _, p := range h.pieces {
				sum += 1 << p.order
				copy(a.bytes(p), bytes.Repeat([]byte{h.mark}, len(a.bytes(p))))
			}
			if sum != units {
				t.Fatalf("%d units for %d", sum, units)
			}
			held = append(held, h)
		} else if len(held) > 0 {
			n := r.IntN(len(held))
			h := held[n]
			held[n] = held[len(held)-1]
			held = held[:len(held)-1]
			check(h)
			if r.IntN(2) == 0 {
				last := len(h.pieces) - 1
				h.pieces = a.trim(h.pieces[:last:last], h.pieces[last], r.IntN(1<<h.pieces[last].order))
			}
			for _, p := range h.pieces {
				a.give(p)
			}
		}
	}
	for _, h := range held {
		check(h)
		for _, p := range h.pieces {
			a.give(p)
		}
	}
	if a.free != whole {
		t.Errorf("%d units free of %d", a.free, whole)
	}
	if pieces := a.take(nil, whole); len(pieces) != 5 {
		t.Errorf("the free memory is in %d pieces: %v", len(pieces), pieces)
	}
}
