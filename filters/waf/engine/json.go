package engine

import (
	"bytes"
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"sallyport/filters/waf/seclang"
)

// jsonBodyKey is the member of TX that holds a JSON body.
const jsonBodyKey = "json_request_body"

// Bounds of the flattened form of a body, as Coraza has them: names repeat the whole path for every leaf, so a small body
// could otherwise become a large one.
const (
	flattenFactor = 8
	flattenFloor  = 4096
)

var (
	errJSONDepth  = errors.New("max recursion reached while reading json object")
	errJSONBudget = errors.New("flattened json exceeds its byte budget")
	errJSON       = errors.New("invalid JSON")
)

// readJSON adds every leaf of a JSON body to ARGS_POST, named json.a.0.b, and for every array its length under the array's
// own name. A body that is not valid yields what a lenient reader would find in it, and an error.
func (t *Tx) readJSON(body []byte) error {
	w := jsonWalk{t: t, s: body, budget: max(len(body)*flattenFactor, flattenFloor), limit: t.p.set.ArgumentsLimit}
	w.path = append(t.path[:0], "json"...)
	err := w.root()
	t.path = w.path
	if w.truncated {
		t.scalars[seclang.ArgumentsLimitReached] = one
	}
	switch {
	case err != nil:
		return err
	case jsonTooDeep(body, t.p.set.JSONDepth):
		return errJSONDepth
	case !validJSON(body):
		return errJSON
	}
	t.tx[t.p.txSlots[jsonBodyKey]] = body
	return nil
}

// jsonWalk is a walk through a body that may not be valid.
//
// It finds what gjson finds, which is the reader of Coraza: after its opening bracket an object is a search for the next
// string, an array for the next thing that could be a value, whatever lies between; and a nested value ends where the
// brackets of any kind are balanced.
type jsonWalk struct {
	t         *Tx
	s         []byte
	i         int
	path      []byte
	budget    int // bytes that names and values may still take
	limit     int
	values    int
	lengths   int
	truncated bool
}

func (w *jsonWalk) root() error {
	for w.i < len(w.s) && w.s[w.i] <= ' ' {
		w.i++
	}
	if w.i == len(w.s) {
		return nil
	}
	if c := w.s[w.i]; c == '{' || c == '[' {
		return w.container(w.t.p.set.JSONDepth, true)
	}
	value, ok := w.scalarAt(false)
	if !ok {
		return nil
	}
	n := len(w.path)
	w.path = append(w.path, ".0"...)
	if err := w.leaf(value); err != nil {
		return err
	}
	w.path = w.path[:n]
	return w.length(1)
}

// container walks the object or array that begins at w.i and leaves w.i behind it. The outermost one ends with the body.
func (w *jsonWalk) container(depth int, outermost bool) error {
	if w.values >= w.limit {
		w.truncated = true
		w.skip(outermost)
		return nil
	}
	if depth <= 0 {
		return errJSONDepth
	}
	object := w.s[w.i] == '{'
	w.i++
	parent, items, open, truncated := len(w.path), 0, 1, false
	for w.i < len(w.s) {
		c := w.s[w.i]
		if closes(c) {
			open--
			w.i++
			if open == 0 && !outermost {
				break
			}
			continue
		}
		if object {
			if c != '"' {
				if opens(c) {
					open++
				}
				w.i++
				continue
			}
			key, ok := w.stringAt()
			if !ok {
				break
			}
			w.path = append(append(w.path[:parent], '.'), key...)
			for w.i < len(w.s) && (w.s[w.i] <= ' ' || w.s[w.i] == ',' || w.s[w.i] == ':') {
				w.i++
			}
		} else {
			if c <= ' ' || c == ',' || c == ':' {
				w.i++
				continue
			}
			w.path = strconv.AppendInt(append(w.path[:parent], '.'), int64(items), 10)
		}
		if w.values >= w.limit {
			truncated = true
			w.skipRest(open, outermost)
			break
		}
		found, err := w.value(depth, &open, outermost)
		if err != nil {
			return err
		}
		if !found {
			break
		}
		items++
		w.passSeparator(&open)
	}
	w.path = w.path[:parent]
	if truncated || w.truncated {
		w.truncated = true
		return nil
	}
	if object || items == 0 {
		return nil
	}
	return w.length(items)
}

// passSeparator passes over the one byte after a value, whatever it is. A closing bracket is left to the loop.
func (w *jsonWalk) passSeparator(open *int) {
	if w.i < len(w.s) && !closes(w.s[w.i]) {
		if opens(w.s[w.i]) {
			*open++
		}
		w.i++
	}
}

// value reads the value of the present key or index. found is false when the container ends without one.
func (w *jsonWalk) value(depth int, open *int, outermost bool) (found bool, err error) {
	for w.i < len(w.s) {
		c := w.s[w.i]
		switch {
		case c == '{' || c == '[':
			return true, w.container(depth-1, false)
		case closes(c):
			if *open--; *open == 0 && !outermost {
				w.i++
				return false, nil
			}
			w.i++
		case c == '(':
			*open++
			w.i++
		default:
			v, ok := w.scalarAt(true)
			if ok {
				return true, w.leaf(v)
			}
			if c == '"' {
				return false, nil
			}
			w.i++
		}
	}
	return false, nil
}

func opens(c byte) bool  { return c == '{' || c == '[' || c == '(' }
func closes(c byte) bool { return c == '}' || c == ']' || c == ')' }

// scalarAt reads the string, number or word at w.i. ok is false, and w.i stays, where there is none of these; an unfinished
// string is none when nested.
func (w *jsonWalk) scalarAt(nested bool) (value []byte, ok bool) {
	start := w.i
	switch c := w.s[w.i]; c {
	case '"':
		value, ok = w.stringAt()
		return value, ok || !nested
	case 'n':
		if w.i+1 < len(w.s) && w.s[w.i+1] != 'u' {
			return w.numberAt(), true
		}
		w.wordAt()
		return nil, true // null is an empty value
	case 't', 'f':
		w.wordAt()
		return w.s[start:w.i], true
	case '+', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'i', 'I', 'N':
		return w.numberAt(), true
	}
	return nil, false
}

func (w *jsonWalk) wordAt() {
	for w.i++; w.i < len(w.s) && w.s[w.i] >= 'a' && w.s[w.i] <= 'z'; w.i++ {
	}
}

func (w *jsonWalk) numberAt() []byte {
	start := w.i
	for w.i++; w.i < len(w.s); w.i++ {
		if c := w.s[w.i]; c <= ' ' || c == ',' || c == ']' || c == '}' {
			break
		}
	}
	return w.s[start:w.i]
}

// stringAt reads the string at w.i, decoded. ok is false when its closing quote is missing.
func (w *jsonWalk) stringAt() (value []byte, ok bool) {
	s := w.s[w.i+1:]
	escaped := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			w.i += i + 2
			if escaped {
				return w.unescape(s[:i]), true
			}
			return s[:i], true
		case '\\':
			escaped = true
			i++
		}
	}
	w.i = len(w.s)
	if escaped {
		s = w.unescape(s)
	}
	return s, false
}

// unescape decodes the escapes of a JSON string. It ends at the first thing that no JSON string may hold.
func (w *jsonWalk) unescape(s []byte) []byte {
	a := &w.t.arena
	a.reserve(len(s) + utf8.UTFMax)
	mark := a.begin()
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' {
			break
		}
		if c != '\\' {
			a.buf = append(a.buf, c)
			continue
		}
		if i++; i >= len(s) {
			break
		}
		switch s[i] {
		case '\\', '/', '"':
			a.buf = append(a.buf, s[i])
		case 'b':
			a.buf = append(a.buf, '\b')
		case 'f':
			a.buf = append(a.buf, '\f')
		case 'n':
			a.buf = append(a.buf, '\n')
		case 'r':
			a.buf = append(a.buf, '\r')
		case 't':
			a.buf = append(a.buf, '\t')
		case 'u':
			if i+5 > len(s) {
				return a.end(mark)
			}
			r := hexRune(s[i+1 : i+5])
			i += 4
			if utf16.IsSurrogate(r) && i+6 < len(s) && s[i+1] == '\\' && s[i+2] == 'u' {
				r = utf16.DecodeRune(r, hexRune(s[i+3:i+7]))
				i += 6
			}
			a.buf = utf8.AppendRune(a.buf, r)
		default:
			return a.end(mark)
		}
	}
	return a.end(mark)
}

// hexRune reads four hexadecimal digits; anything else among them makes it 0.
func hexRune(s []byte) rune {
	r := rune(0)
	for _, c := range s {
		if !isHex(c) {
			return 0
		}
		r = r<<4 | rune(unhex(c))
	}
	return r
}

// leaf adds a value under the present path.
func (w *jsonWalk) leaf(value []byte) error {
	if w.budget -= len(w.path) + len(value); w.budget < 0 {
		return errJSONBudget
	}
	w.values++
	w.t.add(argsPost, w.t.arena.copy(w.path), value)
	return nil
}

// length adds the length of the array that the present path names.
func (w *jsonWalk) length(n int) error {
	if w.lengths >= w.limit {
		w.truncated = true
		return nil
	}
	value := w.t.number(n)
	if w.budget -= len(w.path) + len(value); w.budget < 0 {
		return errJSONBudget
	}
	w.lengths++
	w.t.add(argsPost, w.t.arena.copy(w.path), value)
	return nil
}

// skip passes over the container at w.i.
func (w *jsonWalk) skip(outermost bool) {
	w.i++
	w.skipRest(1, outermost)
}

// skipRest passes over what is left of a container.
func (w *jsonWalk) skipRest(open int, outermost bool) {
	if outermost {
		w.i = len(w.s)
		return
	}
	for ; w.i < len(w.s) && open > 0; w.i++ {
		switch c := w.s[w.i]; {
		case c == '"':
			for w.i++; w.i < len(w.s) && w.s[w.i] != '"'; w.i++ {
				if w.s[w.i] == '\\' {
					w.i++
				}
			}
		case opens(c):
			open++
		case closes(c):
			open--
		}
	}
}

// jsonTooDeep reports whether brackets nest deeper than limit anywhere outside strings.
func jsonTooDeep(s []byte, limit int) bool {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			for i++; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			if depth++; depth > limit {
				return true
			}
		case '}', ']':
			depth--
		}
	}
	return false
}

var jsonWords = [][]byte{[]byte("true"), []byte("false"), []byte("null")}

// validJSON reports whether s is one JSON value (RFC 8259), except that bytes which are not UTF-8 may stand in strings.
// Nesting has been bounded before.
func validJSON(s []byte) bool {
	v := jsonCheck{s: s}
	v.space()
	if !v.value() {
		return false
	}
	v.space()
	return v.i == len(s)
}

type jsonCheck struct {
	s []byte
	i int
}

func (v *jsonCheck) space() {
	for v.i < len(v.s) && (v.s[v.i] == ' ' || v.s[v.i] == '\t' || v.s[v.i] == '\n' || v.s[v.i] == '\r') {
		v.i++
	}
}

func (v *jsonCheck) take(c byte) bool {
	if v.i < len(v.s) && v.s[v.i] == c {
		v.i++
		return true
	}
	return false
}

func (v *jsonCheck) value() bool {
	if v.i >= len(v.s) {
		return false
	}
	switch c := v.s[v.i]; {
	case c == '{':
		v.i++
		return v.object()
	case c == '[':
		v.i++
		return v.array()
	case c == '"':
		return v.text()
	case c == '-' || c >= '0' && c <= '9':
		return v.numeral()
	}
	for _, word := range jsonWords {
		if bytes.HasPrefix(v.s[v.i:], word) {
			v.i += len(word)
			return true
		}
	}
	return false
}

func (v *jsonCheck) object() bool {
	v.space()
	if v.take('}') {
		return true
	}
	for {
		v.space()
		if !v.text() {
			return false
		}
		v.space()
		if !v.take(':') {
			return false
		}
		v.space()
		if !v.value() {
			return false
		}
		v.space()
		if v.take('}') {
			return true
		}
		if !v.take(',') {
			return false
		}
	}
}

func (v *jsonCheck) array() bool {
	v.space()
	if v.take(']') {
		return true
	}
	for {
		v.space()
		if !v.value() {
			return false
		}
		v.space()
		if v.take(']') {
			return true
		}
		if !v.take(',') {
			return false
		}
	}
}

func (v *jsonCheck) text() bool {
	if !v.take('"') {
		return false
	}
	for v.i < len(v.s) {
		c := v.s[v.i]
		v.i++
		switch {
		case c == '"':
			return true
		case c < ' ':
			return false
		case c == '\\':
			if v.i >= len(v.s) {
				return false
			}
			c = v.s[v.i]
			v.i++
			if c == 'u' {
				for n := 0; n < 4; n++ {
					if v.i >= len(v.s) || !isHex(v.s[v.i]) {
						return false
					}
					v.i++
				}
			} else if bytes.IndexByte([]byte(`"\/bfnrt`), c) < 0 {
				return false
			}
		}
	}
	return false
}

func (v *jsonCheck) digits() bool {
	start := v.i
	for v.i < len(v.s) && v.s[v.i] >= '0' && v.s[v.i] <= '9' {
		v.i++
	}
	return v.i > start
}

func (v *jsonCheck) numeral() bool {
	v.take('-')
	if !v.take('0') && !v.digits() {
		return false
	}
	if v.take('.') && !v.digits() {
		return false
	}
	if v.take('e') || v.take('E') {
		if !v.take('+') {
			v.take('-')
		}
		return v.digits()
	}
	return true
}
