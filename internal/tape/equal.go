package tape

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
)

// Equal reports whether two values of two documents are the same by the rules of JSON Schema (2020-12 core, section
// 4.2.2): numbers by their value, objects without regard to order.
func Equal(d *Document, v int, e *Document, w int) bool {
	kind := d.Kind(v)
	if kind != e.Kind(w) || d.Len(v) != e.Len(w) {
		return false
	}
	switch kind {
	case Number:
		return ParseDecimal(d.Text(v)).Compare(ParseDecimal(e.Text(w))) == 0
	case String:
		return bytes.Equal(d.Text(v), e.Text(w))
	case Array:
		i, j := v+1, w+1
		for range d.Len(v) {
			if !Equal(d, i, e, j) {
				return false
			}
			i, j = d.Next(i), e.Next(j)
		}
	case Object:
		i := v + 1
		for range d.Len(v) {
			j := member(e, w, d.Text(i))
			if j < 0 || !Equal(d, i+1, e, j) {
				return false
			}
			i = d.Next(i + 1)
		}
	}
	return true
}

func member(d *Document, object int, name []byte) int {
	i := object + 1
	for range d.Len(object) {
		if bytes.Equal(d.Text(i), name) {
			return i + 1
		}
		i = d.Next(i + 1)
	}
	return -1
}

// Distinct reports whether no two elements of an array are equal. It compares hashes of 64 bits under a secret key.
func (d *Document) Distinct(array int) bool {
	count := d.Len(array)
	size := 16
	for size < 2*count {
		size *= 2
	}
	if cap(d.hashes) < size {
		d.hashes = make([]uint64, size)
	}
	hashes := d.hashes[:size]
	clear(hashes)
	i := array + 1
	for range count {
		h := d.hash(i) | 1 // zero is an empty slot
		at := int(h>>1) & (size - 1)
		for ; hashes[at] != 0; at = (at + 1) & (size - 1) {
			if hashes[at] == h {
				return false
			}
		}
		hashes[at] = h
		i = d.Next(i)
	}
	return true
}

// hash is the same for equal values.
func (d *Document) hash(v int) uint64 {
	h := uint64(d.Kind(v))
	switch d.Kind(v) {
	case Number:
		return d.pair(h, d.hashNumber(v))
	case String:
		return d.pair(h, maphash.Bytes(seed, d.Text(v)))
	case Array:
		i := v + 1
		for range d.Len(v) {
			h = d.pair(h, d.hash(i))
			i = d.Next(i)
		}
	case Object:
		sum := uint64(0) // the order of members is not to matter
		i := v + 1
		for range d.Len(v) {
			sum += d.pair(maphash.Bytes(seed, d.Text(i)), d.hash(i+1))
			i = d.Next(i + 1)
		}
		h = d.pair(h, sum)
	}
	return h
}

func (d *Document) hashNumber(v int) uint64 {
	n := ParseDecimal(d.Text(v))
	digits := n.digits
	if point := bytes.IndexByte(digits, '.'); point >= 0 {
		d.scratch = append(append(d.scratch[:0], digits[:point]...), digits[point+1:]...)
		digits = d.scratch
	}
	return d.pair(uint64(n.Exponent)<<2^uint64(n.sign()+1), maphash.Bytes(seed, digits))
}

// pair hashes two hashes under the process's key.
func (d *Document) pair(a, b uint64) uint64 {
	d.scratch = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(d.scratch[:0], a), b)
	return maphash.Bytes(seed, d.scratch)
}
