package wire

import "encoding/binary"

// A stored head is how many fields it has, of each the lengths of its name and value and which well-known name it is, and
// then the lines in wire form: to load it is to copy it.
const storedField = 2 + 1 + 4

// AppendStored appends the head's fields in the form that Load reads. It is for the same process: well-known names are
// kept as their numbers.
func (h *Head) AppendStored(dst []byte) []byte {
	count := len(dst)
	dst = append(dst, 0, 0)
	n := 0
	for i := range h.fields {
		if f := &h.fields[i]; !f.gone {
			dst = binary.LittleEndian.AppendUint16(dst, f.nameLen)
			dst = append(dst, byte(f.name))
			dst = binary.LittleEndian.AppendUint32(dst, f.valueEnd-f.value)
			n++
		}
	}
	binary.LittleEndian.PutUint16(dst[count:], uint16(n))
	for i := range h.fields {
		if f := &h.fields[i]; !f.gone {
			dst = append(dst, h.NameAt(i)...)
			dst = append(dst, ": "...)
			dst = append(dst, h.ValueAt(i)...)
			dst = append(dst, "\r\n"...)
		}
	}
	return dst
}

// Load replaces the head by one that AppendStored wrote, with which b begins, and returns the length of that. It returns
// false, and leaves no field, when b is not as AppendStored writes.
func (h *Head) Load(b []byte) (int, bool) {
	h.Reset()
	if len(b) < 2 {
		return 0, false
	}
	n := int(binary.LittleEndian.Uint16(b))
	from := 2 + n*storedField
	if from > len(b) {
		return 0, false
	}
	lines := b[from:]
	at := uint32(0)
	for i := range n {
		f := b[2+i*storedField:]
		s := span{at: at, nameLen: binary.LittleEndian.Uint16(f), name: Name(f[2])}
		length := binary.LittleEndian.Uint32(f[3:])
		s.value = at + uint32(s.nameLen) + 2
		if s.name >= names || uint64(s.value)+uint64(length)+2 > uint64(len(lines)) {
			h.Reset()
			return 0, false
		}
		s.valueEnd = s.value + length
		s.end = s.valueEnd + 2
		at = s.end
		h.record(s)
	}
	h.block = append(h.block, lines[:at]...)
	return from + int(at), true
}
