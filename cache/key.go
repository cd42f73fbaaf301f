package cache

import (
	"encoding/binary"
	"hash/maphash"
)

// Key stands for an entry's text: 128 bits of two hashes seeded with secrets of the process. Texts that a client chooses
// therefore cannot be aimed at one place of a store.
type Key struct{ high, low uint64 }

// bytes is the key as the ring buffers know it.
func (k Key) bytes() (b [16]byte) {
	binary.LittleEndian.PutUint64(b[:], k.high)
	binary.LittleEndian.PutUint64(b[8:], k.low)
	return b
}

// Spread returns n bits of the key, to choose one of 1<<n parts.
func (k Key) Spread(n uint) uint64 { return k.low >> (64 - n) }

// Check returns 32 other bits of the key.
func (k Key) Check() uint64 { return k.high >> 32 }

// Hasher makes Keys. Its seeds are random and never leave the process.
type Hasher struct{ high, low maphash.Seed }

// NewHasher draws the seeds.
func NewHasher() Hasher { return Hasher{maphash.MakeSeed(), maphash.MakeSeed()} }

// Key hashes a text.
func (h *Hasher) Key(text []byte) Key {
	return Key{maphash.Bytes(h.high, text), maphash.Bytes(h.low, text)}
}
