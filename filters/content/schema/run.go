package schema

import (
	"unicode/utf8"

	"sallyport/internal/tape"
)

// run is the validation of one text. It is pooled.
type run struct {
	document tape.Document
	marks    []uint64 // a stack of sets; see marks
	work     int      // rules that may still be asked
	depth    int      // rules that are being asked
	gaveUp   bool
}

const (
	// workPerValue bounds how often rules are asked: schemas that refer to themselves in several branches can ask
	// exponentially often, and the client chooses how deep. Most schemas ask less than twice for each value.
	workPerValue = 64
	workAtLeast  = 100_000
	maxRules     = 2000 // nested; a schema that refers to itself in place never ends
)

// marks is a set of members or elements of one value: those that some rule has evaluated, which is all that
// unevaluatedProperties and unevaluatedItems need to know. It is a part of run.marks.
type marks struct{ from, words int }

// unmarked is for rules of which nobody asks what they evaluated.
var unmarked = marks{-1, 0}

func (m marks) wanted() bool { return m.from >= 0 }

func (r *run) push(size int) marks {
	m := marks{len(r.marks), (size + 63) / 64}
	for range m.words {
		r.marks = append(r.marks, 0)
	}
	return m
}

func (r *run) pop(m marks) { r.marks = r.marks[:m.from] }

func (r *run) mark(m marks, i int) {
	if m.wanted() {
		r.marks[m.from+i/64] |= 1 << (i % 64)
	}
}

func (r *run) marked(m marks, i int) bool { return r.marks[m.from+i/64]>>(i%64)&1 != 0 }

// same asks a rule about the same value and takes over its marks when it holds: what a failed branch has seen counts for
// nothing.
func (r *run) same(s *rule, v int, m marks) bool {
	if !m.wanted() {
		return r.valid(s, v, unmarked)
	}
	own := r.push(r.document.Len(v))
	ok := r.valid(s, v, own)
	if ok {
		for i := range own.words {
			r.marks[m.from+i] |= r.marks[own.from+i]
		}
	}
	r.pop(own)
	return ok
}

// other asks a rule about another value.
func (r *run) other(s *rule, v int) bool { return s == nil || r.valid(s, v, unmarked) }

// valid reports whether a value satisfies a rule. m is empty when it is wanted.
func (r *run) valid(s *rule, v int, m marks) bool {
	if r.work--; r.work < 0 || r.depth == maxRules {
		r.gaveUp = true
	}
	if r.gaveUp || s.never {
		return false
	}
	r.depth++
	ok := r.holds(s, v, m)
	r.depth--
	return ok
}

func (r *run) holds(s *rule, v int, m marks) bool {
	d := &r.document
	kind := d.Kind(v)
	if !s.kinds.has(kind) || kind == tape.Number && s.integers && !tape.ParseDecimal(d.Text(v)).Integer() {
		return false
	}
	for i := range s.enums {
		if !r.isOneOf(v, &s.enums[i]) {
			return false
		}
	}
	if !m.wanted() && (s.otherMembers != nil && kind == tape.Object || s.otherItems != nil && kind == tape.Array) {
		m = r.push(d.Len(v))
		defer r.pop(m)
	}
	switch kind {
	case tape.Number:
		if s.number != nil && !r.numberHolds(s.number, v) {
			return false
		}
	case tape.String:
		if s.text != nil && !r.textHolds(s.text, v) || !r.formatsHold(s.formats, v) {
			return false
		}
	case tape.Array:
		if s.array != nil && !r.arrayHolds(s.array, v, m) {
			return false
		}
	case tape.Object:
		if s.object != nil && !r.objectHolds(s.object, v, m) {
			return false
		}
	}
	return r.combined(s, v, m) && r.rest(s, v, m)
}

func (r *run) isOneOf(v int, c *constants) bool {
	for _, e := range c.documents {
		if tape.Equal(&r.document, v, e, 0) {
			return true
		}
	}
	return false
}

func (r *run) numberHolds(s *numberRule, v int) bool {
	n := tape.ParseDecimal(r.document.Text(v))
	for i := range s.bounds {
		b := &s.bounds[i]
		if c := n.Compare(b.value) * b.side; c > 0 || c == 0 && b.exclusive {
			return false
		}
	}
	return s.multiple == nil || n.MultipleOf(s.multiple.units, s.multiple.count, s.multiple.exponent)
}

func (r *run) textHolds(s *textRule, v int) bool {
	text := r.document.Text(v)
	if s.least > 0 || s.most >= 0 {
		if n := utf8.RuneCount(text); n < s.least || s.most >= 0 && n > s.most {
			return false
		}
	}
	return s.expression == nil || s.expression.Match(text)
}

// formatsHold checks formats where the schema's dialect asserts them; 2020-12 does not. It allocates: the library's
// checks take strings.
func (r *run) formatsHold(formats []func(any) error, v int) bool {
	for _, check := range formats {
		if check(string(r.document.Text(v))) != nil {
			return false
		}
	}
	return true
}

// combined asks the rules about the same value.
func (r *run) combined(s *rule, v int, m marks) bool {
	for _, sub := range s.all {
		if !r.same(sub, v, m) {
			return false
		}
	}
	if s.any != nil && !r.anyHolds(s.any, v, m) || s.one != nil && !r.oneHolds(s.one, v, m) {
		return false
	}
	if s.not != nil && r.valid(s.not, v, unmarked) {
		return false
	}
	if s.condition == nil {
		return true
	}
	branch := s.orElse
	if r.same(s.condition, v, m) {
		branch = s.then
	}
	return branch == nil || r.same(branch, v, m)
}

// anyHolds asks all of them when their marks are wanted.
func (r *run) anyHolds(list []*rule, v int, m marks) bool {
	found := false
	for _, sub := range list {
		if r.same(sub, v, m) {
			if found = true; !m.wanted() {
				break
			}
		}
	}
	return found
}

func (r *run) oneHolds(list []*rule, v int, m marks) bool {
	found := 0
	for _, sub := range list {
		if r.same(sub, v, m) {
			if found++; found > 1 {
				return false
			}
		}
	}
	return found == 1
}

// rest asks the rules about what no other rule has evaluated.
func (r *run) rest(s *rule, v int, m marks) bool {
	d := &r.document
	i := v + 1
	switch {
	case s.otherItems != nil && d.Kind(v) == tape.Array:
		for n := range d.Len(v) {
			if !r.marked(m, n) && !r.other(s.otherItems, i) {
				return false
			}
			r.mark(m, n)
			i = d.Next(i)
		}
	case s.otherMembers != nil && d.Kind(v) == tape.Object:
		for n := range d.Len(v) {
			if !r.marked(m, n) && !r.other(s.otherMembers, i+1) {
				return false
			}
			r.mark(m, n)
			i = d.Next(i + 1)
		}
	}
	return true
}
