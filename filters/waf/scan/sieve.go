package scan

// A Sieve looks at a value once and says which of many tests the value could pass.
//
// A test may require one of some literals, and bytes of some sets; it is known by a bit. Sets of bytes and kinds of bytes
// that the caller wants to know about are bits of two words, collected on the same pass.
type Sieve struct {
	class   [256]uint8
	classes uint32
	next    []uint32 // state*classes + class -> state*classes, with found added when a literal ends there
	output  []uint32 // state -> index in marks
	marks   []mark   // runs of words to set, each ended by last
	bits    [256]Bits
	words   int
}

// literalEnds marks a transition to a state in which a literal ends.
const literalEnds = 1 << 31

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

// NewSieve makes a sieve. literals[i] are found for the tests of sets[i], bit sets of n tests. bits says for each byte which
// sets and kinds it belongs to.
func NewSieve(literals []string, tests [][]uint64, n int, bits *[256]Bits) *Sieve {
	set := New(literals)
	s := &Sieve{class: set.class, classes: uint32(set.classes), bits: *bits, words: (n + 63) / 64}
	s.next = make([]uint32, len(set.next))
	for i, to := range set.next {
		s.next[i] = to * s.classes
		if set.output[to] != 0 {
			s.next[i] += literalEnds
		}
	}
	s.marks = append(s.marks, mark{last: true})
	s.output = make([]uint32, len(set.output))
	known := map[string]uint32{}
	for state, at := range set.output {
		if at == 0 {
			continue
		}
		sum := make([]uint64, s.words)
		for {
			phrase := set.outputs[at]
			for w, b := range tests[phrase&^lastOutput] {
				sum[w] |= b
			}
			if phrase&lastOutput != 0 {
				break
			}
			at++
		}
		s.output[state] = s.addMarks(sum, known)
	}
	return s
}

// addMarks stores a set of tests, once.
func (s *Sieve) addMarks(sum []uint64, known map[string]uint32) uint32 {
	key := make([]byte, 0, 8*len(sum))
	for _, b := range sum {
		for i := 0; i < 64; i += 8 {
			key = append(key, byte(b>>i))
		}
	}
	if at, ok := known[string(key)]; ok {
		return at
	}
	at := uint32(len(s.marks))
	known[string(key)] = at
	for w, b := range sum {
		if b != 0 {
			s.marks = append(s.marks, mark{word: uint16(w), bits: b})
		}
	}
	s.marks[len(s.marks)-1].last = true
	return at
}

// Pass reads a value and adds to found the tests one of whose literals occurs. It returns the bits of the value's bytes.
func (s *Sieve) Pass(value []byte, found []uint64) (sum Bits) {
	state := uint32(0)
	for _, c := range value {
		b := &s.bits[c]
		sum.Sets[0] |= b.Sets[0]
		sum.Sets[1] |= b.Sets[1]
		sum.Kind |= b.Kind
		state = s.next[state+uint32(s.class[c])]
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
