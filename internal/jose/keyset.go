package jose

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// maxKeys bounds a set, so that looking through one stays cheap.
const maxKeys = 128

// maxTries bounds the signatures that a token without a kid can cost.
const maxTries = 4

// KeySet is the admitted keys of one issuer at one moment. It never changes: a new one is published in its
// place.
type KeySet struct {
	keys  []*Key
	byID  map[string]*Key
	marks []uint64
	mark  uint64
}

func newKeySet(keys []*Key) *KeySet {
	s := &KeySet{keys: keys, byID: make(map[string]*Key, len(keys))}
	for _, k := range keys {
		if k.hasID {
			s.byID[k.id] = k
		}
		s.marks = append(s.marks, k.mark)
	}
	sum := sha256.New()
	for _, m := range slices.Sorted(slices.Values(s.marks)) {
		sum.Write(binary.BigEndian.AppendUint64(nil, m))
	}
	s.mark = binary.BigEndian.Uint64(sum.Sum(nil))
	return s
}

// Len returns the number of keys.
func (s *KeySet) Len() int { return len(s.keys) }

// Keys returns the keys; the slice is the caller's.
func (s *KeySet) Keys() []*Key { return slices.Clone(s.keys) }

// ByID returns the key of this kid, or nil.
func (s *KeySet) ByID(kid []byte) *Key { return s.byID[string(kid)] }

// Mark stands for the set in compact records: sets of the same keys have the same.
func (s *KeySet) Mark() uint64 { return s.mark }

// Alive tells whether the key of this mark is still in the set.
func (s *KeySet) Alive(mark uint64) bool { return slices.Contains(s.marks, mark) }

// Verify finds the key of a token that was judged before, and tries it. A token that names a key is verified with that key or not at all.
// One that names none is tried with every key of its algorithm, if those are few.
func (s *KeySet) Verify(t *Token) Reason {
	if t.hasKid {
		k := s.byID[string(t.kid)]
		switch {
		case k == nil:
			return UnknownKey
		case k.algorithm != t.Algorithm:
			return Malformed
		case !k.Verify(t.signed, t.signature):
			return BadSignature
		}
		t.Key = k
		return Valid
	}
	tries := 0
	for _, k := range s.keys {
		if k.algorithm == t.Algorithm {
			tries++
		}
	}
	switch {
	case tries == 0 && len(s.keys) == 1:
		return Malformed // there is no doubt which key was meant, and it has another algorithm
	case tries == 0 || tries > maxTries:
		return UnknownKey
	}
	for _, k := range s.keys {
		if k.algorithm == t.Algorithm && k.Verify(t.signed, t.signature) {
			t.Key = k
			return Valid
		}
	}
	return BadSignature
}
