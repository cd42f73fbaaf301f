package lb

import (
	"sync"

	"sallyport/internal/wire"
)

// duplicate is a copy of a call that owns its memory: the original's is used for something else as soon as that is answered.
type duplicate struct {
	call    Call
	request wire.Request
	reply   wire.Reply
	head    []byte
	body    []byte
}

var duplicates = sync.Pool{New: func() any { return new(duplicate) }}

// duplicateOf copies a call whose body is in memory. The copy works for no client: who waits for the original does not wait
// for it. It must be released.
func duplicateOf(c *Call) *duplicate {
	d := duplicates.Get().(*duplicate)
	d.head = append(d.head[:0], c.Head...)
	d.body = append(d.body[:0], c.Request.Body.Bytes()...)
	d.request.Method, d.request.Minor = c.Request.Method, c.Request.Minor
	d.request.Framing = c.Request.Framing
	d.request.Body.SetBytes(d.body)
	d.call = Call{
		Request: &d.request, Reply: &d.reply, Client: c.Client, HashKey: c.HashKey, Replayable: true,
		Now: c.Now, Deadline: c.Deadline, AttemptTimeout: c.AttemptTimeout, Head: d.head, BodyIdle: c.BodyIdle,
	}
	return d
}

// release gives the copy's memory back, and closes the body of its reply.
func (d *duplicate) release() {
	d.request.Reset()
	d.reply.Reset()
	d.call = Call{}
	if cap(d.head)+cap(d.body) <= wire.BufferSize {
		duplicates.Put(d)
	}
}
