package respcache

import (
	"log/slog"
	"sync"

	"sallyport/filters"
	"sallyport/internal/wire"
)

// maxBackground bounds how many entries are revalidated in the background at the same time. Beyond it the stale ones are
// served a little longer.
const maxBackground = 256

var detached = sync.Pool{New: func() any { return new(filters.Exchange) }}

// refresh revalidates the stale entry of l in the background (RFC 5861 section 3), unless that is being done.
func (f *Filter) refresh(x *filters.Exchange, l *lookup) {
	c := f.cache
	if x.Request.Method != wire.GET || c.background.Load() >= maxBackground {
		return
	}
	flight, leads := c.flights.join(c.store, l.key, l.text, &l.place)
	if !leads {
		return
	}
	c.background.Add(1)
	own := detached.Get().(*filters.Exchange)
	own.Detach(x)
	go f.refreshAlone(own, flight)
}

func (f *Filter) refreshAlone(x *filters.Exchange, flight *flight) {
	defer func() {
		if p := recover(); p != nil {
			slog.Error("panic while an answer was revalidated", "cause", p)
		} else {
			x.Reset()
			detached.Put(x)
		}
		f.cache.flights.decide(flight, alone)
		f.cache.background.Add(-1)
	}()
	for _, name := range [...]wire.Name{wire.Range, wire.IfRange, wire.IfNoneMatch, wire.IfModifiedSince} {
		x.Request.Remove(name)
	}
	var l lookup
	f.find(&l, x)
	e := f.errand(x, &l)
	e.flight, e.hidden = flight, true
	if l.found && l.entry.part.total == 0 {
		f.revalidate(x, &l, e)
	} else {
		f.get(x, &l, e)
	}
}
