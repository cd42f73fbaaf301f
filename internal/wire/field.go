package wire

import "strings"

// Field is a field line written in advance, or only a name. It is immutable.
type Field struct {
	name    Name
	lower   string
	line    string // in wire form
	nameLen uint16
}

// NewField prepares a field. It returns false when the name is no token or the value has a control in it (RFC 9110
// section 5.5).
func NewField(name, value string) (Field, bool) {
	if !IsToken(name) || len(name) > maxNameLength || !Text([]byte(value)) {
		return Field{}, false
	}
	value = string(TrimOWS([]byte(value)))
	return Field{
		name:    NameOf(name),
		lower:   strings.ToLower(name),
		line:    name + ": " + value + "\r\n",
		nameLen: uint16(len(name)),
	}, true
}

// Name returns the field's name as it was spelt.
func (f *Field) Name() string { return f.line[:f.nameLen] }

// RemoveField removes every field of f's name.
func (h *Head) RemoveField(f *Field) {
	if f.name != Other {
		h.Remove(f.name)
	} else {
		h.RemoveNamed(f.lower)
	}
}

// AddField appends f.
func (h *Head) AddField(f *Field) {
	at := uint32(len(h.block))
	h.block = append(h.block, f.line...)
	end := uint32(len(h.block))
	h.record(span{at: at, end: end, value: at + uint32(f.nameLen) + 2, valueEnd: end - 2, nameLen: f.nameLen, name: f.name})
}

// AddFieldValue appends a field of f's name with another value. A value with a control in it is not added, and
// AddFieldValue returns false.
func (h *Head) AddFieldValue(f *Field, value []byte) bool {
	return Text(value) && h.add(f.Name(), f.name, value)
}
