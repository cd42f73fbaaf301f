package wire

import (
	"bytes"
	"encoding/binary"
)

// class is what a raw byte of a path is to the normaliser.
type class uint8

const (
	illegal   class = iota // may not stand in a request target
	plain                  // stands for itself
	slash                  // ends a segment
	percent                // begins an encoding
	semicolon              // begins a segment's parameters
	question               // ends the path
	encoded                // stands encoded in the canonical path, though many clients send it raw
	backslash              // a slash to some
)

// pathClass classifies by RFC 3986 section 3.3: pchar is plain.
var pathClass = func() (t [256]class) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,=:@") {
		t[c] = plain
	}
	for _, c := range []byte("\"<>[]^`{|}") {
		t[c] = encoded
	}
	t['/'], t['%'], t[';'], t['?'], t['\\'] = slash, percent, semicolon, question, backslash
	return t
}()

// isUnreserved holds the characters that mean the same encoded and not (RFC 3986 section 2.3).
var isUnreserved = byteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

// easyPath returns how much of the path b needs no closer look: it looks at eight bytes together and stops before those
// with anything but letters, digits, "-", "_", "." and "/", or with a slash in front of a slash or a dot.
func easyPath(b []byte) int {
	i, carry := 0, uint64(0)
	for i+8 <= len(b) {
		v := binary.LittleEndian.Uint64(b[i:])
		easy := between(v|0x20*lows, 'a', 'z') | between(v, '-', '9') | between(v, '_', '_')
		if v&highs != 0 || easy&highs != highs {
			break
		}
		slashes := between(v, '/', '/') & highs
		if (slashes<<8|carry)&between(v, '.', '/') != 0 {
			break
		}
		carry = slashes >> 56
		i += 8
	}
	return i - int(carry>>7) // a slash at the end is looked at again, with what follows it
}

// between marks the bytes of v from low to high by their highest bit; the other bits mean nothing. All bytes must be ASCII.
func between(v, low, high uint64) uint64 {
	return (v + (0x80-low)*lows) &^ (v + (0x7f-high)*lows)
}

// rewrite puts the canonical form of the path at the beginning of raw, which begins with "/", into the buffer. It returns
// the length of the raw path.
func (t *Target) rewrite(raw []byte, mergeSlashes bool) (int, Fault) {
	t.Odd = 0
	b, n, fault := t.canonical(t.buffer[:0], raw, mergeSlashes)
	t.buffer = b
	if fault == Whole {
		t.Path = b[:len(b):len(b)]
	}
	return n, fault
}

func (t *Target) canonical(b, raw []byte, mergeSlashes bool) ([]byte, int, Fault) {
	i, dots := 0, 0
	for i < len(raw) && raw[i] == '/' {
		start := len(b)
		b = append(b, '/')
		var fault Fault
		if b, i, fault = t.segment(b, raw, i+1); fault != Whole {
			return b, 0, fault
		}
		segment := b[start+1:]
		last := i == len(raw) || raw[i] != '/'
		dots = dotSegment(segment)
		switch {
		case dots > 0:
			t.Odd |= OddDotSegment
			b = b[:start]
			if dots == 2 {
				up := bytes.LastIndexByte(b, '/')
				if up < 0 {
					return b, 0, DotSegment
				}
				b = b[:up]
			}
		case len(segment) == 0 && !last:
			t.Odd |= OddEmptySegment
			if mergeSlashes {
				b = b[:start]
			}
		}
	}
	if dots > 0 {
		b = append(b, '/') // what dots lead to is a folder (RFC 3986 section 5.2.4)
	}
	return b, i, Whole
}

// segment appends the canonical form of the segment that begins at raw[i], and returns where it ends.
func (t *Target) segment(b, raw []byte, i int) ([]byte, int, Fault) {
	start := len(b)
	var odd Oddity
	for ; i < len(raw); i++ {
		c := raw[i]
		switch pathClass[c] {
		case plain:
			b = append(b, c)
		case semicolon:
			odd |= OddParameter
			b = append(b, c)
		case slash, question:
			return b, i, t.note(odd, b[start:])
		case encoded:
			b = appendEncoded(b, c)
		case percent:
			c, ok := encodedByte(raw, i)
			if !ok {
				return b, i, Encoding
			}
			if isUnreserved[c] {
				b = append(b, c)
				i += 2
				continue
			}
			o, fault := inspect(c, raw, i)
			if fault != Whole {
				return b, i, fault
			}
			odd |= o
			b = appendEncoded(b, c)
			i += 2
		case backslash:
			return b, i, Backslash
		case illegal:
			return b, i, TargetForm
		}
	}
	return b, i, t.note(odd, b[start:])
}

// note records a segment's oddities. Dots next to an encoded separator have no canonical form, as the separator is kept:
// whoever decodes it later would resolve them, and climb out of what was matched.
func (t *Target) note(odd Oddity, segment []byte) Fault {
	t.Odd |= odd
	if odd&(OddEncodedSlash|OddBackslash) == 0 {
		return Whole
	}
	for {
		part, rest, more := cutSeparator(segment)
		if dotSegment(part) > 0 {
			return DotSegment
		}
		if !more {
			return Whole
		}
		segment = rest
	}
}

// cutSeparator splits a canonical segment at its first %2F or %5C.
func cutSeparator(segment []byte) (part, rest []byte, found bool) {
	for i := 0; i+2 < len(segment); i++ {
		if segment[i] == '%' && (string(segment[i+1:i+3]) == "2F" || string(segment[i+1:i+3]) == "5C") {
			return segment[:i], segment[i+3:], true
		}
	}
	return segment, nil, false
}

// dotSegment returns 1 for "." and 2 for "..", also with parameters behind them, and 0 for every other canonical segment.
func dotSegment(segment []byte) int {
	n := 0
	for n < len(segment) && segment[n] == '.' {
		n++
	}
	if n == 0 || n > 2 {
		return 0
	}
	if rest := segment[n:]; len(rest) > 0 && rest[0] != ';' && !bytes.HasPrefix(rest, encodedSemicolon) {
		return 0
	}
	return n
}

var encodedSemicolon = []byte("%3B")

// DecodeSlashes makes slashes of every %2F and %5C in the path, for routes that take them for what they look like. No dot
// segment can come of it: those beside an encoded separator have no reading. The path is canonical then, and another one.
func (t *Target) DecodeSlashes() {
	if t.Odd&(OddEncodedSlash|OddBackslash) == 0 {
		return
	}
	b := t.Path[:0] // in the buffer: a path with an encoding that was noted is no part of the raw target
	for rest := t.Path; ; {
		part, after, found := cutSeparator(rest)
		b = append(b, part...)
		if !found {
			break
		}
		b = append(b, '/')
		rest = after
	}
	t.Path = withoutEmpty(b)
}

// withoutEmpty drops empty segments, in place.
func withoutEmpty(path []byte) []byte {
	b := path[:0]
	for i, c := range path {
		if c != '/' || i == 0 || path[i-1] != '/' {
			b = append(b, c)
		}
	}
	return b
}

// AppendCanonicalPath appends the canonical form of a path to dst, which must be empty. It is for paths that the gateway
// makes itself; what Target says about those of clients holds for them too.
func AppendCanonicalPath(dst, path []byte) ([]byte, Fault) {
	t := Target{buffer: dst[:0]}
	n, fault := t.path(path, true)
	switch {
	case fault != Whole:
		return t.buffer, fault
	case n == 0 || n < len(path) || len(t.Path) > maxPath:
		return t.buffer, TargetForm
	case len(t.buffer) == 0: // it is canonical, and was not copied
		return append(t.buffer, path...), Whole
	}
	return t.Path, Whole
}
