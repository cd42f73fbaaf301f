package conf

import (
	"strconv"
	"strings"
)

// place says where one key of a TOML text and its value stand. The TOML library gives values and judges syntax; it has no
// positions for values that are well-formed but wrong, and this is where they come from.
type place struct {
	line, col         int // the key, or the header of its table
	valueLine, valCol int // the value; for a table with a header, the header
	table             map[string]*place
	array             []*place
	defined           bool // by a pair or by a header of its own
}

// repeat is a key or a table that is defined a second time, which TOML forbids.
type repeat struct {
	key       string
	header    bool
	line, col int
	first     *place
	from, to  int // the bytes of a pair that stands on lines of its own; both 0 otherwise
}

func newPlace(line, col int) *place {
	return &place{line: line, col: col, valueLine: line, valCol: col}
}

// child returns the place of a key below p, made at line and col when it is the first time that it is named.
func (p *place) child(key string, line, col int) *place {
	if p.table == nil {
		p.table = map[string]*place{}
	}
	c := p.table[key]
	if c == nil {
		c = newPlace(line, col)
		p.table[key] = c
	}
	return c
}

// last returns the table that a header path means: in an array of tables, its newest element.
func (p *place) last() *place {
	if n := len(p.array); n > 0 {
		return p.array[n-1]
	}
	return p
}

// scanPlaces finds the place of every key and array element of a text that the TOML library has accepted. On other text it
// ends somewhere, with the places it understood.
func scanPlaces(text string) *place {
	root, _ := scanRepeats(text)
	return root
}

// scanRepeats also returns what is defined twice.
func scanRepeats(text string) (*place, []repeat) {
	s := &scanner{text: text, line: 1}
	root := newPlace(1, 1)
	table := root
	for {
		s.skipBlank()
		if s.end() {
			return root, s.repeats
		}
		before := s.at
		if s.peek() == '[' {
			table = s.header(root)
		} else {
			s.statement(table)
		}
		if s.at == before {
			s.next()
		}
	}
}

type scanner struct {
	text      string
	at        int
	line      int
	lineStart int
	repeats   []repeat
}

func (s *scanner) end() bool { return s.at >= len(s.text) }
func (s *scanner) col() int  { return s.at - s.lineStart + 1 }

func (s *scanner) peek() byte {
	if s.end() {
		return 0
	}
	return s.text[s.at]
}

func (s *scanner) next() {
	if s.end() {
		return
	}
	if s.text[s.at] == '\n' {
		s.line++
		s.lineStart = s.at + 1
	}
	s.at++
}

func (s *scanner) skip(n int) {
	for range n {
		s.next()
	}
}

// skipSpace passes spaces and tabs; skipBlank passes line ends and comments too.
func (s *scanner) skipSpace() {
	for s.peek() == ' ' || s.peek() == '\t' {
		s.next()
	}
}

func (s *scanner) skipBlank() {
	for !s.end() {
		switch s.peek() {
		case ' ', '\t', '\r', '\n':
			s.next()
		case '#':
			for !s.end() && s.peek() != '\n' {
				s.next()
			}
		default:
			return
		}
	}
}

// header reads "[a.b]" or "[[a.b]]" and returns the place of the table it opens.
func (s *scanner) header(root *place) *place {
	line, col := s.line, s.col()
	array := strings.HasPrefix(s.text[s.at:], "[[")
	s.next()
	if array {
		s.next()
	}
	keys := s.keys()
	p := root
	for i, k := range keys {
		p = p.last().child(k.text, line, col)
		if i == len(keys)-1 {
			if array {
				p.array = append(p.array, newPlace(line, col))
			} else if p.defined {
				s.repeats = append(s.repeats, repeat{key: joinKeys(keys), header: true, line: line, col: col, first: p})
				p = newPlace(line, col)
			} else {
				p.defined = true
				p.line, p.col, p.valueLine, p.valCol = line, col, line, col
			}
		}
	}
	for s.peek() == ']' {
		s.next()
	}
	return p.last()
}

type scannedKey struct {
	text      string
	line, col int
}

// keys reads a dotted key.
func (s *scanner) keys() []scannedKey {
	var keys []scannedKey
	for {
		s.skipSpace()
		k := scannedKey{line: s.line, col: s.col()}
		if c := s.peek(); c == '"' || c == '\'' {
			k.text = s.quoted()
		} else {
			start := s.at
			for isBare(s.peek()) {
				s.next()
			}
			k.text = s.text[start:s.at]
		}
		keys = append(keys, k)
		s.skipSpace()
		if s.peek() != '.' {
			return keys
		}
		s.next()
	}
}

func isBare(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

// statement reads a pair that stands on lines of its own.
func (s *scanner) statement(table *place) {
	from, line, col, seen := s.at, s.line, s.col(), len(s.repeats)
	s.pair(table)
	if len(s.repeats) > seen && s.repeats[seen].line == line && s.repeats[seen].col == col {
		s.repeats[seen].from, s.repeats[seen].to = from, s.at
	}
}

// pair reads "key = value" into table.
func (s *scanner) pair(table *place) {
	p := table
	keys := s.keys()
	for _, k := range keys {
		p = p.child(k.text, k.line, k.col)
	}
	if s.peek() != '=' {
		return
	}
	if p.defined {
		k := keys[0]
		s.repeats = append(s.repeats, repeat{key: joinKeys(keys), line: k.line, col: k.col, first: p})
		p = newPlace(k.line, k.col)
	}
	p.defined = true
	s.next()
	s.skipSpace()
	s.value(p)
}

func joinKeys(keys []scannedKey) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = k.text
	}
	return strings.Join(parts, ".")
}

// value reads any value and notes in p where it and its parts stand.
func (s *scanner) value(p *place) {
	p.valueLine, p.valCol = s.line, s.col()
	switch s.peek() {
	case '"', '\'':
		s.quoted()
	case '[':
		s.list(']', func() {
			e := newPlace(s.line, s.col())
			p.array = append(p.array, e)
			s.value(e)
		})
	case '{':
		s.list('}', func() { s.pair(p) })
	default:
		for !s.end() && !strings.ContainsRune(",]}#\n", rune(s.peek())) {
			s.next()
		}
	}
}

// list reads the elements between the bracket at hand and the closing one.
func (s *scanner) list(closing byte, element func()) {
	s.next()
	for {
		s.skipBlank()
		switch {
		case s.end():
			return
		case s.peek() == closing:
			s.next()
			return
		case s.peek() == ',':
			s.next()
		default:
			before := s.at
			element()
			if s.at == before {
				return
			}
		}
	}
}

// quoted reads a string of any of the four kinds and returns what it says.
func (s *scanner) quoted() string {
	q := s.text[s.at : s.at+1]
	if triple := strings.Repeat(q, 3); strings.HasPrefix(s.text[s.at:], triple) {
		return s.multiline(q, triple)
	}
	s.next()
	start := s.at
	for !s.end() && s.peek() != q[0] && s.peek() != '\n' {
		if q == `"` && s.peek() == '\\' {
			s.next()
		}
		s.next()
	}
	text := s.text[start:min(s.at, len(s.text))]
	s.next()
	if q == `"` {
		return unescape(text)
	}
	return text
}

// multiline passes a string in triple quotes. Up to two quotes may stand before the closing three. No key is written so, and
// values come from the TOML library, so what it says is not needed.
func (s *scanner) multiline(q, triple string) string {
	s.skip(3)
	for !s.end() && !strings.HasPrefix(s.text[s.at:], triple) {
		if q == `"` && s.peek() == '\\' {
			s.next()
		}
		s.next()
	}
	s.skip(3)
	for range 2 {
		if s.peek() == q[0] {
			s.next()
		}
	}
	return ""
}

// unescape resolves the escapes of a basic string.
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		digits := 0
		switch c := text[i]; c {
		case 'b':
			b.WriteByte('\b')
		case 't':
			b.WriteByte('\t')
		case 'n':
			b.WriteByte('\n')
		case 'f':
			b.WriteByte('\f')
		case 'r':
			b.WriteByte('\r')
		case 'e':
			b.WriteByte(0x1b)
		case 'x':
			digits = 2
		case 'u':
			digits = 4
		case 'U':
			digits = 8
		default:
			b.WriteByte(c)
		}
		if digits > 0 && i+digits < len(text) {
			code, _ := strconv.ParseUint(text[i+1:i+1+digits], 16, 32)
			b.WriteRune(rune(code))
			i += digits
		}
	}
	return b.String()
}
