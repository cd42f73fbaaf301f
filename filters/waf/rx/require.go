package rx

import (
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ByteSet is a set of bytes.
type ByteSet [4]uint64

// Has reports whether b is in the set.
func (s *ByteSet) Has(b byte) bool { return s[b>>6]>>(b&63)&1 != 0 }

// Add puts b into the set, in both cases if it is an ASCII letter.
func (s *ByteSet) Add(b byte) {
	s[b>>6] |= 1 << (b & 63)
	if c := b | 0x20; c >= 'a' && c <= 'z' {
		s[c>>6] |= 1 << (c & 63)
		c -= 0x20
		s[c>>6] |= 1 << (c & 63)
	}
}

func (s *ByteSet) union(t *ByteSet) {
	for i := range s {
		s[i] |= t[i]
	}
}

// Required is what every text that an expression matches contains. It is the base of a prefilter, so it errs on one side
// only: a text without it cannot match.
//
// It is said for texts in which no character outside ASCII folds to an ASCII letter: U+017F (long s) and U+212A (the Kelvin
// sign) do, for (?i). A text with one of these has to be tried.
type Required struct {
	// Literals, if any: at least one of them occurs, in any case of ASCII letters. They are in lower case.
	Literals []string
	// Bytes: of each set at least one member occurs. The sets are closed under case.
	Bytes []ByteSet
}

// Required computes what every match contains.
func (r *Regexp) Required() Required {
	w := requirer{binary: r.binary}
	info := w.node(r.tree)
	q := Required{Literals: info.any}
	if lits := usable(info.exact); lits != nil && better(lits, q.Literals) {
		q.Literals = lits
	}
	for _, s := range info.bytes {
		if rarity(&s) < maxCommon {
			q.Bytes = append(q.Bytes, s)
		}
	}
	return q
}

// Limits of the sets of literals. A longer literal is cut: its beginning is required too.
const (
	maxExact   = 48
	maxAny     = 4000
	maxLiteral = 12
	maxNeeds   = 4
)

// required is what is known about a part of an expression.
type required struct {
	exact []string  // it matches exactly one of these (up to case), nil when not known
	any   []string  // each match contains one of these, nil when not known
	bytes []ByteSet // each match contains a byte of each set
}

type requirer struct{ binary bool }

func (w *requirer) node(re *syntax.Regexp) required {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return required{exact: []string{""}}
	case syntax.OpLiteral:
		return w.literal(re)
	case syntax.OpCharClass:
		return w.class(re)
	case syntax.OpCapture:
		return w.node(re.Sub[0])
	case syntax.OpConcat:
		return w.concat(re.Sub)
	case syntax.OpAlternate:
		return w.alternate(re.Sub)
	case syntax.OpQuest:
		info := w.node(re.Sub[0])
		if info.exact != nil && len(info.exact) < maxExact {
			return required{exact: append([]string{""}, info.exact...)}
		}
		return required{}
	case syntax.OpPlus:
		return atLeastOnce(w.node(re.Sub[0]))
	case syntax.OpRepeat:
		if re.Min >= 1 {
			return atLeastOnce(w.node(re.Sub[0]))
		}
	}
	return required{} // of a star, of any character, of no match
}

// atLeastOnce returns what is known of a repetition.
func atLeastOnce(info required) required {
	if lits := usable(info.exact); better(lits, info.any) {
		info.any = lits
	}
	info.exact = nil
	return info
}

func (w *requirer) literal(re *syntax.Regexp) (info required) {
	var b strings.Builder
	for _, r := range re.Rune {
		var s ByteSet
		w.addRange(&s, r, r)
		if re.Flags&syntax.FoldCase != 0 {
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				w.addRange(&s, f, f)
			}
		}
		info.bytes = append(info.bytes, s)
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(unicode.ToLower(r))
		case re.Flags&syntax.FoldCase == 0 && w.binary && r < 256:
			b.WriteByte(byte(r))
		case re.Flags&syntax.FoldCase == 0 && !w.binary && r != utf8.RuneError:
			b.WriteRune(r)
		default:
			// A character of several forms: what stands before it is required, what follows is not looked at.
			info.any = usable([]string{b.String()})
			info.bytes = rarest(info.bytes)
			return info
		}
	}
	info.exact = []string{b.String()}
	info.bytes = rarest(info.bytes)
	return info
}

func (w *requirer) class(re *syntax.Regexp) (info required) {
	var s ByteSet
	for i := 0; i+1 < len(re.Rune); i += 2 {
		w.addRange(&s, re.Rune[i], re.Rune[i+1])
	}
	info.bytes = []ByteSet{s}
	exact := []string{}
	for b := 0; b < utf8.RuneSelf; b++ {
		if s.Has(byte(b)) && (b < 'A' || b > 'Z') {
			exact = append(exact, string(rune(b)))
		}
	}
	if ascii := len(re.Rune) == 0 || onlyASCIIOrFolds(re.Rune); ascii && len(exact) > 0 && len(exact) <= 8 {
		info.exact = exact
	}
	return info
}

// onlyASCIIOrFolds reports whether ranges hold nothing above ASCII but U+017F and U+212A, which Required excludes.
func onlyASCIIOrFolds(ranges []rune) bool {
	for i := 0; i+1 < len(ranges); i += 2 {
		lo, hi := ranges[i], ranges[i+1]
		if hi >= utf8.RuneSelf && (lo != hi || lo != 0x17f && lo != 0x212a) {
			return false
		}
	}
	return true
}

// addRange adds the bytes that a character of a range has in a text. All characters above ASCII count as all bytes above
// ASCII.
func (w *requirer) addRange(s *ByteSet, lo, hi rune) {
	for r := lo; r <= hi && r < utf8.RuneSelf; r++ {
		s.Add(byte(r))
	}
	if hi < utf8.RuneSelf {
		return
	}
	if w.binary {
		for r := max(lo, utf8.RuneSelf); r <= min(hi, 255); r++ {
			s.Add(byte(r))
		}
		return
	}
	s[2], s[3] = ^uint64(0), ^uint64(0)
}

func (w *requirer) concat(subs []*syntax.Regexp) (info required) {
	run := []string{""} // what the parts since the last unknown one match, exactly
	exact := true
	flush := func() {
		if lits := usable(run); better(lits, info.any) {
			info.any = lits
		}
	}
	for _, sub := range subs {
		i := w.node(sub)
		info.bytes = append(info.bytes, i.bytes...)
		if better(i.any, info.any) {
			info.any = i.any
		}
		if i.exact == nil {
			flush()
			run, exact = []string{""}, false
			continue
		}
		if product := cross(run, i.exact); product != nil {
			run = product
			continue
		}
		flush()
		run, exact = i.exact, false
	}
	info.bytes = rarest(info.bytes)
	if exact {
		info.exact = run
	}
	flush()
	return info
}

// cross returns each of a followed by each of b, or nil when that would be too many or too long.
func cross(a, b []string) []string {
	if len(a)*len(b) > maxExact {
		return nil
	}
	out := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			if len(x)+len(y) > 4*maxLiteral {
				return nil
			}
			out = append(out, x+y)
		}
	}
	return out
}

func (w *requirer) alternate(subs []*syntax.Regexp) (info required) {
	exact, anyOf := []string{}, []string{}
	var bytes []ByteSet
	for n, sub := range subs {
		i := w.node(sub)
		if i.exact == nil || exact == nil || len(exact)+len(i.exact) > maxAny {
			exact = nil
		} else {
			exact = append(exact, i.exact...)
		}
		lits := usable(i.exact)
		if better(i.any, lits) {
			lits = i.any
		}
		if lits == nil || anyOf == nil || len(anyOf)+len(lits) > maxAny {
			anyOf = nil
		} else {
			anyOf = append(anyOf, lits...)
		}
		if n == 0 {
			bytes = i.bytes
		} else {
			bytes = eitherBytes(bytes, i.bytes)
		}
	}
	info.exact, info.any, info.bytes = exact, anyOf, bytes
	return info
}

// eitherBytes returns what is required when one or the other list is.
func eitherBytes(a, b []ByteSet) (out []ByteSet) {
	for i := range a {
		for j := range b {
			s := a[i]
			s.union(&b[j])
			out = append(out, s)
		}
	}
	return rarest(out)
}

// usable returns literals cut to their limit, or nil when one of them is too short to be worth looking for.
func usable(exact []string) []string {
	if len(exact) == 0 || len(exact) > maxAny {
		return nil
	}
	out := make([]string, 0, len(exact))
	seen := map[string]bool{}
	for _, s := range exact {
		if len(s) < 2 {
			return nil
		}
		s = s[:min(len(s), maxLiteral)]
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// better reports whether looking for one of a is more worth it than looking for one of b.
func better(a, b []string) bool {
	if a == nil || b == nil {
		return a != nil
	}
	return commonness(a) < commonness(b)
}

// commonness estimates how often one of the literals occurs in a harmless text: mostly a matter of the shortest ones.
func commonness(lits []string) float64 {
	sum := 0.0
	for _, l := range lits {
		p := 1.0
		for i := 0; i < len(l); i++ {
			p *= 2 * weight(l[i]) / 26
		}
		sum += p
	}
	return sum
}

// maxCommon is the rarity from which on a set of bytes is in nearly every text.
const maxCommon = 12

// rarest returns the few rarest sets of a list.
func rarest(list []ByteSet) []ByteSet {
	var out []ByteSet
	for i := range list {
		at := len(out)
		duplicate := false
		for at > 0 && rarity(&out[at-1]) >= rarity(&list[i]) {
			at--
			duplicate = duplicate || out[at] == list[i]
		}
		if duplicate {
			continue
		}
		out = append(out, ByteSet{})
		copy(out[at+1:], out[at:])
		out[at] = list[i]
		out = out[:min(len(out), maxNeeds)]
	}
	return out
}

// rarity estimates how common the members of a set are: the sum of their weights.
func rarity(s *ByteSet) float64 {
	sum := 0.0
	for b := 0; b < 256; b++ {
		if s.Has(byte(b)) {
			sum += weight(byte(b))
		}
	}
	return sum
}

// Selectivity says how much is gained by asking for a member of a set: from 0 for a set with a member in nearly every text.
func Selectivity(s *ByteSet) float64 { return max(0, maxCommon-rarity(s)) }

// weight is roughly how often a byte occurs in the values that a gateway sees: an average letter is 1.
func weight(b byte) float64 {
	switch {
	case b >= 'a' && b <= 'z':
		return 1
	case b >= 'A' && b <= 'Z':
		return 0 // counted with its small letter
	case b >= '0' && b <= '9':
		return 0.6
	case b == ' ', b == '/', b == '.', b == '-', b == '_':
		return 1
	case b == ':', b == ',', b == '=', b == '&', b == '+', b == '%':
		return 0.4
	case b >= 0x80:
		return 0.005
	}
	return 0.1
}
