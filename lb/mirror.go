package lb

import (
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"sallyport/conf"
	"sallyport/internal/wire"
)

// Mirror sends copies of a share of a route's requests to another upstream and throws the answers away. It never delays the
// original: what finds no free worker is dropped.
type Mirror struct {
	upstream *Upstream
	conf     *conf.Mirror
	route    string
	share    float64

	inflight atomic.Int64
	jobs     chan *mirrored // taken by a worker that waits; nothing is queued
	sent     atomic.Uint64
	dropped  atomic.Uint64
}

// mirrorIdle is how long a worker waits for more before it ends.
const mirrorIdle = 10 * time.Second

// mirrored is a copy of a request that owns its memory.
type mirrored struct {
	call    Call
	request wire.Request
	reply   wire.Reply
	head    []byte
	body    []byte
}

// CompileMirror makes the mirror of a route; nil when it has none. Nothing needs to be started or stopped.
func CompileMirror(c *conf.Route, upstreams map[string]*Upstream) (*Mirror, error) {
	if c.Mirror == nil {
		return nil, nil
	}
	u := upstreams[c.Mirror.To]
	if u == nil {
		return nil, fmt.Errorf("there is no upstream %q", c.Mirror.To)
	}
	return &Mirror{upstream: u, conf: c.Mirror, route: c.Name, share: c.Mirror.Share.Fraction(), jobs: make(chan *mirrored)}, nil
}

// Send copies a call that is about to be sent, if it is one of the share and its body is in memory and short enough. The calls of a
// nil mirror go nowhere.
func (m *Mirror) Send(c *Call) {
	if m == nil || m.share < 1 && rand.Float64() >= m.share {
		return
	}
	body := c.Request.Body.Bytes()
	if !c.Request.Body.Whole() || len(body) > int(m.conf.MaxBody) || c.Request.Upgrade {
		m.dropped.Add(1)
		return
	}
	if m.inflight.Add(1) > int64(m.conf.Inflight) {
		m.inflight.Add(-1)
		m.dropped.Add(1)
		return
	}
	m.sent.Add(1)
	j := copyOf(c, body)
	select {
	case m.jobs <- j:
	default:
		go m.work(j) // it stays for a while: a goroutine is not made for every request
	}
}

var mirroreds = sync.Pool{New: func() any { return new(mirrored) }}

func copyOf(c *Call, body []byte) *mirrored {
	j := mirroreds.Get().(*mirrored)
	j.head = append(j.head[:0], c.Head...)
	j.body = append(j.body[:0], body...)
	j.request.Method, j.request.Minor = c.Request.Method, c.Request.Minor
	j.request.Framing = c.Request.Framing
	j.request.Body.SetBytes(j.body)
	j.call = Call{
		Request: &j.request, Reply: &j.reply, Client: c.Client, HashKey: c.HashKey, Replayable: true,
		Now: c.Now, Deadline: c.Deadline, AttemptTimeout: c.AttemptTimeout, Head: j.head, BodyIdle: c.BodyIdle,
	}
	return j
}

// release gives the copy's memory back.
func (j *mirrored) release() {
	j.request.Reset()
	j.reply.Reset()
	if cap(j.head)+cap(j.body) <= wire.BufferSize {
		mirroreds.Put(j)
	}
}

// work sends a copy, and others that come within a while.
func (m *Mirror) work(j *mirrored) {
	idle := time.NewTimer(mirrorIdle)
	defer idle.Stop()
	for {
		m.send(j)
		j.release()
		m.inflight.Add(-1)
		idle.Reset(mirrorIdle)
		select {
		case j = <-m.jobs:
		case <-idle.C:
			return
		}
	}
}

// send sends one copy and reads its answer to the end, so that the connection can be used again.
func (m *Mirror) send(j *mirrored) {
	if m.upstream.Do(&j.call) != OK {
		return
	}
	var err error
	for err == nil {
		_, err = j.reply.Body.Next()
	}
	j.reply.Body.Reset()
	m.upstream.Done(&j.call, err != io.EOF)
}

// WriteMetrics writes the metrics of the mirror in the text form of Prometheus.
func (m *Mirror) WriteMetrics(w io.Writer) {
	if m == nil {
		return
	}
	labels := fmt.Sprintf("{route=%q,upstream=%q}", m.route, m.conf.To)
	fmt.Fprintf(w, "sallyport_mirror_sent_total%s %d\n", labels, m.sent.Load())
	fmt.Fprintf(w, "sallyport_mirror_dropped_total%s %d\n", labels, m.dropped.Load())
}
