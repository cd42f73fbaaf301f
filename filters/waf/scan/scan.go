// Package scan finds many phrases in a text at once.
package scan

// A Set is a set of phrases, searched for without regard to the case of ASCII letters. It is immutable after New.
//
// It is an Aho-Corasick automaton with all transitions laid out, over the classes of bytes that the phrases tell apart.
type Set struct {
	class    [256]uint8 // of a byte; 0 is "in no phrase"
	classes  int
	next     []uint32 // state*classes + class -> state
	output   []uint32 // state -> first index in outputs
	outputs  []uint32 // phrase numbers, with the ends of the lists marked
	phrases  []string // in lower case
	hasEmpty bool
}

// lastOutput marks the end of a list of outputs.
const lastOutput = 1 << 31

// New builds a set. The number of a phrase is its index.
func New(phrases []string) *Set {
	s := &Set{classes: 1}
	for _, p := range phrases {
		s.phrases = append(s.phrases, lower(p))
	}
	for _, p := range s.phrases {
		for i := 0; i < len(p); i++ {
			if s.class[p[i]] == 0 {
				s.class[p[i]] = uint8(s.classes)
				s.classes++
			}
		}
	}
	for c := 'A'; c <= 'Z'; c++ {
		s.class[c] = s.class[c-'A'+'a']
	}
	s.build()
	return s
}

// build makes the trie, then the links that turn it into an automaton, breadth first.
func (s *Set) build() {
	s.addState()
	ends := [][]uint32{nil}
	for n, p := range s.phrases {
		if p == "" {
			s.hasEmpty = true
			continue
		}
		at := uint32(0)
		for i := 0; i < len(p); i++ {
			edge := int(at)*s.classes + int(s.class[p[i]])
			if s.next[edge] == 0 {
				to := s.addState()
				ends = append(ends, nil)
				s.next[edge] = to
			}
			at = s.next[edge]
		}
		ends[at] = append(ends[at], uint32(n))
	}
	fail := make([]uint32, len(ends))
	var queue []uint32
	for c := 0; c < s.classes; c++ {
		if to := s.next[c]; to != 0 {
			queue = append(queue, to)
		}
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		ends[at] = append(ends[at], ends[fail[at]]...)
		for c := 0; c < s.classes; c++ {
			edge := int(at)*s.classes + c
			other := s.next[int(fail[at])*s.classes+c]
			if to := s.next[edge]; to != 0 {
				fail[to] = other
				queue = append(queue, to)
			} else {
				s.next[edge] = other
			}
		}
	}
	s.setOutputs(ends)
}

func (s *Set) addState() uint32 {
	n := len(s.next) / s.classes
	s.next = append(s.next, make([]uint32, s.classes)...)
	return uint32(n)
}

func (s *Set) setOutputs(ends [][]uint32) {
	s.outputs = append(s.outputs, lastOutput) // the empty list
	s.output = make([]uint32, len(ends))
	for at, list := range ends {
		if len(list) == 0 {
			continue
		}
		s.output[at] = uint32(len(s.outputs))
		s.outputs = append(s.outputs, list...)
		s.outputs[len(s.outputs)-1] |= lastOutput
	}
}

// Phrases returns the phrases in lower case; nil when one of them is empty, because then every text contains one.
func (s *Set) Phrases() []string {
	if s.hasEmpty {
		return nil
	}
	return s.phrases
}

// Any reports whether b contains one of the phrases.
func (s *Set) Any(b []byte) bool {
	if s.hasEmpty {
		return true
	}
	at := uint32(0)
	for _, c := range b {
		at = s.next[int(at)*s.classes+int(s.class[c])]
		if s.output[at] != 0 {
			return true
		}
	}
	return false
}

// Longest returns the bounds of the longest phrase that begins at the first place from start where one begins; ok is false
// when there is none.
func (s *Set) Longest(b []byte, start int) (from, to int, ok bool) {
	for ; start < len(b); start++ {
		if n := s.longestAt(b[start:]); n > 0 {
			return start, start + n, true
		}
	}
	return 0, 0, false
}

// longestAt returns the length of the longest phrase that b begins with. It compares phrase by phrase: only the captures of
// a rule that has matched need it.
func (s *Set) longestAt(b []byte) int {
	best := 0
	for _, p := range s.phrases {
		if len(p) > best && len(p) <= len(b) && equalFold(b, p) {
			best = len(p)
		}
	}
	return best
}

// equalFold reports whether b begins with p, which is in lower case.
func equalFold(b []byte, p string) bool {
	for i := 0; i < len(p); i++ {
		if foldByte(b[i]) != p[i] {
			return false
		}
	}
	return true
}

func foldByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func lower(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = foldByte(b[i])
	}
	return string(b)
}
