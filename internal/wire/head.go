// Package wire reads and writes HTTP/1.1 messages: heads, framing, bodies and the connections they travel on. It knows
// no policy and no route.
//
// A message has one reading. What the strict scan of this package records is what filters inspect, what routes match and
// what is sent on, byte for byte; whatever could be read in two ways is a Fault.
package wire

import "bytes"

// maxKeptBlock is the largest block a pooled Head keeps: one that grew beyond it is dropped on Reset.
const maxKeptBlock = 64 << 10

// Head is the fields of a request or an answer: one block of bytes in wire form, and the spans of its field lines.
// Editing drops spans or appends lines to the block; nothing is ever moved. The zero value is an empty head. A Head is
// owned by one goroutine; slices it returns are valid until the next edit.
type Head struct {
	block  []byte
	fields []span
	seen   nameSet
	twice  nameSet
	first  [names]uint16 // index of the first field of a name; valid where seen has it
}

// span is one field line in a block. It ends with CRLF.
type span struct {
	at, end         uint32 // the line
	value, valueEnd uint32 // the value without the white space around it
	nameLen         uint16
	name            Name
	gone            bool
}

// nameSet is a set of well-known names.
type nameSet [(names + 63) / 64]uint64

func (s *nameSet) has(n Name) bool { return s[n/64]>>(n%64)&1 != 0 }
func (s *nameSet) add(n Name)      { s[n/64] |= 1 << (n % 64) }
func (s *nameSet) drop(n Name)     { s[n/64] &^= 1 << (n % 64) }

func setOf(members ...Name) (s nameSet) {
	for _, n := range members {
		s.add(n)
	}
	return s
}

// Reset empties the head and keeps its memory, within bounds.
func (h *Head) Reset() {
	if cap(h.block) > maxKeptBlock {
		h.block = nil
	}
	h.block = h.block[:0]
	h.fields = h.fields[:0]
	h.seen, h.twice = nameSet{}, nameSet{}
}

// CopyFrom makes h an independent copy of other, without the start line.
func (h *Head) CopyFrom(other *Head) {
	h.block = append(h.block[:0], other.block...)
	h.fields = append(h.fields[:0], other.fields...)
	h.seen, h.twice, h.first = other.seen, other.twice, other.first
}

// Len returns the number of places for fields; some may be empty (Gone).
func (h *Head) Len() int { return len(h.fields) }

// Gone reports whether the i-th field was removed.
func (h *Head) Gone(i int) bool { return h.fields[i].gone }

// ID returns the well-known name of the i-th field, or Other.
func (h *Head) ID(i int) Name { return h.fields[i].name }

// NameAt returns the i-th field's name as it was spelt.
func (h *Head) NameAt(i int) []byte {
	f := &h.fields[i]
	return h.block[f.at : f.at+uint32(f.nameLen)]
}

// ValueAt returns the i-th field's value without white space around it.
func (h *Head) ValueAt(i int) []byte {
	f := &h.fields[i]
	return h.block[f.value:f.valueEnd:f.valueEnd]
}

// Has reports whether there is a field of this well-known name.
func (h *Head) Has(n Name) bool { return h.seen.has(n) }

// Value returns the value of the first field of a well-known name, nil when there is none.
func (h *Head) Value(n Name) []byte {
	if !h.seen.has(n) {
		return nil
	}
	return h.ValueAt(int(h.first[n]))
}

// First returns the index of the first field of a well-known name, or -1. Next goes on from there:
//
//	for i := h.First(wire.Via); i >= 0; i = h.Next(i) { h.ValueAt(i) }
func (h *Head) First(n Name) int {
	if !h.seen.has(n) {
		return -1
	}
	return int(h.first[n])
}

// Next returns the index of the next field with the same name as the i-th, or -1.
func (h *Head) Next(i int) int {
	name := h.fields[i].name
	if name != Other && !h.twice.has(name) {
		return -1
	}
	for j := i + 1; j < len(h.fields); j++ {
		if f := &h.fields[j]; !f.gone && f.name == name && (name != Other || bytes.EqualFold(h.NameAt(i), h.NameAt(j))) {
			return j
		}
	}
	return -1
}

// Find returns the index of the first field with this name, which must be in lower case, or -1. For a well-known name
// First is quicker.
func (h *Head) Find(lower string) int {
	if n := NameOf(lower); n != Other {
		return h.First(n)
	}
	for i := range h.fields {
		if f := &h.fields[i]; !f.gone && f.name == Other && int(f.nameLen) == len(lower) && EqualFold(h.NameAt(i), lower) {
			return i
		}
	}
	return -1
}

// Lookup returns the value of the first field with this name, which must be in lower case, or nil.
func (h *Head) Lookup(lower string) []byte {
	if i := h.Find(lower); i >= 0 {
		return h.ValueAt(i)
	}
	return nil
}

// Drop removes the i-th field.
func (h *Head) Drop(i int) {
	f := &h.fields[i]
	if f.gone {
		return
	}
	next := -1
	if f.name != Other {
		next = h.Next(i)
	}
	f.gone = true
	if f.name == Other || int(h.first[f.name]) != i {
		return
	}
	if next < 0 {
		h.seen.drop(f.name)
	} else {
		h.first[f.name] = uint16(next)
	}
}

// Remove removes every field of a well-known name.
func (h *Head) Remove(n Name) {
	for i := h.First(n); i >= 0; {
		next := h.Next(i)
		h.Drop(i)
		i = next
	}
}

// RemoveNamed removes every field with this name, which must be in lower case.
func (h *Head) RemoveNamed(lower string) {
	for i := h.Find(lower); i >= 0; {
		next := h.Next(i)
		h.Drop(i)
		i = next
	}
}

// Add appends a field. A name that is no token or a value with a control in it would change the framing: nothing is added
// and Add returns false.
func (h *Head) Add(name string, value []byte) bool {
	return IsToken(name) && Text(value) && h.add(name, NameOf(name), value)
}

// AddKnown is Add for a well-known name.
func (h *Head) AddKnown(n Name, value []byte) bool {
	return Text(value) && h.add(spelling[n], n, value)
}

// Set removes the fields of this name, which must be in lower case, and adds one.
func (h *Head) Set(lower string, value []byte) bool {
	h.RemoveNamed(lower)
	return h.Add(lower, value)
}

// SetKnown is Set for a well-known name.
func (h *Head) SetKnown(n Name, value []byte) bool {
	h.Remove(n)
	return h.AddKnown(n, value)
}

func (h *Head) add(name string, n Name, value []byte) bool {
	at := uint32(len(h.block))
	h.block = append(h.block, name...)
	h.block = append(h.block, ": "...)
	from := uint32(len(h.block))
	h.block = append(h.block, value...)
	to := uint32(len(h.block))
	h.block = append(h.block, "\r\n"...)
	h.record(span{at: at, end: to + 2, value: from, valueEnd: to, nameLen: uint16(len(name)), name: n})
	return true
}

// record appends a span and keeps the index of well-known names.
func (h *Head) record(f span) {
	if f.name != Other {
		if h.seen.has(f.name) {
			h.twice.add(f.name)
		} else {
			h.seen.add(f.name)
			h.first[f.name] = uint16(len(h.fields))
		}
	}
	h.fields = append(h.fields, f)
}

// AppendFields appends the field lines in wire form, each with its CRLF, without the empty line that ends a head.
func (h *Head) AppendFields(dst []byte) []byte {
	from, to := uint32(0), uint32(0)
	for i := range h.fields {
		f := &h.fields[i]
		if f.gone {
			continue
		}
		if f.at != to {
			dst = append(dst, h.block[from:to]...)
			from = f.at
		}
		to = f.end
	}
	return append(dst, h.block[from:to]...)
}
