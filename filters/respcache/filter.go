// Package respcache stores answers and reuses them as RFC 9111 allows a shared cache. It stands behind everything that
// lets a request in or changes it, and before the upstream: a stored answer has passed all that a fetched one has.
package respcache

import (
	"fmt"
	"strings"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/attribute"
	"sallyport/internal/wire"
)

// Filter is the response cache of one route. It fetches by itself what it has not stored, so that many can wait for one
// answer, and takes part in the route's response half only for methods that it does not answer.
type Filter struct {
	cache        *Cache
	site         *filters.Site
	vary         *attribute.Key // nil: an authenticated caller's entries are its own
	sent         []string       // request fields that are part of the key, in lower case
	ttl          int64
	staleIfError int64
	maxBody      int64
	collapse     bool
	cookies      cookies
	cacheOnly    *filters.Denial
	results      [results]*metrics.Counter
}

// cookies is what is done with answers that set cookies.
type cookies uint8

const (
	bypassCookies cookies = iota // not stored
	stripCookies                 // stored without them
	storeCookies
)

// result is what came of a request, as sallyport_response_cache_total counts it.
type result uint8

const (
	hit result = iota
	stale
	revalidated
	miss
	collapsed
	bypass
	uncacheable
	results
)

var resultNames = [results]string{"hit", "stale", "revalidated", "miss", "collapsed", "bypass", "uncacheable"}

// New compiles a route's cache. sent names the request fields whose values rules of the route make of the caller or the
// client: the upstream sees them, so entries are kept apart by them. Without a shared cache the filter passes everything
// on: in tables that only explain what would become of a request.
func New(c *conf.Cache, shared *Cache, sent []string, site *filters.Site) (*Filter, error) {
	f := &Filter{
		cache:        shared,
		site:         site,
		ttl:          time.Duration(c.TTL).Milliseconds(),
		staleIfError: time.Duration(c.StaleIfError).Milliseconds(),
		maxBody:      int64(c.MaxBody),
		collapse:     c.Collapse,
		cacheOnly:    site.Denial(filters.CacheOnly),
	}
	switch c.SetCookie {
	case "strip":
		f.cookies = stripCookies
	case "store":
		f.cookies = storeCookies
	}
	for _, name := range sent {
		f.sent = append(f.sent, strings.ToLower(name))
	}
	if len(c.VaryOn) > 0 {
		var err error
		if f.vary, err = attribute.CompileKey(c.VaryOn, site); err != nil {
			return nil, fmt.Errorf("vary_on: %w", err)
		}
	}
	for i, name := range resultNames {
		f.results[i] = site.Metrics.GetOrCreateCounter(fmt.Sprintf("sallyport_response_cache_total{route=%q,result=%q}", site.Route, name))
	}
	return f, nil
}

// Request answers GET and HEAD: from the store, or by a fetch of its own. Everything else goes on.
func (f *Filter) Request(x *filters.Exchange) filters.Verdict {
	if f.cache == nil {
		return filters.Next
	}
	q := &x.Request
	if q.Method != wire.GET && q.Method != wire.HEAD || q.Framing.Kind != wire.NoBody || q.Upgrade ||
		q.Has(wire.IfMatch) || q.Has(wire.IfUnmodifiedSince) {
		f.results[bypass].Inc()
		return filters.Next
	}
	var l lookup
	f.find(&l, x)
	if !l.found {
		return f.missed(x, &l)
	}
	switch l.entry.use(l.aged, &l.asked) {
	case serve:
		return f.serveStored(x, &l, hit)
	case serveStale:
		return f.serveStored(x, &l, stale)
	case refresh:
		f.refresh(x, &l)
		return f.serveStored(x, &l, stale)
	}
	return f.validate(x, &l)
}

// Response sees what was forwarded without being looked up: unsafe methods invalidate what they may have changed.
func (f *Filter) Response(x *filters.Exchange) {
	if f.cache == nil {
		return
	}
	if x.Request.Method == wire.GET || x.Request.Method == wire.HEAD {
		addStatus(&x.Reply.Head, statusBypass)
		return
	}
	addStatus(&x.Reply.Head, statusMethod)
	f.cache.invalidate(x)
}

var _ filters.ResponseFilter = (*Filter)(nil)
