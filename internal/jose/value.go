package jose

import (
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Kind is what a JSON value is.
type Kind uint8

const (
	Missing Kind = iota
	Null
	False
	True
	Number
	String
	Array
	Object
)

// Value is a JSON value that lies, already checked, in the memory of the Token it was read from; it lives as
// long as that memory. The zero Value is Missing.
type Value struct {
	Kind    Kind
	escaped bool
	raw     []byte // a string: what is between its quotes; else the JSON text
}

// Raw returns the JSON text of v; of a string, what is between its quotes.
func (v Value) Raw() []byte { return v.raw }

// Text returns the characters of a string. Only a string with escapes is decoded into scratch, which is grown
// where it must be. Any other value has no text.
func (v Value) Text(scratch []byte) []byte {
	switch {
	case v.Kind != String:
		return nil
	case v.escaped:
		return appendUnescaped(scratch[:0], v.raw)
	default:
		return v.raw
	}
}

// AppendText appends the text of a string, or the JSON text of a number or boolean; of anything else nothing.
func (v Value) AppendText(dst []byte) []byte {
	switch v.Kind {
	case String:
		if v.escaped {
			return appendUnescaped(dst, v.raw)
		}
		return append(dst, v.raw...)
	case Number, True, False:
		return append(dst, v.raw...)
	}
	return dst
}

// Equal tells whether v is a string of exactly these characters.
func (v Value) Equal(s string) bool {
	if v.Kind != String {
		return false
	}
	if !v.escaped {
		return string(v.raw) == s
	}
	var room [128]byte
	return string(v.Text(room[:0])) == s
}

// Elements walks an array; of any other value but Missing and Null it yields the value itself, once. That is
// the reading of claims that may be "one or many" (aud, scope, roles).
func (v Value) Elements() Elements {
	switch v.Kind {
	case Missing, Null:
		return Elements{}
	case Array:
		return Elements{rest: v.raw[1 : len(v.raw)-1]}
	}
	return Elements{one: v}
}

// Elements is a walk over values, made by Value.Elements.
type Elements struct {
	one  Value
	rest []byte
}

// Next returns the next element. It allocates nothing.
func (e *Elements) Next() (Value, bool) {
	if e.one.Kind != Missing {
		v := e.one
		e.one = Value{}
		return v, true
	}
	i := 0
	for i < len(e.rest) && (e.rest[i] == ',' || isSpace(e.rest[i])) {
		i++
	}
	if i == len(e.rest) {
		return Value{}, false
	}
	v, n := checkedValue(e.rest[i:])
	e.rest = e.rest[i+n:]
	return v, true
}

// checkedValue returns the value that b begins with and its length. b was accepted by the scanner before.
func checkedValue(b []byte) (Value, int) {
	switch b[0] {
	case '"':
		n, escaped := checkedString(b)
		return Value{String, escaped, b[1 : n-1]}, n
	case '{', '[':
		kind := Array
		if b[0] == '{' {
			kind = Object
		}
		depth := 0
		for i := 0; ; {
			switch b[i] {
			case '"':
				n, _ := checkedString(b[i:])
				i += n
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			}
			i++
			if depth == 0 {
				return Value{Kind: kind, raw: b[:i]}, i
			}
		}
	}
	n := 0
	for n < len(b) && b[n] != ',' && b[n] != ']' && b[n] != '}' && !isSpace(b[n]) {
		n++
	}
	kind := Number
	switch b[0] {
	case 't':
		kind = True
	case 'f':
		kind = False
	case 'n':
		kind = Null
	}
	return Value{Kind: kind, raw: b[:n]}, n
}

func checkedString(b []byte) (n int, escaped bool) {
	for n = 1; b[n] != '"'; n++ {
		if b[n] == '\\' {
			escaped = true
			n++
		}
	}
	return n + 1, escaped
}

// farthest bounds a NumericDate, so that arithmetic on it cannot overflow.
const farthest = 1 << 53

// Seconds reads a NumericDate (RFC 7519 section 2); a fraction of a second is cut off. ok is false for what is
// not a number and for one that no clock will ever show.
func (v Value) Seconds() (s int64, ok bool) {
	if v.Kind != Number {
		return 0, false
	}
	whole := len(v.raw) <= 16
	for _, c := range v.raw {
		if c < '0' || c > '9' {
			whole = false
			break
		}
		s = s*10 + int64(c-'0')
	}
	if whole {
		return s, s <= farthest
	}
	f, err := strconv.ParseFloat(string(v.raw), 64)
	if err != nil || math.Abs(f) > farthest {
		return 0, false
	}
	return int64(math.Floor(f)), true
}

// appendUnescaped decodes the inside of a JSON string whose escapes were checked before.
func appendUnescaped(dst, raw []byte) []byte {
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c != '\\' {
			dst = append(dst, c)
			continue
		}
		i++
		switch c = raw[i]; c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r := hex4(raw[i+1:])
			i += 4
			if utf16.IsSurrogate(r) {
				r = utf16.DecodeRune(r, hex4(raw[i+3:]))
				i += 6
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c) // a quote, a slash, a backslash
		}
	}
	return dst
}

// hex4 reads four hexadecimal digits; -1 if b does not begin with them.
func hex4(b []byte) rune {
	if len(b) < 4 {
		return -1
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}
