package tape

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// space returns the index of the first byte from i on that is no white space.
func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// value reads the value that begins at i, notes where it stands, and returns where it ends.
func (d *Document) value(i, depth int) (int, bool) {
	v := len(d.values)
	end, ok := d.anyValue(i, depth)
	if ok {
		d.values[v].at, d.values[v].end = uint32(i), uint32(end)
	}
	return end, ok
}

func (d *Document) anyValue(i, depth int) (int, bool) {
	if i == len(d.source) {
		return i, false
	}
	switch d.source[i] {
	case '{':
		return d.object(i, depth+1)
	case '[':
		return d.array(i, depth+1)
	case '"':
		return d.string(i)
	case 't':
		return d.word(i, "true", True)
	case 'f':
		return d.word(i, "false", False)
	case 'n':
		return d.word(i, "null", Null)
	}
	return d.number(i)
}

// add appends a value that has no others in it.
func (d *Document) add(kind Kind, from, to int) {
	d.values = append(d.values, value{kind: kind, from: uint32(from), to: uint32(to), next: uint32(len(d.values) + 1)})
}

func (d *Document) word(i int, word string, kind Kind) (int, bool) {
	end := i + len(word)
	if end > len(d.source) || string(d.source[i:end]) != word {
		return i, false
	}
	d.add(kind, i, end)
	return end, true
}

func (d *Document) array(i, depth int) (int, bool) {
	if depth > MaxDepth {
		return i, false
	}
	at := len(d.values)
	d.values = append(d.values, value{kind: Array})
	i = space(d.source, i+1)
	if i < len(d.source) && d.source[i] == ']' {
		d.values[at].next = uint32(len(d.values))
		return i + 1, true
	}
	for {
		var ok bool
		if i, ok = d.value(i, depth); !ok {
			return i, false
		}
		d.values[at].count++
		i = space(d.source, i)
		if i == len(d.source) {
			return i, false
		}
		switch d.source[i] {
		case ',':
			i = space(d.source, i+1)
		case ']':
			d.values[at].next = uint32(len(d.values))
			return i + 1, true
		default:
			return i, false
		}
	}
}

func (d *Document) object(i, depth int) (int, bool) {
	if depth > MaxDepth {
		return i, false
	}
	at := len(d.values)
	d.values = append(d.values, value{kind: Object})
	i = space(d.source, i+1)
	if i < len(d.source) && d.source[i] == '}' {
		d.values[at].next = uint32(len(d.values))
		return i + 1, true
	}
	for {
		var ok bool
		if i, ok = d.member(i, depth); !ok {
			return i, false
		}
		d.values[at].count++
		i = space(d.source, i)
		if i == len(d.source) {
			return i, false
		}
		switch d.source[i] {
		case ',':
			i = space(d.source, i+1)
		case '}':
			d.values[at].next = uint32(len(d.values))
			return i + 1, d.distinct(at)
		default:
			return i, false
		}
	}
}

func (d *Document) member(i, depth int) (int, bool) {
	if i == len(d.source) || d.source[i] != '"' {
		return i, false
	}
	i, ok := d.string(i)
	if !ok {
		return i, false
	}
	i = space(d.source, i)
	if i == len(d.source) || d.source[i] != ':' {
		return i, false
	}
	return d.value(space(d.source, i+1), depth)
}

// number reads a number (RFC 8259 section 6).
func (d *Document) number(i int) (int, bool) {
	b, from := d.source, i
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch {
	case i == len(b):
		return i, false
	case b[i] == '0':
		i++
	default:
		end := digits(b, i)
		if end == i {
			return i, false
		}
		i = end
	}
	if i < len(b) && b[i] == '.' {
		end := digits(b, i+1)
		if end == i+1 {
			return i, false
		}
		i = end
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		end := digits(b, i)
		if end == i {
			return i, false
		}
		i = end
	}
	d.add(Number, from, i)
	return i, true
}

func digits(b []byte, i int) int {
	for i < len(b) && b[i]-'0' < 10 {
		i++
	}
	return i
}

// string reads the string whose first quote is at i.
func (d *Document) string(i int) (int, bool) {
	b := d.source
	i++
	for j := i; j < len(b); j++ {
		switch c := b[j]; {
		case c == '"':
			d.add(String, i, j)
			return j + 1, true
		case c == '\\':
			return d.escaped(i, j)
		case c < 0x20:
			return j, false
		}
	}
	return len(b), false
}

// escaped reads on in a string that began at from, at its first escape.
func (d *Document) escaped(from, i int) (int, bool) {
	b, start := d.source, len(d.text)
	d.text = append(d.text, b[from:i]...)
	for i < len(b) {
		switch c := b[i]; {
		case c == '"':
			d.add(String, start, len(d.text))
			d.values[len(d.values)-1].escaped = true
			return i + 1, true
		case c == '\\':
			var ok bool
			if i, ok = d.escape(i + 1); !ok {
				return i, false
			}
		case c < 0x20:
			return i, false
		default:
			d.text = append(d.text, c)
			i++
		}
	}
	return i, false
}

const escapes = `"\/bfnrt`
const meanings = "\"\\/\b\f\n\r\t"

// escape reads what stands behind a backslash at i-1.
func (d *Document) escape(i int) (int, bool) {
	b := d.source
	if i == len(b) {
		return i, false
	}
	if b[i] != 'u' {
		n := bytes.IndexByte([]byte(escapes), b[i])
		if n < 0 {
			return i, false
		}
		d.text = append(d.text, meanings[n])
		return i + 1, true
	}
	r, ok := fourHex(b, i+1)
	if !ok {
		return i, false
	}
	i += 5
	if utf16.IsSurrogate(r) {
		if i+6 > len(b) || b[i] != '\\' || b[i+1] != 'u' {
			return i, false
		}
		low, ok := fourHex(b, i+2)
		if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
			return i, false
		}
		i += 6
	}
	d.text = utf8.AppendRune(d.text, r)
	return i, true
}

func fourHex(b []byte, i int) (rune, bool) {
	if i+4 > len(b) {
		return 0, false
	}
	var r rune
	for _, c := range b[i : i+4] {
		switch {
		case c-'0' < 10:
			r = r<<4 | rune(c-'0')
		case c|0x20-'a' < 6:
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
