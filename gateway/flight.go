package gateway

import (
	"sync"

	"sallyport/filters"
)

// flight is one exchange with what the gateway itself needs for it. It is pooled; one that a panic went through is not
// used again.
type flight struct {
	filters.Exchange
	route  *route
	odd    oddities // what the listener says about targets
	passed int      // how many of the route's filters said Next
	broken bool     // the reply's body ended before its end
	sent   int64    // bytes of the reply's body that went to the client
}

var flights = sync.Pool{New: func() any { return new(flight) }}

func acquireFlight() *flight { return flights.Get().(*flight) }

func (f *flight) release() {
	f.Exchange.Reset()
	f.route, f.passed, f.broken, f.sent = nil, 0, false, 0
	flights.Put(f)
}
