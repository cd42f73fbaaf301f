package slots

import "hash/maphash"

// Key stands for what is counted: 128 bits of two hashes seeded with secrets of the table. A key that a client can
// choose therefore cannot be aimed at another client's slot, nor at one part of the table.
type Key struct{ high, low uint64 }

// tag is a byte of the key that neither the shard nor the set was chosen by.
func (k Key) tag() uint8 { return uint8(k.high >> 8) }

// Hash is 64 bits of the key, for other uses of a seeded hash.
func (k Key) Hash() uint64 { return k.low }

// hasher makes Keys. The seeds are random and never leave the process.
type hasher struct{ high, low maphash.Seed }

func newHasher() hasher { return hasher{maphash.MakeSeed(), maphash.MakeSeed()} }

func (h *hasher) key(b []byte) Key {
	return Key{maphash.Bytes(h.high, b), maphash.Bytes(h.low, b)}
}
