package gateway

import (
	"sync"

	"sallyport/filters"
	"sallyport/internal/wire"
	"sallyport/lb"
)

// flight is one exchange with what the gateway itself needs for it. It is pooled; one that a panic went through is not
// used again.
type flight struct {
	filters.Exchange
	route  *route
	passed int // how many of the route's filters said Next
	send   transit
	sent   int64 // bytes of the reply's body that went to the client
}

var flights = sync.Pool{New: func() any { return new(flight) }}

func acquireFlight() *flight { return flights.Get().(*flight) }

func (f *flight) release() {
	f.Exchange.Reset()
	f.send.reset()
	f.route, f.passed, f.sent = nil, 0, 0
	flights.Put(f)
}

// transit is one request on its way to an upstream.
type transit struct {
	call     lb.Call
	upstream *lb.Upstream // set while the call is not done
	head     []byte
}

func (t *transit) reset() {
	t.call = lb.Call{}
	t.upstream = nil
	if cap(t.head) > wire.BufferSize {
		t.head = nil
	}
}
