package gateway

import (
	"io"
	"sync"

	"sallyport/internal/wire"
	"sallyport/lb"
)

// transit is one request on its way to an upstream, until its answer was passed on. As the stream of the answer's body
// (wire.Source) it may outlive the exchange; Close ends it.
type transit struct {
	call     lb.Call
	upstream *lb.Upstream
	head     []byte // of the request, in wire form
	body     wire.Source
	broken   bool // the answer's body ended before its end
}

var transits = sync.Pool{New: func() any { return new(transit) }}

func acquireTransit() *transit { return transits.Get().(*transit) }

// release ends the transit. Nothing is owed to the upstream any more.
func (t *transit) release() {
	head := t.head
	if cap(head) > wire.BufferSize {
		head = nil
	}
	*t = transit{head: head[:0]}
	transits.Put(t)
}

// follow makes t the stream of an answer's body. An answer that is in memory whole has no stream: for it the upstream's
// work is over.
func (t *transit) follow(r *wire.Reply) {
	t.body = r.Body.Stream()
	t.call.Request, t.call.Reply, t.call.Peer, t.call.Interim = nil, nil, nil, nil
	if t.body == nil {
		t.upstream.Done(&t.call, false)
		t.release()
		return
	}
	r.Body.Wrap(t)
}

// Next yields the next piece (wire.Source).
func (t *transit) Next() ([]byte, error) {
	p, err := t.body.Next()
	if err != nil && err != io.EOF {
		t.broken = true
	}
	return p, err
}

// Trailer returns the trailer fields (wire.Source).
func (t *transit) Trailer() *wire.Head { return t.body.Trailer() }

// Close gives the connection back and tells the upstream that the answer was passed on, or was not (wire.Source).
func (t *transit) Close() {
	t.body.Close()
	t.upstream.Done(&t.call, t.broken)
	t.release()
}
