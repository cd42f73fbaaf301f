package engine

import (
	"bytes"
	"encoding/binary"
)

// seenValues remembers the last short values that were sifted. Documents repeat themselves: numbers, words of an enumeration,
// the lengths of arrays.
type seenValues struct {
	slots [seenSlots]struct {
		tests *uint64 // identity of the set of tests
		value []byte
	}
}

const (
	seenSlots = 128
	seenBytes = 48 // longer values hardly repeat
)

func (s *seenValues) reset() { clear(s.slots[:]) }

// again reports whether a value has been sifted for a set of tests, and remembers it.
func (s *seenValues) again(tests bitset, value []byte) bool {
	n := len(value)
	if n > seenBytes {
		return false
	}
	h := uint64(n)
	switch {
	case n >= 8:
		h ^= binary.LittleEndian.Uint64(value) ^ binary.LittleEndian.Uint64(value[n-8:])*3
	default:
		for _, c := range value {
			h = h<<8 ^ h>>57 ^ uint64(c)
		}
	}
	slot := &s.slots[h*0x9e3779b97f4a7c15>>57]
	if slot.tests == &tests[0] && bytes.Equal(slot.value, value) {
		return true
	}
	slot.tests, slot.value = &tests[0], value
	return false
}
