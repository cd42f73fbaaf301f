package respcache

import (
	"sync/atomic"

	"sallyport/cache"
)

// Cache is what the response caches of all routes share: the store, the fetches that are on their way, and the marks of
// what cannot be stored. It lives as long as the process.
type Cache struct {
	store      *cache.Store
	flights    flights
	marks      marks
	background atomic.Int64
}

// NewCache makes a cache of about so many bytes.
func NewCache(bytes int) *Cache { return &Cache{store: cache.NewStore(bytes)} }

// Stats tells what the store holds.
func (c *Cache) Stats() cache.Stats { return c.store.Stats() }

// marks remember for a short time which answers could not be stored, so that requests for them do not wait for one
// another. They are few and lossy: one that is lost costs one wait.
type marks [1 << 13]atomic.Uint64

// markSeconds is how long a mark lasts.
const markSeconds = 10

// A mark is 32 bits of the key and the second it ends at.
func (m *marks) set(k cache.Key, now int64) {
	m[k.Spread(13)].Store(k.Check()<<32 | uint64(uint32(now/second+markSeconds)))
}

func (m *marks) has(k cache.Key, now int64) bool {
	v := m[k.Spread(13)].Load()
	return v>>32 == k.Check() && int64(uint32(v)) >= now/second
}
