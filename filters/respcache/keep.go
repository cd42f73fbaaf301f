package respcache

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"sallyport/cache"
	"sallyport/filters"
	"sallyport/internal/wire"
)

// keep stores the reply of x, the origin's, if it may, and tells those who wait. A body that is still coming is read by a
// goroutine of its own, at the origin's pace and also when the client is gone; the client reads what that has read.
func (f *Filter) keep(x *filters.Exchange, e *errand, why string, status int) bool {
	r := &x.Reply
	var head wire.Head
	head.CopyFrom(&r.Head)
	entry, key, text, ok := f.assess(e, &head, r.Status)
	length := int64(-1)
	if r.Framing.Kind == wire.Sized {
		length = r.Framing.Length
	} else if r.Framing.Kind == wire.NoBody {
		length = 0
	}
	if r.Body.Whole() && length >= 0 && length != int64(len(r.Body.Bytes())) || entry.part != (part{}) && length < 0 {
		ok = false
	}
	if !ok || max(length, int64(len(r.Body.Bytes()))) > f.maxBody {
		f.leave(r.Status, e)
		addStatus(&r.Head, forwarded(why, status, false))
		f.count(e, uncacheable)
		return false
	}
	meta := entry.append(nil)
	if r.Body.Whole() {
		ok = f.cache.store.Set(key, text, meta, r.Body.Bytes())
		o := alone
		if ok && entry.reusable() {
			o = stored
		}
		f.cache.flights.decide(e.flight, o)
	} else {
		f.relay(x, e, &filling{store: f.cache.store, key: key, text: text, entry: entry, meta: meta, length: length})
	}
	addStatus(&r.Head, forwarded(why, status, ok))
	f.count(e, miss)
	return ok
}

// leave does what an answer that cannot be stored means for the entry and for those who wait.
func (f *Filter) leave(status int, e *errand) {
	if e.flight != nil && status < 500 {
		f.cache.marks.set(e.key, e.at.answered)
	}
	if supersedes(status) && !e.asked.noStore && !e.shared {
		f.cache.store.Delete(e.key)
	}
	f.cache.flights.decide(e.flight, alone)
}

// reusable reports whether the entry can serve others without being validated.
func (e *entry) reusable() bool { return !e.noCache && e.lifetime > e.initialAge && e.part == (part{}) }

// assess decides whether an answer may be stored, and makes its entry and what that is stored under. It removes from head
// what is not stored.
func (f *Filter) assess(e *errand, head *wire.Head, status int) (ent entry, key cache.Key, text []byte, ok bool) {
	var o origin
	readOrigin(&o, head, status, e.at, f.ttl)
	if !mayStore(&o, &e.asked, status, head, e.shared) || !f.takeCookies(head) {
		return ent, key, nil, false
	}
	ent = entry{
		status: status, born: e.born,
		answered: e.at.answered, initialAge: o.initialAge, date: o.date, lastModified: o.lastModified,
		lifespan: lifespan{
			lifetime: o.lifetime, noCache: o.noCache, strict: o.strict(),
			staleWhileRevalidate: o.staleWhileRevalidate.n * second,
			staleIfError:         f.staleIfError,
		},
	}
	if o.staleIfError.given {
		ent.staleIfError = o.staleIfError.n * second
	}
	if status == 206 {
		r, total, ok := parseContentRange(head.Value(wire.ContentRange))
		if !ok {
			return ent, key, nil, false
		}
		ent.part = part{r.first, total}
	}
	ent.names = appendNames(nil, head)
	ent.values = appendSelected(nil, ent.names, &e.request)
	ent.tags = appendTags(nil, head, f.cache.store.Generations)
	if len(ent.names) > maxNameBytes || len(ent.tags) > maxTagBytes {
		return ent, key, nil, false
	}
	clean(head, &o)
	if !o.dated {
		head.SetKnown(wire.Date, formatDate(e.at.answered))
	}
	ent.head = head.AppendStored(nil)
	text = e.under(ent.names)
	if len(text) == len(e.text) {
		return ent, e.key, text, true
	}
	return ent, f.cache.store.Key(text), text, true
}

// under returns what an answer with these selecting fields is stored under: as one variant of several when others of the
// same fields are stored, and else as the entry that a request finds first.
func (e *errand) under(names []byte) []byte {
	variant := e.text[e.base:]
	if n := len(names); n > 0 && len(variant) >= n+2 && bytes.Equal(variant[1:n+1], names) && variant[n+1] == 0 {
		return e.text
	}
	return e.text[:e.base]
}

// takeCookies applies the route's rule for answers that set cookies.
func (f *Filter) takeCookies(head *wire.Head) bool {
	if !head.Has(wire.SetCookie) {
		return true
	}
	switch f.cookies {
	case bypassCookies:
		return false
	case stripCookies:
		head.Remove(wire.SetCookie)
	}
	return true
}

// unstored are fields that are not stored: they are about this transfer, or made anew when the entry is used.
var unstored = [...]wire.Name{wire.Age, wire.ContentLength, wire.ContentRange, wire.ProxyAuthenticate, wire.ProxyAuthorization, wire.ProxyConnection}

// clean removes from a head what must not be stored (RFC 9111 section 3.1), and the fields that may not be reused though
// the rest may (sections 5.2.2.4 and 5.2.2.7).
func clean(head *wire.Head, o *origin) {
	for _, list := range [...][]byte{o.noCacheFields, o.privateFields} {
		for name := range wire.Tokens(list) {
			for i := findField(head, wire.AppendLower(nil, name)); i >= 0; i = findField(head, wire.AppendLower(nil, name)) {
				head.Drop(i)
			}
		}
	}
	head.DropHopByHop()
	for _, name := range unstored {
		head.Remove(name)
	}
	head.RemoveNamed("proxy-authentication-info")
}

// appendTags appends the tags of an answer: those of Surrogate-Key, separated by spaces, and of Cache-Tag, by commas.
func appendTags(dst []byte, h *wire.Head, g *cache.Generations) []byte {
	for i := h.First(wire.SurrogateKey); i >= 0; i = h.Next(i) {
		for tag := range bytes.FieldsSeq(h.ValueAt(i)) {
			dst = g.AppendTag(dst, tag)
		}
	}
	for i := h.First(wire.CacheTag); i >= 0; i = h.Next(i) {
		for tag := range wire.Tokens(h.ValueAt(i)) {
			dst = g.AppendTag(dst, tag)
		}
	}
	return dst
}

// filling is an answer on its way into the store.
type filling struct {
	store  *cache.Store
	buffer *cache.Buffer
	key    cache.Key
	text   []byte
	place  cache.Place
	entry  entry
	meta   []byte
	length int64
	prefix []byte
	source wire.Source
	flight *flight
}

// relay makes the body of x's reply a reader of what a goroutine stores.
func (f *Filter) relay(x *filters.Exchange, e *errand, w *filling) {
	body := &x.Reply.Body
	w.prefix, w.source = bytes.Clone(body.Bytes()), body.Stream()
	w.place, w.flight = e.place, e.flight
	w.buffer = w.store.Buffer(w.length, f.maxBody)
	body.Wrap(nil)
	body.SetStream(nil, w.buffer.Reader())
	if e.flight != nil && w.entry.reusable() {
		e.flight.answer, e.flight.body, e.flight.length = w.meta, w.buffer, w.length
		f.cache.flights.decide(e.flight, onItsWay)
	} else {
		f.cache.flights.decide(e.flight, alone)
	}
	go f.cache.fill(w)
}

var errPanic = errors.New("panic")

// fill reads the body to its end and stores it, if it is whole.
func (c *Cache) fill(w *filling) {
	err := errPanic
	defer func() {
		if p := recover(); p != nil {
			slog.Error("panic while an answer was stored", "cause", p)
		}
		var trailer *wire.Head
		if err == io.EOF {
			trailer = w.source.Trailer()
		}
		w.buffer.Finish(err, trailer)
		w.source.Close()
		if err == io.EOF && w.store.State(w.entry.born, &w.place, w.entry.tags) != cache.Purged {
			w.buffer.Store(w.key, w.text, w.meta)
		}
		if w.flight != nil {
			c.flights.land(w.flight)
		}
		w.buffer.Release()
	}()
	err = w.copy()
}

// copy returns io.EOF when all of the body came.
func (w *filling) copy() error {
	n := int64(len(w.prefix))
	if err := w.buffer.Write(w.prefix); err != nil {
		return err
	}
	for {
		p, err := w.source.Next()
		if err == io.EOF && w.length >= 0 && n != w.length {
			return fmt.Errorf("%w: %d of %d bytes", wire.ShortBody, n, w.length)
		}
		if err != nil {
			return err
		}
		n += int64(len(p))
		if err := w.buffer.Write(p); err != nil {
			return err
		}
	}
}
