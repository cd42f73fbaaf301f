package respcache

import (
	"bytes"
	"time"

	"sallyport/cache"
	"sallyport/filters"
	"sallyport/internal/wire"
)

// errand is one fetch from the origin: what was looked up, in memory of its own, since the exchange's may be used by
// others meanwhile.
type errand struct {
	text    []byte // what an answer is stored under
	base    int    // how much of it is without a variant
	names   []byte // of selecting fields by which other entries for this URL are stored
	key     cache.Key
	place   cache.Place
	born    uint64
	asked   directives
	request wire.Head // the request's fields before the fetch
	shared  bool      // the request has Authorization, and the entry would be everybody's
	hidden  bool      // no client waits for it, so it is not counted
	flight  *flight   // that it leads; nil when nobody waits for it
	at      received
}

func (f *Filter) errand(x *filters.Exchange, l *lookup) *errand {
	e := &errand{base: l.base, key: l.key, asked: l.asked, born: f.cache.store.Now()}
	e.text = bytes.Clone(l.text)
	e.names = bytes.Clone(l.names)
	e.place = l.place.In(e.text)
	e.request.CopyFrom(&x.Request.Head)
	e.asked.noCacheFields, e.asked.privateFields = nil, nil
	e.shared = f.vary == nil && !x.Identity.Authenticated && x.Request.Has(wire.Authorization)
	return e
}

// fetch sends x upstream. Others may wait for the answer, so it is not given up when the client is gone.
func (f *Filter) fetch(x *filters.Exchange, e *errand) {
	client := x.Conn
	if e.flight != nil && client != nil {
		x.Conn = &filters.Connection{Peer: client.Peer, TLS: client.TLS, Listen: client.Listen, Interim: client.Interim}
	}
	e.at.requested = time.Now().UnixMilli()
	f.site.Fetch.Fetch(x)
	e.at.answered = time.Now().UnixMilli()
	x.Conn = client
}

// failing reports whether a reply says that the origin is broken (RFC 5861 section 4).
func failing(x *filters.Exchange) bool {
	if x.Origin != filters.FromUpstream {
		return true
	}
	switch x.Reply.Status {
	case 500, 502, 503, 504:
		return true
	}
	return false
}

// missed gets what is not stored: from the origin, or from another request that is getting it already.
func (f *Filter) missed(x *filters.Exchange, l *lookup) filters.Verdict {
	if l.asked.onlyIfCached {
		f.results[miss].Inc()
		return x.Refuse(f.cacheOnly)
	}
	q := &x.Request
	together := f.collapse && q.Method == wire.GET && !q.Has(wire.Range) && !q.Has(wire.IfNoneMatch) && !q.Has(wire.IfModifiedSince) &&
		!f.cache.marks.has(l.key, l.now)
	f.send(x, l, together, false)
	return filters.Done
}

// validate asks the origin whether what is stored is still good, or waits for another request that does.
func (f *Filter) validate(x *filters.Exchange, l *lookup) filters.Verdict {
	if l.entry.part.total > 0 || l.asked.onlyIfCached {
		return f.missed(x, l)
	}
	together := f.collapse && x.Request.Method == wire.GET && !l.entry.noCache && l.entry.lifetime > 0 && l.aged >= l.entry.lifetime &&
		!l.asked.noCache && !l.asked.maxAge.given
	f.send(x, l, together, true)
	return filters.Done
}

// send gets an answer, or revalidates the one that was found, unless the request may go together with another that is on
// the same errand.
func (f *Filter) send(x *filters.Exchange, l *lookup, together, revalidate bool) {
	var flight *flight
	for tries := 0; together && tries < 2; tries++ {
		joined, leads := f.cache.flights.join(f.cache.store, l.key, l.text, &l.place)
		if joined == nil {
			break
		}
		if leads {
			flight = joined
			defer f.cache.flights.decide(flight, alone)
			break
		}
		var done bool
		if done, together = f.follow(x, l, joined); done {
			return
		}
	}
	e := f.errand(x, l)
	e.flight = flight
	if revalidate && l.found {
		f.revalidate(x, l, e)
	} else {
		f.get(x, l, e)
	}
}

// get fetches what is not stored, and stores it if it may.
func (f *Filter) get(x *filters.Exchange, l *lookup, e *errand) {
	why := statusMiss
	switch {
	case l.found && l.entry.part.total > 0:
		why = statusPartial
	case l.names != nil:
		why = statusVary
	}
	f.fetch(x, e)
	if x.Origin != filters.FromUpstream {
		f.refused(x, e)
		return
	}
	if x.Request.Method == wire.GET {
		f.keep(x, e, why, 0)
		return
	}
	addStatus(&x.Reply.Head, why)
	f.count(e, miss)
}

// refused tells those who wait that there was no answer.
func (f *Filter) refused(x *filters.Exchange, e *errand) {
	if e.flight != nil {
		e.flight.denial = x.Denial
	}
	f.cache.flights.decide(e.flight, denied)
	f.count(e, miss)
}

func (f *Filter) count(e *errand, r result) {
	if !e.hidden {
		f.results[r].Inc()
	}
}

// follow waits for another request's answer and makes it the reply. Otherwise the request has to go itself; again means
// that it may look for company once more.
func (f *Filter) follow(x *filters.Exchange, l *lookup, flight *flight) (done, again bool) {
	switch flight.wait() {
	case stored:
		if !f.findAgain(x, l) {
			return false, true
		}
	case onItsWay:
		if joined, there := f.join(x, l, flight); !joined && (!there || !f.findAgain(x, l)) {
			return false, there
		}
	case denied:
		if !f.standIn(x, l) {
			if flight.denial == nil {
				return false, false
			}
			x.Refuse(flight.denial)
			return true, false
		}
	case failed:
		if !f.standIn(x, l) {
			return false, false
		}
	default:
		return false, false
	}
	addStatus(&x.Reply.Head, statusCollapsed)
	f.results[collapsed].Inc()
	return true, false
}

// findAgain makes the reply of what another request has stored meanwhile.
func (f *Filter) findAgain(x *filters.Exchange, l *lookup) bool {
	f.find(l, x)
	return l.found && l.entry.reusable() && l.entry.lifetime > l.aged && reply(x, &l.entry, &x.Request.Head, l.aged, l.now)
}

// join makes the reply of an answer whose body is still on its way. Otherwise there tells whether it may be in the store by
// now.
func (f *Filter) join(x *filters.Exchange, l *lookup, flight *flight) (joined, there bool) {
	var e entry
	if !e.decode(flight.answer) || f.cache.store.State(e.born, &l.place, e.tags) != cache.Alive {
		return false, false
	}
	if len(e.names) > 0 && !bytes.Equal(appendSelected(nil, e.names, &x.Request.Head), e.values) {
		return false, false
	}
	reader := flight.body.Reader()
	if reader == nil {
		return false, true
	}
	r := &x.Reply
	r.Reset()
	if _, ok := r.Load(e.head); !ok {
		reader.Close()
		return false, false
	}
	r.Status, r.KeepAlive = e.status, true
	x.Origin, x.Denial = filters.FromCache, nil
	r.Framing = wire.Framing{Kind: wire.Chunked}
	if flight.length >= 0 {
		r.Framing = wire.Framing{Kind: wire.Sized, Length: flight.length}
	}
	r.Body.SetStream(nil, reader)
	addAge(&r.Head, e.age(time.Now().UnixMilli()))
	return true, false
}

// standIn makes the reply of the stale entry that was found, if that may stand in for an origin that fails.
func (f *Filter) standIn(x *filters.Exchange, l *lookup) bool {
	if !l.found || l.entry.part.total > 0 {
		return false
	}
	now := time.Now().UnixMilli()
	aged := max(l.aged, l.entry.age(now))
	return l.entry.survives(aged, &l.asked) && reply(x, &l.entry, &x.Request.Head, aged, now)
}
