package rx

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// automaton is a deterministic automaton for the question "does it match anywhere?". Its states are made when they are
// first needed, and all goroutines share them: a transition is one atomic pointer, and only a missing one takes the lock.
//
// It reads characters, not bytes, so that bytes which are not UTF-8 mean what they mean to package regexp (one U+FFFD each).
// ASCII, nearly all there is, is looked up directly.
type automaton struct {
	prog     *syntax.Prog
	classes  *classes
	anchored bool // matches begin at the beginning of the text only
	words    bool // \b or \B occur: states remember whether a word character came before
	lines    bool // (?m)^ occurs: states remember whether a line feed came before
	budget   *Budget

	start atomic.Pointer[state]

	mu     sync.Mutex
	states map[string]*state
	fresh  map[uint16]*step // by conditions and class: what a match that begins here comes to
	size   int              // bytes of states, roughly
	sets   [2]pcSet
	stack  []uint32
	key    []byte
}

// state is a set of places in the program, and what came before.
type state struct {
	next  [near]atomic.Pointer[state] // by class; the class after the last one is the end of the text
	far   []atomic.Pointer[state]     // the classes from near on
	pcs   []uint32
	prev  before
	final bool // no need to read on
	match bool // the answer, if final
}

// near is how many classes a state keeps within itself, so that following them is one load. Most programs have fewer.
const near = 64

// to returns the transition for a class.
func (s *state) to(class uint8) *atomic.Pointer[state] {
	if class < near {
		return &s.next[class]
	}
	return &s.far[class-near]
}

// step is where a character leads: the places behind it, or a match before it.
type step struct {
	pcs   []uint32
	match bool
}

// before is what a state remembers of the character before it.
type before uint8

const (
	atBegin before = 1 << iota
	afterLine
	afterWord
)

// matched and dead are the states in which the answer is known.
var (
	matched = &state{final: true, match: true}
	dead    = &state{final: true}
)

// Limits of an automaton's memory. One that outgrows its part while the budget is used up, or that is very large by itself,
// forgets its states and starts again.
const (
	fairSize    = 64 << 10
	largeSize   = 2 << 20
	maxRestarts = 4 // within one text; then package regexp finishes the job
)

// Budget bounds the memory of the automata that share it.
type Budget struct {
	limit int64
	used  atomic.Int64
}

// NewBudget returns a budget of so many bytes.
func NewBudget(limit int64) *Budget { return &Budget{limit: limit} }

// newAutomaton returns nil for a program that is better left to package regexp.
func newAutomaton(prog *syntax.Prog, binaryText bool, budget *Budget) *automaton {
	c := newClasses(prog, binaryText)
	if c == nil {
		return nil
	}
	a := &automaton{prog: prog, classes: c, budget: budget, states: map[string]*state{}, fresh: map[uint16]*step{}}
	a.anchored = prog.StartCond()&syntax.EmptyBeginText != 0
	for i := range prog.Inst {
		if in := &prog.Inst[i]; in.Op == syntax.InstEmptyWidth {
			op := syntax.EmptyOp(in.Arg)
			a.words = a.words || op&(syntax.EmptyWordBoundary|syntax.EmptyNoWordBoundary) != 0
			a.lines = a.lines || op&syntax.EmptyBeginLine != 0
		}
	}
	for i := range a.sets {
		a.sets[i].init(len(prog.Inst))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.restart()
	return a
}

// match reports whether the program matches anywhere in b. ok is false when the states would not stay within their bounds.
func (a *automaton) match(b []byte) (match, ok bool) {
	s := a.start.Load()
	restarts := 0
	table := &a.classes.direct
	for i := 0; i < len(b); {
		c := b[i]
		class := table[c]
		i++
		if c >= utf8.RuneSelf && !a.classes.binary {
			r, size := utf8.DecodeRune(b[i-1:])
			class = a.classes.of(r)
			i += size - 1
		}
		n := s.to(class).Load()
		if n == nil {
			if n = a.step(s, class, &restarts); n == nil {
				return false, false
			}
		}
		s = n
		if s.final {
			return s.match, true
		}
	}
	n := s.to(a.classes.end()).Load()
	if n == nil {
		if n = a.step(s, a.classes.end(), &restarts); n == nil {
			return false, false
		}
	}
	return n.match, true
}

// step makes a missing transition. It returns nil when the text has made the automaton start again too often.
func (a *automaton) step(s *state, class uint8, restarts *int) *state {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n := s.to(class).Load(); n != nil {
		return n
	}
	if a.size > largeSize || a.size > fairSize && a.budget.used.Load() > a.budget.limit {
		if *restarts++; *restarts > maxRestarts {
			return nil
		}
		a.restart()
	}
	n := a.successor(s, class)
	s.to(class).Store(n)
	return n
}

// restart forgets all states. Texts that are being read go on with the old ones.
func (a *automaton) restart() {
	clear(a.states)
	a.budget.used.Add(-int64(a.size))
	a.size = 0
	a.sets[1].clear()
	a.start.Store(a.intern(&a.sets[1], atBegin))
}

// successor computes the state after s and a character of a class, or the end of the text. A state holds the places of
// matches that have begun; one that begins with the character is added here.
func (a *automaton) successor(s *state, class uint8) *state {
	end := class == a.classes.end()
	r := rune(-1)
	if !end {
		r = a.classes.sample[class]
	}
	cond := emptyOps(s.prev, r)
	next := &a.sets[1]
	next.clear()
	if !a.anchored || s.prev&atBegin != 0 {
		f := a.begin(cond, class, r)
		if f.match {
			return matched
		}
		for _, pc := range f.pcs {
			next.add(pc)
		}
	}
	if a.follow(next, s.pcs, cond, r) {
		return matched
	}
	if end || a.anchored && len(next.list) == 0 {
		return dead
	}
	var prev before
	if a.lines && r == '\n' {
		prev |= afterLine
	}
	if a.words && syntax.IsWordChar(r) {
		prev |= afterWord
	}
	return a.intern(next, prev)
}

// begin returns where a match that begins with a character of a class leads. It is the same in every state, and costs the
// most, so it is computed once.
func (a *automaton) begin(cond syntax.EmptyOp, class uint8, r rune) *step {
	key := uint16(cond)<<8 | uint16(class)
	f := a.fresh[key]
	if f == nil {
		var out pcSet
		out.init(len(a.prog.Inst))
		out.clear()
		f = &step{match: a.follow(&out, []uint32{uint32(a.prog.Start)}, cond, r)}
		f.pcs = out.list
		a.fresh[key] = f
	}
	return f
}

// follow adds to next the places behind the character r, -1 for the end of the text, from some places. It reports whether a
// match was reached before the character.
func (a *automaton) follow(next *pcSet, from []uint32, cond syntax.EmptyOp, r rune) (match bool) {
	reached := &a.sets[0]
	reached.clear()
	a.stack = append(a.stack[:0], from...)
	for len(a.stack) > 0 {
		pc := a.stack[len(a.stack)-1]
		a.stack = a.stack[:len(a.stack)-1]
		if reached.has(pc) {
			continue
		}
		reached.add(pc)
		switch in := &a.prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			a.stack = append(a.stack, in.Arg, in.Out)
		case syntax.InstCapture, syntax.InstNop:
			a.stack = append(a.stack, in.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^cond == 0 {
				a.stack = append(a.stack, in.Out)
			}
		case syntax.InstMatch:
			return true
		case syntax.InstFail:
		default:
			if r >= 0 && in.MatchRune(r) {
				next.add(in.Out)
			}
		}
	}
	return false
}

func readsRune(op syntax.InstOp) bool {
	switch op {
	case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		return true
	}
	return false
}

// emptyOps returns the conditions that hold between what came before and the character r, -1 at the end of the text.
func emptyOps(prev before, r rune) syntax.EmptyOp {
	var op syntax.EmptyOp
	if prev&atBegin != 0 {
		op |= syntax.EmptyBeginText | syntax.EmptyBeginLine
	}
	if prev&afterLine != 0 {
		op |= syntax.EmptyBeginLine
	}
	if r < 0 {
		op |= syntax.EmptyEndText | syntax.EmptyEndLine
	}
	if r == '\n' {
		op |= syntax.EmptyEndLine
	}
	if (prev&afterWord != 0) != (r >= 0 && syntax.IsWordChar(r)) {
		return op | syntax.EmptyWordBoundary
	}
	return op | syntax.EmptyNoWordBoundary
}

// intern returns the one state for a set of places.
func (a *automaton) intern(set *pcSet, prev before) *state {
	slices.Sort(set.list)
	a.key = append(a.key[:0], byte(prev))
	for _, pc := range set.list {
		a.key = binary.LittleEndian.AppendUint32(a.key, pc)
	}
	if s := a.states[string(a.key)]; s != nil {
		return s
	}
	s := &state{pcs: slices.Clone(set.list), prev: prev}
	if n := int(a.classes.end()) + 1; n > near {
		s.far = make([]atomic.Pointer[state], n-near)
	}
	a.states[string(a.key)] = s
	size := 8*(near+len(s.far)) + 8*len(s.pcs) + 160
	a.size += size
	a.budget.used.Add(int64(size))
	return s
}

// pcSet is a sparse set of places in the program.
type pcSet struct {
	list   []uint32
	member []uint32 // pc -> generation in which it was added
	now    uint32
}

func (s *pcSet) init(n int)         { s.member = make([]uint32, n) }
func (s *pcSet) has(pc uint32) bool { return s.member[pc] == s.now }

func (s *pcSet) clear() {
	s.list = s.list[:0]
	if s.now++; s.now == 0 {
		clear(s.member)
		s.now = 1
	}
}

func (s *pcSet) add(pc uint32) {
	if !s.has(pc) {
		s.member[pc] = s.now
		s.list = append(s.list, pc)
	}
}
