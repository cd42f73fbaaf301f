package respcache

import (
	"bytes"

	"sallyport/cache"
	"sallyport/filters"
	"sallyport/internal/wire"
)

// lookup is one request's search for a stored answer, and what it found.
type lookup struct {
	text  []byte // what the found entry, or a new one, is stored under
	base  int    // how much of it is the request's own, without a variant
	key   cache.Key
	place cache.Place
	asked directives // of the client
	now   int64

	found bool
	entry entry  // where found; its body is in Exchange.Stored
	aged  int64  // the entry's age
	names []byte // of the selecting fields, when there are entries for other values of them
}

// find looks for the answer to x. Its slices are parts of x.Scratch and of x.Stored.
func (f *Filter) find(l *lookup, x *filters.Exchange) {
	var host, path, url int
	l.text, host, path, url = f.appendKey(x.Scratch[:0], x)
	x.Scratch = l.text
	l.base = len(l.text)
	store := f.cache.store
	l.key = store.Key(l.text)
	l.place = store.Place(l.text[:url], host, path)
	l.now = x.Start.UnixMilli()
	parseAsked(&l.asked, &x.Request.Head)
	if !f.load(l, x) || len(l.entry.names) == 0 {
		return
	}
	// The entry is one variant of several. The memory it is in may be overwritten by that of another.
	l.text = append(l.text, 0)
	from := len(l.text)
	l.text = append(l.text, l.entry.names...)
	l.names = l.text[from:]
	l.text = append(l.text, 0)
	values := len(l.text)
	l.text = appendSelected(l.text, l.names, &x.Request.Head)
	x.Scratch = l.text
	l.names = l.text[from : values-1]
	if bytes.Equal(l.text[values:], l.entry.values) {
		l.text = l.text[:l.base]
		l.names = nil
		return
	}
	l.key = store.Key(l.text)
	if l.found = f.load(l, x) && bytes.Equal(l.entry.names, l.names) && bytes.Equal(l.entry.values, l.text[values:]); l.found {
		l.names = nil
	}
}

// load gets the entry of l.text, unless it was purged.
func (f *Filter) load(l *lookup, x *filters.Exchange) bool {
	l.found = false
	if !f.cache.store.Get(&x.Stored, l.key, l.text, x.Now) || !l.entry.decode(x.Stored.Meta) {
		return false
	}
	l.aged = l.entry.age(l.now)
	switch f.cache.store.State(l.entry.born, &l.place, l.entry.tags) {
	case cache.Purged:
		return false
	case cache.Stale:
		l.aged = max(l.aged, l.entry.lifetime)
	}
	l.found = true
	return true
}

// parseAsked reads a request's directives. Pragma counts where there is no Cache-Control (RFC 9111 section 5.4).
func parseAsked(d *directives, h *wire.Head) {
	if h.Has(wire.CacheControl) {
		parseDirectives(d, h)
	} else if hasNoCachePragma(h) {
		d.noCache = true
	}
}
