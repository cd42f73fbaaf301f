package scan

// A Sieve looks at a value once and says which of many tests the value could pass.
//
// A test may require one of some literals, and bytes of some sets; it is known by a bit. Sets of bytes and kinds of bytes
// that the caller wants to know about are bits of words, collected on the same pass. It is immutable after NewSieve.
type Sieve struct {
	table   [256]entry
	classes uint32
	next    []uint32 // state*classes + class -> state*classes, with literalEnds added when a literal ends there
	output  []uint32 // state -> index in marks
	marks   []mark   // runs of words to set, each ended by last
	words   int
}

// entry is what there is to know about a byte.
type entry struct {
	bits  Bits
	class uint64 // 0 is "in no literal"
}

// literalEnds marks a transition to a state in which a literal ends.
const literalEnds = 1 << 31

// maxLiteral is how much of a literal is looked for. Its beginning tells nearly as much as all of it, in a smaller table.
const maxLiteral = 6

// Bits says which sets of bytes have a member in a value.
type Bits struct {
	Sets [2]uint64
	Kind uint64
}

// mark is a word of a set of tests, to be added to the result.
type mark struct {
	word uint16
	last bool
	bits uint64
}

// NewSieve makes a sieve. literals[i] is looked for on behalf of the tests of owners[i], a bit set of n tests. bits says for
// each byte which sets and kinds it belongs to.
func NewSieve(literals []string, owners [][]uint64, n int, bits *[256]Bits) *Sieve {
	s := &Sieve{words: (n + 63) / 64, classes: 1}
	for c := range s.table {
		s.table[c].bits = bits[c]
	}
	b := builder{s: s}
	short := make([]string, len(literals))
	for i, l := range literals {
		short[i] = lower(l[:min(len(l), maxLiteral)])
		for j := range len(short[i]) {
			if e := &s.table[short[i][j]]; e.class == 0 {
				e.class = uint64(s.classes)
				s.classes++
			}
		}
	}
	for c := 'A'; c <= 'Z'; c++ {
		s.table[c].class = s.table[c-'A'+'a'].class
	}
	b.state()
	for i, l := range short {
		b.add(l, owners[i])
	}
	b.finish()
	return s
}

// Pass reads a value and adds to found the tests one of whose literals occurs. It returns the bits of the value's bytes.
func (s *Sieve) Pass(value []byte, found []uint64) (sum Bits) {
	state := uint32(0)
	for _, c := range value {
		e := &s.table[c]
		sum.Sets[0] |= e.bits.Sets[0]
		sum.Sets[1] |= e.bits.Sets[1]
		sum.Kind |= e.bits.Kind
		state = s.next[state+uint32(e.class)]
		if state >= literalEnds {
			state -= literalEnds
			s.mark(s.output[state/s.classes], found)
		}
	}
	return sum
}

func (s *Sieve) mark(at uint32, found []uint64) {
	for ; ; at++ {
		m := &s.marks[at]
		found[m.word] |= m.bits
		if m.last {
			return
		}
	}
}

// builder makes the automaton of Aho and Corasick: a trie of the literals, then the links that turn it into an automaton
// with all transitions laid out.
type builder struct {
	s    *Sieve
	trie []uint32   // state*classes + class -> state, 0 for none
	ends [][]uint64 // by state: the tests of the literals that end there, nil for none
}

func (b *builder) state() uint32 {
	n := len(b.ends)
	b.trie = append(b.trie, make([]uint32, b.s.classes)...)
	b.ends = append(b.ends, nil)
	return uint32(n)
}

func (b *builder) add(literal string, owners []uint64) {
	at := uint32(0)
	for i := range len(literal) {
		edge := at*b.s.classes + uint32(b.s.table[literal[i]].class)
		if b.trie[edge] == 0 {
			to := b.state()
			b.trie[edge] = to
		}
		at = b.trie[edge]
	}
	b.join(at, owners)
}

// join adds tests to those of a state.
func (b *builder) join(state uint32, owners []uint64) {
	if owners == nil {
		return
	}
	if b.ends[state] == nil {
		b.ends[state] = make([]uint64, b.s.words)
	}
	for w, bits := range owners {
		b.ends[state][w] |= bits
	}
}

// finish goes through the trie breadth first: where a state has no edge, the automaton goes where it would go from the
// longest suffix of what it has read that begins a literal.
func (b *builder) finish() {
	s := b.s
	suffix := make([]uint32, len(b.ends))
	var queue []uint32
	for c := range s.classes {
		if to := b.trie[c]; to != 0 {
			queue = append(queue, to)
		}
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		b.join(at, b.ends[suffix[at]])
		for c := range s.classes {
			edge := at*s.classes + c
			other := b.trie[suffix[at]*s.classes+c]
			if to := b.trie[edge]; to != 0 {
				suffix[to] = other
				queue = append(queue, to)
			} else {
				b.trie[edge] = other
			}
		}
	}
	b.setMarks()
	s.next = b.trie
	for i, to := range s.next {
		s.next[i] = to * s.classes
		if b.ends[to] != nil {
			s.next[i] += literalEnds
		}
	}
}

// setMarks stores the set of tests of each state, equal ones once.
func (b *builder) setMarks() {
	s := b.s
	s.output = make([]uint32, len(b.ends))
	known := map[string]uint32{}
	key := make([]byte, 0, 8*s.words)
	for state, owners := range b.ends {
		if owners == nil {
			continue
		}
		key = key[:0]
		for _, bits := range owners {
			for shift := 0; shift < 64; shift += 8 {
				key = append(key, byte(bits>>shift))
			}
		}
		at, ok := known[string(key)]
		if !ok {
			at = uint32(len(s.marks))
			known[string(key)] = at
			for w, bits := range owners {
				if bits != 0 {
					s.marks = append(s.marks, mark{word: uint16(w), bits: bits})
				}
			}
			s.marks[len(s.marks)-1].last = true
		}
		s.output[state] = at
	}
}
