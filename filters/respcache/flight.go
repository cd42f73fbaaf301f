package respcache

import (
	"bytes"
	"sync"
	"time"

	"sallyport/cache"
	"sallyport/filters"
)

// flights are the fetches on their way whose answers others wait for: one for each key.
type flights struct{ shards [64]flightShard }

type flightShard struct {
	mu    sync.Mutex
	byKey map[cache.Key]*flight
	_     [48]byte
}

// flight is one of them. Whoever leads it decides what those who wait do; after that it does not change.
type flight struct {
	key     cache.Key
	text    []byte
	born    uint64 // the generation of purges in which it began
	decided chan struct{}

	outcome outcome
	answer  []byte          // of onItsWay: the entry
	body    *cache.Buffer   // of onItsWay
	length  int64           // of onItsWay: the body's, -1 when not known
	denial  *filters.Denial // of denied
}

// outcome is what a flight means for those who wait for it.
type outcome uint8

const (
	undecided outcome = iota
	stored            // look into the store again
	onItsWay          // the head has come, and the body can be read while it comes
	denied            // there was no answer
	failed            // the origin failed: a stale answer may serve
	alone             // the answer is nobody else's
)

// longestWait is how long a request waits for another's answer. Fetches end sooner by the route's timeouts.
const longestWait = 30 * time.Second

func (s *flights) shard(k cache.Key) *flightShard { return &s.shards[k.Spread(6)] }

// join returns the flight for a text and whether the caller leads it. One that began before a purge of the place is left
// to those who wait for it. Without a flight to join or to lead it returns nil: another text has the key.
func (s *flights) join(store *cache.Store, k cache.Key, text []byte, place *cache.Place) (f *flight, leads bool) {
	shard := s.shard(k)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if f = shard.byKey[k]; f != nil && store.State(f.born, place, nil) == cache.Alive {
		if !bytes.Equal(f.text, text) {
			return nil, false
		}
		return f, false
	}
	f = &flight{key: k, text: bytes.Clone(text), born: store.Now(), decided: make(chan struct{})}
	if shard.byKey == nil {
		shard.byKey = make(map[cache.Key]*flight)
	}
	shard.byKey[k] = f
	return f, true
}

// decide tells those who wait what to do. Only the first decision counts. Unless the body is still on its way, later
// requests begin a flight of their own.
func (s *flights) decide(f *flight, o outcome) {
	if f == nil || f.outcome != undecided {
		return
	}
	f.outcome = o
	if o != onItsWay {
		s.land(f)
	}
	close(f.decided)
}

// land takes a flight out of the way of later requests.
func (s *flights) land(f *flight) {
	shard := s.shard(f.key)
	shard.mu.Lock()
	if shard.byKey[f.key] == f {
		delete(shard.byKey, f.key)
	}
	shard.mu.Unlock()
}

// wait returns what was decided, or undecided after a while.
func (f *flight) wait() outcome {
	timer := time.NewTimer(longestWait)
	defer timer.Stop()
	select {
	case <-f.decided:
		return f.outcome
	case <-timer.C:
		return undecided
	}
}
