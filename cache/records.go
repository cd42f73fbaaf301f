package cache

import (
	"sync/atomic"

	"github.com/coocood/freecache"
)

// RecordKey is the key of a record. It must be unpredictable for whoever chooses what is stored, such as a SHA-256 over
// a secret of the process and the thing itself: the store hashes keys without a seed, and crafted ones would swell its index.
type RecordKey [32]byte

// With returns the key of something else about the same thing.
func (k RecordKey) With(what uint64) RecordKey {
	for i := range 8 {
		k[i] ^= byte(what >> (8 * i))
	}
	return k
}

// Records is a store of small, pointer-free records in a memory of fixed size, for verified tokens and the like. A full
// store forgets its oldest records. It knows no freshness: what a record may be used for stands in the record. It is
// safe for concurrent use and does not allocate.
type Records struct {
	store *freecache.Cache
	clock *recordClock
}

// NewRecords returns a store that takes size bytes, all of them at once; 512 KiB is the least.
func NewRecords(size int) *Records {
	clock := new(recordClock)
	return &Records{freecache.NewCacheCustomTimer(size, clock), clock}
}

// Get appends the record of key to dst[:0] and returns it, or nil if there is none. now is the time in seconds.
func (r *Records) Get(key *RecordKey, dst []byte, now int64) []byte {
	r.clock.set(now)
	record, err := r.store.GetWithBuf(key[:], dst[:cap(dst)])
	if err != nil {
		return nil
	}
	return record
}

// Put keeps a copy of record. A record of more than 1/1024 of the store's size is not kept.
func (r *Records) Put(key *RecordKey, record []byte, now int64) {
	r.clock.set(now)
	_ = r.store.Set(key[:], record, 0) // fails only for one that is too large
}

// Drop forgets the record of key.
func (r *Records) Drop(key *RecordKey) { r.store.Del(key[:]) }

// Len returns the number of records.
func (r *Records) Len() int64 { return r.store.EntryCount() }

// recordClock gives the store the time that its callers have read already.
type recordClock struct{ seconds atomic.Uint32 }

func (c *recordClock) set(now int64) {
	if s := uint32(now); c.seconds.Load() != s {
		c.seconds.Store(s)
	}
}

// Now implements freecache.Timer.
func (c *recordClock) Now() uint32 { return c.seconds.Load() }
