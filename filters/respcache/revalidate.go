package respcache

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"sallyport/filters"
	"sallyport/internal/wire"
)

// revalidate asks the origin about the stored entry of l (RFC 9111 section 4.3), and makes the reply of what it says.
func (f *Filter) revalidate(x *filters.Exchange, l *lookup, e *errand) {
	why := statusStale
	if l.aged < l.entry.lifetime && !l.entry.noCache {
		why = statusRequest
	}
	var kept wire.Head
	if _, ok := kept.Load(l.entry.head); !ok {
		f.get(x, l, e)
		return
	}
	if x.Request.Method == wire.GET {
		setConditions(&x.Request.Head, &kept)
	}
	f.fetch(x, e)
	status := x.Reply.Status
	if failing(x) && f.standIn(x, l) {
		o := failed
		if e.flight != nil && x.Origin != filters.FromUpstream {
			e.flight.denial, o = x.Denial, denied
		}
		f.cache.flights.decide(e.flight, o)
		addStatus(&x.Reply.Head, forwarded(why, status, false))
		f.count(e, stale)
		return
	}
	switch {
	case x.Origin != filters.FromUpstream:
		f.refused(x, e)
	case x.Request.Method == wire.HEAD:
		f.learn(x, l, e, &kept)
		addStatus(&x.Reply.Head, why)
		f.count(e, miss)
	case status == 304 && sameTag(&x.Reply.Head, &kept):
		f.freshen(x, l, e, &kept, why)
	case status == 304: // about another answer than the one that is stored
		x.Request.Remove(wire.IfNoneMatch)
		x.Request.Remove(wire.IfModifiedSince)
		f.get(x, l, e)
	default:
		if f.keep(x, e, why, status) && x.Reply.Status == 200 {
			f.evaluate(x, e)
		}
	}
}

// setConditions makes a request ask whether a stored answer is still good. What the client asked of its own is evaluated
// against what comes of that.
func setConditions(request, stored *wire.Head) {
	for _, name := range [...]wire.Name{wire.IfNoneMatch, wire.IfModifiedSince, wire.Range, wire.IfRange} {
		request.Remove(name)
	}
	if tag := stored.Value(wire.ETag); len(tag) > 0 {
		request.AddKnown(wire.IfNoneMatch, tag)
	}
	if modified := stored.Value(wire.LastModified); len(modified) > 0 {
		request.AddKnown(wire.IfModifiedSince, modified)
	}
}

// sameTag reports whether a 304, or the answer to a HEAD, can be about the stored answer: it has the same entity tag, or
// one of them has none (RFC 9111 section 4.3.4).
func sameTag(fresh, stored *wire.Head) bool {
	a, b := fresh.Value(wire.ETag), stored.Value(wire.ETag)
	return len(a) == 0 || len(b) == 0 || bytes.Equal(opaque(a), opaque(b))
}

// evaluate answers a client's condition by the new answer, which is being stored.
func (f *Filter) evaluate(x *filters.Exchange, e *errand) {
	if !e.request.Has(wire.IfNoneMatch) && !e.request.Has(wire.IfModifiedSince) {
		return
	}
	now := e.at.answered / second
	modified, ok := parseDate(x.Reply.Value(wire.LastModified), now)
	if !ok {
		modified = now
	}
	if notModified(&e.request, &x.Reply.Head, modified, now) {
		x.Reply.Body.Reset()
		makeNotModified(&x.Reply)
	}
}

// freshen updates the stored entry by a 304 and makes it the reply.
func (f *Filter) freshen(x *filters.Exchange, l *lookup, e *errand, kept *wire.Head, why string) {
	var cookies [][]byte
	for i := x.Reply.First(wire.SetCookie); i >= 0; i = x.Reply.Next(i) {
		cookies = append(cookies, bytes.Clone(x.Reply.ValueAt(i)))
	}
	merge(kept, &x.Reply.Head, e.at.answered)
	if f.cookies == bypassCookies {
		kept.Remove(wire.SetCookie) // they are this client's
	}
	entry, key, text, ok := f.assess(e, kept, l.entry.status)
	if ok {
		ok = f.cache.store.Update(&x.Stored, key, text, entry.append(nil))
	} else { // what the 304 says forbids to keep it; this client gets it all the same
		f.cache.store.Delete(e.key)
		kept.Remove(wire.Age)
		entry = l.entry
		entry.head, entry.initialAge = kept.AppendStored(nil), 0
	}
	o := alone
	if ok && entry.reusable() {
		o = stored
	}
	f.cache.flights.decide(e.flight, o)
	if !reply(x, &entry, &e.request, entry.initialAge, e.at.answered) {
		panic("BUG: an entry that was just made cannot be read")
	}
	if f.cookies != storeCookies {
		for _, cookie := range cookies {
			x.Reply.AddKnown(wire.SetCookie, cookie)
		}
	}
	addStatus(&x.Reply.Head, forwarded(why, 304, ok))
	f.count(e, revalidated)
}

// learn updates the stored entry by the answer to a HEAD, or drops it when that shows that it is outdated (RFC 9111
// section 4.3.5).
func (f *Filter) learn(x *filters.Exchange, l *lookup, e *errand, kept *wire.Head) {
	status := x.Reply.Status
	if status != 200 {
		if supersedes(status) {
			f.cache.store.Delete(e.key)
		}
		return
	}
	fresh := &x.Reply.Head
	same := l.entry.status == 200 && sameTag(fresh, kept) && sameLength(fresh, x.Stored.Size()) &&
		(!fresh.Has(wire.LastModified) || bytes.Equal(fresh.Value(wire.LastModified), kept.Value(wire.LastModified)))
	if same {
		merge(kept, fresh, e.at.answered)
		if f.cookies == bypassCookies {
			kept.Remove(wire.SetCookie)
		}
		if entry, key, text, ok := f.assess(e, kept, 200); ok && f.cache.store.Update(&x.Stored, key, text, entry.append(nil)) {
			return
		}
	}
	f.cache.store.Delete(e.key)
}

func sameLength(fresh *wire.Head, size int64) bool {
	n, ok := position(fresh.Value(wire.ContentLength))
	return !ok || n == size
}

// supersedes reports whether an answer of this status says that what was stored is no more.
func supersedes(status int) bool {
	return 200 <= status && status <= 299 || status == 404 || status == 410
}

// unchanged are the fields that a 304 does not update: they describe the content that is stored (RFC 9111 section 3.2),
// or say how this answer came here.
var unchanged = [...]wire.Name{wire.ContentEncoding, wire.ContentLength, wire.ContentRange, wire.ContentType, wire.CacheStatus, wire.Connection}

// merge updates stored fields by those of a 304 that came at answered.
func merge(stored, fresh *wire.Head, answered int64) {
	fresh.DropHopByHop()
	for _, name := range unchanged {
		fresh.Remove(name)
	}
	for i := range fresh.Len() {
		if fresh.Gone(i) {
			continue
		}
		if n := fresh.ID(i); n != wire.Other {
			stored.Remove(n)
		} else {
			stored.RemoveNamed(strings.ToLower(string(fresh.NameAt(i))))
		}
	}
	for i := range fresh.Len() {
		if !fresh.Gone(i) {
			stored.Add(string(fresh.NameAt(i)), fresh.ValueAt(i))
		}
	}
	if !fresh.Has(wire.Date) {
		stored.SetKnown(wire.Date, formatDate(answered))
	}
}

func formatDate(at int64) []byte {
	return time.UnixMilli(at).UTC().AppendFormat(nil, http.TimeFormat)
}
