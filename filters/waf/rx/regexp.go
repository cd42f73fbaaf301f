// Package rx matches the regular expressions of WAF rules.
//
// Expressions mean what they mean to Coraza's @rx: RE2 syntax with (?sm) in front. One whose escapes spell bytes that are
// not UTF-8 is read byte by byte instead, without (?sm).
package rx

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Regexp is a compiled expression. It is safe for concurrent use.
type Regexp struct {
	source string
	binary bool
	whole  bool // group 0 is the whole value, whatever the value is
	std    *regexp.Regexp
	tree   *syntax.Regexp
	prog   *syntax.Prog
	auto   *automaton // nil when the expression is better left to std
}

// Compile reads an expression. Its states take their memory from the budget.
func Compile(source string, budget *Budget) (*Regexp, error) {
	r := &Regexp{source: source, binary: spellsBytes(source)}
	text := source
	if !r.binary {
		text = "(?sm)" + source
	}
	var err error
	if r.std, err = regexp.Compile(text); err != nil {
		return nil, fmt.Errorf("expression: %w", err)
	}
	r.whole = source == "^.*$"
	if r.tree, err = syntax.Parse(text, syntax.Perl); err != nil {
		return nil, fmt.Errorf("expression: %w", err)
	}
	if r.prog, err = syntax.Compile(r.tree.Simplify()); err != nil {
		return nil, fmt.Errorf("expression: %w", err)
	}
	r.auto = newAutomaton(r.prog, r.binary, budget)
	return r, nil
}

// MatchesAll reports whether the expression is known to match every text.
func (r *Regexp) MatchesAll() bool { return r.whole }

// Binary reports whether the expression is read byte by byte.
func (r *Regexp) Binary() bool { return r.binary }

// String returns the expression as it was written.
func (r *Regexp) String() string { return r.source }

// Any returns an expression that matches where one of several does. It has no groups. ok is false when they cannot be
// looked for together.
func Any(list []*Regexp, budget *Budget) (union *Gate, ok bool) {
	tree := &syntax.Regexp{Op: syntax.OpAlternate}
	for _, r := range list {
		if r.binary || r.auto == nil {
			return nil, false
		}
		tree.Sub = append(tree.Sub, r.tree)
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, false
	}
	g := &Gate{auto: newAutomaton(prog, false, budget)}
	return g, g.auto != nil
}

// A Gate tells texts that several expressions together do not match.
type Gate struct{ auto *automaton }

// Closed reports whether none of the expressions matches in b for sure.
func (g *Gate) Closed(b []byte) bool {
	match, ok := g.auto.match(b)
	return ok && !match
}

// Match reports whether the expression matches anywhere in b.
func (r *Regexp) Match(b []byte) bool {
	if r.whole {
		return true
	}
	if r.auto != nil {
		if match, ok := r.auto.match(b); ok {
			return match
		}
	}
	return r.slow(b)
}

// slow is Match by package regexp.
func (r *Regexp) slow(b []byte) bool {
	if r.binary {
		return r.std.Match(widen(b))
	}
	return r.std.Match(b)
}

// Groups appends the bounds of the groups of the leftmost match to dst, a pair for each group, -1 for one that took no part.
// It returns dst without change where there is no match. For a very long text it allocates.
func (r *Regexp) Groups(dst []int, b []byte) []int {
	if r.whole {
		return append(dst, 0, len(b))
	}
	if out, ok := backtrack(r.prog, r.binary, dst, b); ok {
		return out
	}
	return r.slowGroups(dst, b)
}

// slowGroups is Groups by package regexp.
func (r *Regexp) slowGroups(dst []int, b []byte) []int {
	if !r.binary {
		return append(dst, r.std.FindSubmatchIndex(b)...)
	}
	for _, i := range r.std.FindSubmatchIndex(widen(b)) {
		if i >= 0 {
			i = narrowIndex(b, i)
		}
		dst = append(dst, i)
	}
	return dst
}

// widen returns b with each byte as a character of its own.
func widen(b []byte) []byte {
	w := make([]byte, 0, len(b)+len(b)/8)
	for _, c := range b {
		w = utf8.AppendRune(w, rune(c))
	}
	return w
}

// narrowIndex maps an index of widen(b) back to b.
func narrowIndex(b []byte, wide int) int {
	i := 0
	for ; i < len(b) && wide > 0; i++ {
		wide--
		if b[i] >= utf8.RuneSelf {
			wide--
		}
	}
	return i
}

// spellsBytes reports whether the escapes \xNN and \x{NN} of an expression, written out as bytes amid the rest of its text,
// make a text that is not UTF-8.
func spellsBytes(source string) bool {
	expr := "(?sm)" + source
	out := make([]byte, 0, len(expr))
	for i := 0; i < len(expr); i++ {
		if expr[i] != '\\' {
			out = append(out, expr[i])
			continue
		}
		if i+3 >= len(expr) {
			out = append(out, expr[i:]...)
			break
		}
		digits, size := expr[i+2:i+4], 4
		if expr[i+2] == '{' {
			if end := strings.IndexByte(expr[i:], '}'); end >= 0 && len(expr)-i >= 6 {
				digits, size = expr[i+3:i+end], end+1
			}
		}
		if expr[i+1] != 'x' || len(digits) < 2 {
			out = append(out, '\\')
			continue
		}
		b, err := strconv.ParseUint(digits[:2], 16, 8)
		if err != nil {
			out = append(out, '\\')
			continue
		}
		out = append(out, byte(b))
		i += size - 1
	}
	return !utf8.Valid(out)
}
