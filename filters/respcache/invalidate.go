package respcache

import (
	"bytes"
	"net/url"

	"sallyport/filters"
	"sallyport/internal/wire"
)

// Invalidation is for routes without a cache: their unsafe requests invalidate what other routes stored of the same URL.
type Invalidation struct{ cache *Cache }

// NewInvalidation compiles the filter.
func NewInvalidation(shared *Cache) *Invalidation { return &Invalidation{shared} }

// Request implements filters.Filter.
func (*Invalidation) Request(*filters.Exchange) filters.Verdict { return filters.Next }

// Response implements filters.ResponseFilter.
func (i *Invalidation) Response(x *filters.Exchange) { i.cache.invalidate(x) }

var _ filters.ResponseFilter = (*Invalidation)(nil)

// invalidate makes unusable what a request with an unsafe or unknown method may have changed (RFC 9111 section 4.4): its
// own URL and, on the same host, those that its Location and Content-Location name.
func (c *Cache) invalidate(x *filters.Exchange) {
	if x.Request.Method.Safe() || x.Origin != filters.FromUpstream || x.Reply.Status < 200 || x.Reply.Status > 399 {
		return
	}
	q := &x.Request
	c.invalidateURL(q.Host(), q.Target.Path, q.Target.Query)
	for _, name := range [...]wire.Name{wire.Location, wire.ContentLocation} {
		for i := x.Reply.First(name); i >= 0; i = x.Reply.Next(i) {
			if host, path, query, ok := c.sameOrigin(q, x.Reply.ValueAt(i)); ok {
				c.invalidateURL(host, path, query)
			}
		}
	}
}

func (c *Cache) invalidateURL(host, path, query []byte) {
	text := bytes.Join([][]byte{host, path}, nil)
	if query != nil {
		text = append(append(text, '?'), query...)
	}
	place := c.store.Place(text, len(host), len(host)+len(path))
	c.store.Invalidate(&place)
}

// sameOrigin resolves a reference against the request's URL, and returns the parts of what it names when that is on the
// same host and port.
func (c *Cache) sameOrigin(q *wire.Request, reference []byte) (host, path, query []byte, ok bool) {
	authority := string(q.Value(wire.Host))
	base, err := url.Parse("http://" + authority + string(q.Target.Path))
	if err != nil {
		return nil, nil, nil, false
	}
	u, err := base.Parse(string(reference))
	if err != nil || u.Host == "" || !bytes.EqualFold([]byte(u.Host), []byte(authority)) {
		return nil, nil, nil, false
	}
	escaped := u.EscapedPath()
	if escaped == "" {
		escaped = "/"
	}
	path, fault := wire.AppendCanonicalPath(nil, []byte(escaped))
	if fault != wire.Whole {
		return nil, nil, nil, false
	}
	if u.RawQuery != "" || u.ForceQuery {
		query = []byte(u.RawQuery)
	}
	return q.Host(), path, query, true
}
