// Package scan finds many phrases in a text at once, without regard to the case of ASCII letters.
//
// A Set answers for one list of phrases; it is small. A Sieve answers for the lists of many tests in one pass, at the price
// of a large table.
package scan

import "slices"

// A Set is a set of phrases. It is immutable after New.
type Set struct {
	phrases  []string // in lower case
	hasEmpty bool
	first    [256]bool           // bytes that a phrase begins with, in both cases
	begin    map[uint16][]uint32 // the first two bytes in lower case -> phrases of two bytes and more, longest first
	single   [256]bool           // phrases of one byte, in both cases
}

// New makes a set.
func New(phrases []string) *Set {
	s := &Set{begin: map[uint16][]uint32{}}
	for n, p := range phrases {
		p = lower(p)
		s.phrases = append(s.phrases, p)
		switch len(p) {
		case 0:
			s.hasEmpty = true
			continue
		case 1:
			setBoth(&s.single, p[0])
		default:
			key := uint16(p[0])<<8 | uint16(p[1])
			s.begin[key] = append(s.begin[key], uint32(n))
		}
		setBoth(&s.first, p[0])
	}
	for _, list := range s.begin {
		slices.SortStableFunc(list, func(a, b uint32) int { return len(s.phrases[b]) - len(s.phrases[a]) })
	}
	return s
}

// setBoth puts a byte in lower case into a set in both cases.
func setBoth(set *[256]bool, c byte) {
	set[c] = true
	if c >= 'a' && c <= 'z' {
		set[c-'a'+'A'] = true
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
	for i, c := range b {
		if s.first[c] && s.longestAt(b[i:]) > 0 {
			return true
		}
	}
	return false
}

// Longest returns the bounds of the longest phrase that begins at the first place from start where one begins; ok is false
// when there is none.
func (s *Set) Longest(b []byte, start int) (from, to int, ok bool) {
	for ; start < len(b); start++ {
		if s.first[b[start]] {
			if n := s.longestAt(b[start:]); n > 0 {
				return start, start + n, true
			}
		}
	}
	return 0, 0, false
}

// longestAt returns the length of the longest phrase that b begins with, 0 if it begins with none.
func (s *Set) longestAt(b []byte) int {
	if len(b) > 1 {
		for _, n := range s.begin[uint16(foldByte(b[0]))<<8|uint16(foldByte(b[1]))] {
			if p := s.phrases[n]; len(p) <= len(b) && equalFold(b, p) {
				return len(p)
			}
		}
	}
	if s.single[b[0]] {
		return 1
	}
	return 0
}

// equalFold reports whether b begins with p, which is in lower case.
func equalFold(b []byte, p string) bool {
	for i := range len(p) {
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
