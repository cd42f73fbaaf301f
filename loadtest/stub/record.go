package stub

import (
	"bytes"
	"sync"
)

// Recorder keeps every byte that a stub receives. The zero value is ready.
type Recorder struct {
	mu       sync.Mutex
	conns    []*record
	requests []Request
}

type record struct {
	recorder *Recorder
	bytes    []byte
}

// Connections returns what each connection has received so far, in the order of acceptance.
func (r *Recorder) Connections() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([][]byte, len(r.conns))
	for i, c := range r.conns {
		all[i] = bytes.Clone(c.bytes)
	}
	return all
}

// Bytes returns what all connections have received so far, joined in the order of acceptance.
func (r *Recorder) Bytes() []byte { return bytes.Join(r.Connections(), nil) }

// Requests returns the requests that were received whole, in the order of their completion.
func (r *Recorder) Requests() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Request(nil), r.requests...)
}

// Reset forgets all; connections that are open are recorded from here on.
func (r *Recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = nil
	for _, c := range r.conns {
		c.bytes = nil
	}
}

func (r *Recorder) open() *record {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := &record{recorder: r}
	r.conns = append(r.conns, c)
	return c
}

func (c *record) received(b []byte) {
	c.recorder.mu.Lock()
	defer c.recorder.mu.Unlock()
	c.bytes = append(c.bytes, b...)
}

func (c *record) request(q *Request) {
	c.recorder.mu.Lock()
	defer c.recorder.mu.Unlock()
	c.recorder.requests = append(c.recorder.requests, Request{
		Conn: q.Conn, Head: bytes.Clone(q.Head), Body: bytes.Clone(q.Body),
		Method: bytes.Clone(q.Method), Target: bytes.Clone(q.Target),
	})
}
