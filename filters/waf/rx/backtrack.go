package rx

import (
	"regexp/syntax"
	"sync"
	"unicode/utf8"
)

// backtracker finds the groups of the leftmost match, with the preferences of Perl that package regexp has too. It remembers
// which places of the program have failed at which places of the text, so its time is bounded by the product of the two.
type backtracker struct {
	prog    *syntax.Prog
	text    []byte
	binary  bool
	visited []uint64
	jobs    []job
	groups  []int
}

// job is a place to go on from; or, if restore is set, a group's bound to set back.
type job struct {
	pc      uint32
	restore bool
	at      int
}

// maxVisited bounds the memory of a search, in bits.
const maxVisited = 16 << 20

var backtrackers = sync.Pool{New: func() any { return new(backtracker) }}

// backtrack appends the groups of the leftmost match to dst. ok is false when the text is too long for this.
func backtrack(prog *syntax.Prog, binary bool, dst []int, text []byte) (out []int, ok bool) {
	bits := len(prog.Inst) * (len(text) + 1)
	if bits > maxVisited {
		return dst, false
	}
	b := backtrackers.Get().(*backtracker)
	defer backtrackers.Put(b)
	b.prog, b.binary, b.text = prog, binary, text
	words := (bits + 63) / 64
	if cap(b.visited) < words {
		b.visited = make([]uint64, words)
	}
	b.visited = b.visited[:words]
	clear(b.visited)
	if cap(b.groups) < prog.NumCap {
		b.groups = make([]int, prog.NumCap)
	}
	b.groups = b.groups[:prog.NumCap]
	for i := range b.groups {
		b.groups[i] = -1
	}
	for at := 0; at <= len(text); {
		b.groups[0] = at
		if b.from(at) {
			out = append(dst, b.groups...)
			b.text = nil
			return out, true
		}
		_, size := b.character(at)
		at += max(size, 1)
	}
	b.text = nil
	return dst, true
}

// character returns the character at a place of the text, -1 at its end.
func (b *backtracker) character(at int) (r rune, size int) {
	if at >= len(b.text) {
		return -1, 0
	}
	if c := b.text[at]; c < utf8.RuneSelf || b.binary {
		return rune(c), 1
	}
	return utf8.DecodeRune(b.text[at:])
}

// characterBefore is the character that ends at a place of the text, -1 at its beginning.
func (b *backtracker) characterBefore(at int) rune {
	if at == 0 {
		return -1
	}
	if c := b.text[at-1]; c < utf8.RuneSelf || b.binary {
		return rune(c)
	}
	r, _ := utf8.DecodeLastRune(b.text[:at])
	return r
}

// first marks a place of the program at a place of the text and reports whether it is new.
func (b *backtracker) first(pc uint32, at int) bool {
	n := int(pc)*(len(b.text)+1) + at
	if b.visited[n>>6]>>(n&63)&1 != 0 {
		return false
	}
	b.visited[n>>6] |= 1 << (n & 63)
	return true
}

// from looks for a match that begins at a place of the text.
func (b *backtracker) from(at int) bool {
	b.jobs = append(b.jobs[:0], job{pc: uint32(b.prog.Start), at: at})
	for len(b.jobs) > 0 {
		j := b.jobs[len(b.jobs)-1]
		b.jobs = b.jobs[:len(b.jobs)-1]
		if j.restore {
			b.groups[j.pc] = j.at
			continue
		}
		if b.run(j.pc, j.at) {
			return true
		}
	}
	return false
}

// run follows the program from a place until it fails or matches. Alternatives become jobs.
func (b *backtracker) run(pc uint32, at int) bool {
	for b.first(pc, at) {
		in := &b.prog.Inst[pc]
		switch in.Op {
		case syntax.InstMatch:
			b.groups[1] = at
			return true
		case syntax.InstFail:
			return false
		case syntax.InstAlt, syntax.InstAltMatch:
			b.jobs = append(b.jobs, job{pc: in.Arg, at: at})
		case syntax.InstCapture:
			if int(in.Arg) < len(b.groups) {
				b.jobs = append(b.jobs, job{pc: in.Arg, restore: true, at: b.groups[in.Arg]})
				b.groups[in.Arg] = at
			}
		case syntax.InstEmptyWidth:
			r, _ := b.character(at)
			if syntax.EmptyOp(in.Arg)&^syntax.EmptyOpContext(b.characterBefore(at), r) != 0 {
				return false
			}
		case syntax.InstNop:
		default:
			r, size := b.character(at)
			if size == 0 || !in.MatchRune(r) {
				return false
			}
			at += size
		}
		pc = in.Out
	}
	return false
}
