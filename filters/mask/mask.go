// Package mask hides members of JSON answers. What it cannot look into, it does not let out.
package mask

import (
	"encoding/json"
	"fmt"
	"sync"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/wire"
)

// Mask replaces members of a route's JSON answers.
type Mask struct {
	path *path
	with []byte // a JSON string
	most int

	unreadable *filters.Denial
	texts      sync.Pool
}

// New compiles a route's mask.
func New(c *conf.Mask, site *filters.Site) (*Mask, error) {
	p, err := newPath(c.JSON)
	if err != nil {
		return nil, fmt.Errorf("json: %w", err)
	}
	with, err := json.Marshal(c.With)
	if err != nil {
		return nil, fmt.Errorf("with: %w", err)
	}
	m := &Mask{path: p, with: with, most: int(c.MaxBody), unreadable: site.Denial(filters.UpstreamMalformed)}
	m.texts.New = func() any { return new(text) }
	return m, nil
}

// Request implements filters.Filter. It asks the upstream for answers that can be masked: whole, and not compressed.
func (m *Mask) Request(x *filters.Exchange) filters.Verdict {
	q := &x.Request
	q.Remove(wire.AcceptEncoding)
	q.Remove(wire.Range)
	q.Remove(wire.IfRange)
	return filters.Next
}

// Response implements filters.ResponseFilter. It waits for the whole of a JSON answer; other answers pass.
func (m *Mask) Response(x *filters.Exchange) {
	r := &x.Reply
	if x.Denial != nil || x.Request.Method == wire.HEAD || r.Framing.Kind == wire.NoBody {
		return
	}
	if kind, ok := wire.ParseMediaType(r.Value(wire.ContentType)); !ok || !kind.JSON() {
		return
	}
	if r.Framing.Kind == wire.Sized && r.Framing.Length > int64(m.most) || r.Has(wire.ContentEncoding) || r.Status == 206 ||
		r.Body.Collect(m.most+1) != nil || len(r.Body.Bytes()) > m.most {
		x.Refuse(m.unreadable)
		return
	}
	t := m.texts.Get().(*text)
	if out, ok := t.mask(r.Body.Bytes(), m.path, m.with); ok {
		x.ReplaceBody(out)
	} else {
		x.Refuse(m.unreadable)
	}
	t.release()
	m.texts.Put(t)
}

var _ filters.ResponseFilter = (*Mask)(nil)
