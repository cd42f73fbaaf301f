package jose

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	maxDepth   = 32  // of nested objects and arrays
	maxMembers = 256 // of one object: bounds the search for duplicates
)

// scanner reads one JSON text (RFC 8259) by the letter: valid UTF-8, no lone surrogates, no member named
// twice at any depth, nothing behind the value. It picks out the values of a Paths on the way. It is part of
// a Token and keeps its buffers.
type scanner struct {
	in    []byte
	pos   int
	names []member // of the objects that are open, innermost last
	text  []byte   // names that had escapes, decoded
	found []Value  // by slot
}

type member struct {
	hash uint64
	name []byte
}

// scan reads in, which must be one object. The values found stay valid as long as in does.
func (s *scanner) scan(in []byte, paths *Paths) bool {
	s.in, s.pos = in, 0
	s.names, s.text = s.names[:0], s.text[:0]
	if cap(s.found) < paths.count {
		s.found = make([]Value, paths.count)
	}
	s.found = s.found[:paths.count]
	clear(s.found)
	s.space()
	if s.peek() != '{' || !s.value(&paths.root, 0) {
		return false
	}
	s.space()
	return s.pos == len(in)
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (s *scanner) space() {
	for s.pos < len(s.in) && isSpace(s.in[s.pos]) {
		s.pos++
	}
}

// peek returns the next byte, or 0 at the end: no value begins with NUL.
func (s *scanner) peek() byte {
	if s.pos < len(s.in) {
		return s.in[s.pos]
	}
	return 0
}

// take goes past c if it comes next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

// value reads one value. at is the node of the paths that leads here, or nil.
func (s *scanner) value(at *node, depth int) bool {
	if depth > maxDepth {
		return false
	}
	start := s.pos
	v := Value{Kind: Missing}
	ok := false
	switch c := s.peek(); {
	case c == '"':
		v.Kind = String
		v.raw, v.escaped, ok = s.str()
	case c == '{':
		v.Kind = Object
		ok = s.object(at, depth)
	case c == '[':
		v.Kind = Array
		ok = s.array(depth)
	case c == 't':
		v.Kind = True
		ok = s.literal("true")
	case c == 'f':
		v.Kind = False
		ok = s.literal("false")
	case c == 'n':
		v.Kind = Null
		ok = s.literal("null")
	case c == '-' || '0' <= c && c <= '9':
		v.Kind = Number
		ok = s.number()
	}
	if ok && at != nil && at.slot >= 0 {
		if v.Kind != String {
			v.raw = s.in[start:s.pos]
		}
		s.found[at.slot] = v
	}
	return ok
}

func (s *scanner) object(at *node, depth int) bool {
	s.pos++ // the brace
	base := len(s.names)
	s.space()
	if s.take('}') {
		return true
	}
	for {
		name, ok := s.name()
		if !ok || len(s.names)-base == maxMembers || s.seen(base, name) {
			return false
		}
		s.space()
		if !s.take(':') {
			return false
		}
		s.space()
		var next *node
		if at != nil {
			next = at.children[string(name)]
		}
		if !s.value(next, depth+1) {
			return false
		}
		s.space()
		if s.take('}') {
			s.names = s.names[:base]
			return true
		}
		if !s.take(',') {
			return false
		}
		s.space()
	}
}

func (s *scanner) array(depth int) bool {
	s.pos++ // the bracket
	s.space()
	if s.take(']') {
		return true
	}
	for {
		if !s.value(nil, depth+1) {
			return false
		}
		s.space()
		if s.take(']') {
			return true
		}
		if !s.take(',') {
			return false
		}
		s.space()
	}
}

// name reads the name of a member and decodes its escapes: "iss" and "\u0069ss" are one name.
func (s *scanner) name() ([]byte, bool) {
	if s.peek() != '"' {
		return nil, false
	}
	raw, escaped, ok := s.str()
	if !ok || !escaped {
		return raw, ok
	}
	start := len(s.text)
	s.text = appendUnescaped(s.text, raw)
	return s.text[start:], true
}

// seen tells whether name stands among the names since base already, and adds it.
func (s *scanner) seen(base int, name []byte) bool {
	hash := uint64(len(name))
	for _, c := range name {
		hash = (hash ^ uint64(c)) * 0x9E3779B97F4A7C15
	}
	for i := base; i < len(s.names); i++ {
		if s.names[i].hash == hash && bytes.Equal(s.names[i].name, name) {
			return true
		}
	}
	s.names = append(s.names, member{hash, name})
	return false
}

// str reads a string and returns what is between its quotes.
func (s *scanner) str() (raw []byte, escaped, ok bool) {
	start := s.pos + 1
	ascii := true
	for i := start; i < len(s.in); i++ {
		switch c := s.in[i]; {
		case c == '"':
			raw = s.in[start:i]
			s.pos = i + 1
			return raw, escaped, ascii || utf8.Valid(raw)
		case c == '\\':
			n := escape(s.in[i:])
			if n == 0 {
				return nil, false, false
			}
			escaped = true
			i += n - 1
		case c < ' ':
			return nil, false, false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return nil, false, false
}

// escape returns the length of the escape that b begins with; 0 if it is not one.
func escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		r := hex4(b[2:])
		if r < 0 {
			return 0
		}
		if !utf16.IsSurrogate(r) {
			return 6
		}
		if len(b) < 12 || b[6] != '\\' || b[7] != 'u' || utf16.DecodeRune(r, hex4(b[8:])) == utf8.RuneError {
			return 0
		}
		return 12
	}
	return 0
}

func (s *scanner) literal(word string) bool {
	if len(s.in)-s.pos < len(word) || string(s.in[s.pos:s.pos+len(word)]) != word {
		return false
	}
	s.pos += len(word)
	return true
}

func (s *scanner) number() bool {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return false
	}
	if s.take('.') && !s.digits() {
		return false
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.in) && '0' <= s.in[s.pos] && s.in[s.pos] <= '9' {
		s.pos++
	}
	return s.pos > start
}
