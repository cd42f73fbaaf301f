// Package tape reads JSON (RFC 8259) into a flat list of values, without allocating once its memory has grown. It is
// strict, so that what was validated is what every other reader sees: UTF-8 only, no name twice in an object, no half of a
// surrogate pair, nothing behind the value.
package tape

import (
	"bytes"
	"hash/maphash"
	"unicode/utf8"
)

// Kind is the type of a value.
type Kind uint8

// The kinds of values.
const (
	Null Kind = iota
	False
	True
	Number
	String
	Array
	Object
)

// MaxDepth is how deep arrays and objects may be nested.
const MaxDepth = 128

// maxText is the longest text: places have 32 bits.
const maxText = 1 << 30

// value is one value, or the name of a member. Behind an array stand its elements, behind an object its members: the name
// and the value of each.
type value struct {
	kind     Kind
	escaped  bool   // the text is in Document.text and not in the source
	at, end  uint32 // in the source
	from, to uint32 // of a number or a string: its text, without quotes
	next     uint32 // the index of what follows this value and all that is in it
	count    uint32 // of elements or members
}

// Document is a text that was read. The zero value is ready for Parse. Values are known by their index; the whole text is
// value 0. A Document belongs to one goroutine, and slices that it returns are valid until the next Parse.
type Document struct {
	source []byte
	values []value
	text   []byte   // of strings with escapes, without them
	slots  []uint32 // a hash table of member names, while one object is checked

	hashes  []uint64 // a hash table of elements, while Distinct runs
	scratch []byte   // what is hashed
}

var seed = maphash.MakeSeed()

// Parse reads a text and reports whether it is JSON. The text must not change while the document is used.
func (d *Document) Parse(text []byte) bool {
	d.source, d.values, d.text = text, d.values[:0], d.text[:0]
	if len(text) > maxText || !utf8.Valid(text) {
		return false
	}
	i, ok := d.value(space(text, 0), 0)
	return ok && space(text, i) == len(text)
}

// Reset drops the text, and memory beyond the bound in bytes, so that a pool does not keep what one large text needed.
func (d *Document) Reset(bound int) {
	if cap(d.values)*28+cap(d.text)+cap(d.slots)*4+cap(d.hashes)*8+cap(d.scratch) > bound {
		*d = Document{}
		return
	}
	d.source = nil
}

// Kind returns the kind of a value.
func (d *Document) Kind(v int) Kind { return d.values[v].kind }

// Len returns how many elements or members a value has.
func (d *Document) Len(v int) int { return int(d.values[v].count) }

// Next returns the index of what follows a value. The first element or the first member's name of v is v+1, and the value
// of a member follows its name:
//
//	for i, n := v+1, 0; n < d.Len(v); i, n = d.Next(i), n+1 { element i }
func (d *Document) Next(v int) int { return int(d.values[v].next) }

// Span returns where a value stands in the text, a string with its quotes.
func (d *Document) Span(v int) (from, to int) { return int(d.values[v].at), int(d.values[v].end) }

// Text returns the text of a number, or of a string without quotes and escapes.
func (d *Document) Text(v int) []byte {
	n := &d.values[v]
	if n.escaped {
		return d.text[n.from:n.to]
	}
	return d.source[n.from:n.to]
}

// Member returns the index of a member's value, or -1. It looks at one member after the other.
func (d *Document) Member(object int, name string) int {
	i := object + 1
	for range d.values[object].count {
		if string(d.Text(i)) == name {
			return i + 1
		}
		i = d.Next(i + 1)
	}
	return -1
}

// distinct reports whether no two members of an object have the same name.
func (d *Document) distinct(object int) bool {
	count := int(d.values[object].count)
	if count <= 8 {
		return d.distinctFew(object)
	}
	size := 16
	for size < 2*count {
		size *= 2
	}
	if cap(d.slots) < size {
		d.slots = make([]uint32, size)
	}
	slots := d.slots[:size]
	clear(slots)
	i := object + 1
	for range count {
		name := d.Text(i)
		at := int(maphash.Bytes(seed, name)) & (size - 1)
		for ; slots[at] != 0; at = (at + 1) & (size - 1) {
			if bytes.Equal(d.Text(int(slots[at])), name) {
				return false
			}
		}
		slots[at] = uint32(i)
		i = d.Next(i + 1)
	}
	return true
}

func (d *Document) distinctFew(object int) bool {
	i := object + 1
	for range d.values[object].count {
		for j := object + 1; j < i; j = d.Next(j + 1) {
			if bytes.Equal(d.Text(i), d.Text(j)) {
				return false
			}
		}
		i = d.Next(i + 1)
	}
	return true
}

// Size returns how many values there are, the names of members included.
func (d *Document) Size() int { return len(d.values) }
