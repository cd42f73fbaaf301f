package engine

import (
	"bytes"
	"encoding/binary"
)

// seenValues remembers what became of the last values that were sifted. Clients send the same fields with every request, and
// documents repeat themselves, so much of a request has been looked at before, byte for byte.
//
// It belongs to one Tx and outlives its requests; what it knows is a matter of the program and the value alone. It never
// grows: a value takes the place of another one.
type seenValues struct {
	p     *Program
	slots []seenSlot
}

type seenSlot struct {
	tests *uint64   // identity of the set of tests that were asked, nil for an empty slot
	rules [2]uint16 // that the value makes live
	size  uint8
	count uint8
	value [seenBytes]byte
}

const (
	seenBits  = 8
	seenBytes = 136 // longer values are mostly tokens and texts, which do not repeat
)

// reset forgets everything if the program is another one.
func (s *seenValues) reset(p *Program) {
	if s.p == p {
		return
	}
	s.p = p
	if s.slots == nil {
		s.slots = make([]seenSlot, 1<<seenBits)
		return
	}
	clear(s.slots)
}

// slot returns the place for a value, and whether the value is there. It is nil for one that is too long.
func (s *seenValues) slot(tests bitset, value []byte) (slot *seenSlot, known bool) {
	n := len(value)
	if n > seenBytes {
		return nil, false
	}
	slot = &s.slots[hashValue(value)>>(64-seenBits)]
	return slot, slot.tests == &tests[0] && int(slot.size) == n && bytes.Equal(slot.value[:n], value)
}

// set makes the slot say which rules a value makes live.
func (s *seenSlot) set(tests bitset, value []byte, rules []uint16) {
	s.tests, s.size = &tests[0], uint8(copy(s.value[:], value))
	s.count = uint8(copy(s.rules[:], rules))
}

// hashValue mixes the bytes of a value. Values that collide cost time, no more.
func hashValue(b []byte) uint64 {
	const k = 0x9e3779b97f4a7c15
	h := uint64(len(b)) * k
	for len(b) >= 8 {
		h = (h ^ binary.LittleEndian.Uint64(b)) * k
		h ^= h >> 29
		b = b[8:]
	}
	tail := uint64(0)
	for _, c := range b {
		tail = tail<<8 | uint64(c)
	}
	return (h ^ tail) * k
}
