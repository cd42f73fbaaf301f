package rx

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// classes divides all characters into those that a program cannot tell apart.
type classes struct {
	binary bool
	direct [256]uint8 // class of an ASCII character; in binary programs of every byte
	bounds []rune     // beginnings of the ranges above ASCII, ascending
	above  []uint8    // their classes
	sample []rune     // one character of each class
}

// maxClasses is how many classes fit into a byte, with one left for the end of the text.
const maxClasses = 250

// end is the class of the end of the text.
func (c *classes) end() uint8 { return uint8(len(c.sample)) }

// of returns the class of a character above ASCII.
func (c *classes) of(r rune) uint8 {
	lo, hi := 0, len(c.bounds)
	for hi-lo > 1 {
		mid := int(uint(lo+hi) >> 1)
		if c.bounds[mid] <= r {
			lo = mid
		} else {
			hi = mid
		}
	}
	return c.above[lo]
}

// newClasses returns nil when there are too many.
func newClasses(prog *syntax.Prog, binary bool) *classes {
	insts := distinctRunes(prog)
	bounds := boundaries(insts)
	c := &classes{binary: binary}
	seen := map[string]uint8{}
	signature := make([]byte, 0, len(insts)+2)
	limit := rune(utf8.RuneSelf)
	if binary {
		limit = 256
	}
	for i, from := range bounds {
		signature = signature[:0]
		for _, in := range insts {
			b := byte(0)
			if in.MatchRune(from) {
				b = 1
			}
			signature = append(signature, b)
		}
		word := byte(0)
		if syntax.IsWordChar(from) {
			word = 1
		}
		line := byte(0)
		if from == '\n' {
			line = 1
		}
		signature = append(signature, word, line)
		class, ok := seen[string(signature)]
		if !ok {
			if len(c.sample) == maxClasses {
				return nil
			}
			class = uint8(len(c.sample))
			seen[string(signature)] = class
			c.sample = append(c.sample, from)
		}
		to := rune(unicode.MaxRune + 1)
		if i+1 < len(bounds) {
			to = bounds[i+1]
		}
		for r := from; r < min(to, limit); r++ {
			c.direct[r] = class
		}
		if to > utf8.RuneSelf {
			c.bounds = append(c.bounds, max(from, utf8.RuneSelf))
			c.above = append(c.above, class)
		}
	}
	return c
}

// distinctRunes returns one instruction for each set of characters that the program reads.
func distinctRunes(prog *syntax.Prog) []*syntax.Inst {
	var list []*syntax.Inst
	seen := map[string]bool{}
	for i := range prog.Inst {
		in := &prog.Inst[i]
		if !readsRune(in.Op) {
			continue
		}
		key := string(in.Rune) + string(rune(in.Op)) + string(rune(in.Arg))
		if !seen[key] {
			seen[key] = true
			list = append(list, in)
		}
	}
	return list
}

// boundaries returns the beginnings of the ranges of characters that are equal for each of the instructions, for \b and for
// line ends, ascending and beginning with 0.
func boundaries(insts []*syntax.Inst) []rune {
	b := []rune{0, utf8.RuneSelf, 256, '\n', '\n' + 1, '0', '9' + 1, 'A', 'Z' + 1, '_', '_' + 1, 'a', 'z' + 1}
	for _, in := range insts {
		switch {
		case in.Op == syntax.InstRuneAny || in.Op == syntax.InstRuneAnyNotNL:
		case len(in.Rune) == 1:
			first := in.Rune[0]
			b = append(b, first, first+1)
			if syntax.Flags(in.Arg)&syntax.FoldCase != 0 {
				for r := unicode.SimpleFold(first); r != first; r = unicode.SimpleFold(r) {
					b = append(b, r, r+1)
				}
			}
		default:
			for i := 0; i+1 < len(in.Rune); i += 2 {
				b = append(b, in.Rune[i], in.Rune[i+1]+1)
			}
		}
	}
	slices.Sort(b)
	b = slices.Compact(b)
	for b[len(b)-1] > unicode.MaxRune {
		b = b[:len(b)-1]
	}
	return b
}
