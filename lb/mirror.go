package lb

import (
	"fmt"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"sallyport/conf"
)

// Mirror sends copies of a share of a route's requests to another upstream and throws the answers away. It never delays the
// original: what finds no free worker is dropped.
type Mirror struct {
	upstream *Upstream
	conf     *conf.Mirror
	route    string
	share    float64

	inflight atomic.Int64
	jobs     chan *duplicate // taken by a worker that waits; nothing is queued
	sent     atomic.Uint64
	dropped  atomic.Uint64
}

// mirrorIdle is how long a worker waits for more before it ends.
const mirrorIdle = 10 * time.Second

// CompileMirror makes the mirror of a route; nil when it has none. Nothing needs to be started or stopped.
func CompileMirror(c *conf.Route, upstreams map[string]*Upstream) (*Mirror, error) {
	if c.Mirror == nil {
		return nil, nil
	}
	u := upstreams[c.Mirror.To]
	if u == nil {
		return nil, fmt.Errorf("there is no upstream %q", c.Mirror.To)
	}
	return &Mirror{upstream: u, conf: c.Mirror, route: c.Name, share: c.Mirror.Share.Fraction(), jobs: make(chan *duplicate)}, nil
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
	j := duplicateOf(c)
	select {
	case m.jobs <- j:
	default:
		go m.work(j) // it stays for a while: a goroutine is not made for every request
	}
}

// work sends a copy, and others that come within a while.
func (m *Mirror) work(j *duplicate) {
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
func (m *Mirror) send(j *duplicate) {
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
