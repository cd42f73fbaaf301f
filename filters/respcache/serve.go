package respcache

import (
	"strconv"

	"sallyport/filters"
	"sallyport/internal/wire"
)

// serveStored answers x from the store, without asking the origin.
func (f *Filter) serveStored(x *filters.Exchange, l *lookup, as result) filters.Verdict {
	if !reply(x, &l.entry, &x.Request.Head, l.aged, l.now) {
		return f.missed(x, l)
	}
	addHit(&x.Reply.Head, (l.entry.lifetime-l.aged)/second)
	f.results[as].Inc()
	return filters.Done
}

// reply makes the reply of a stored entry, whose body is in x.Stored. asked is the client's request, whose conditions and
// ranges are evaluated against it. It returns false when the entry cannot answer the request.
func reply(x *filters.Exchange, e *entry, asked *wire.Head, aged, now int64) bool {
	r := &x.Reply
	r.Reset()
	if _, ok := r.Load(e.head); !ok {
		return false
	}
	r.Status = e.status
	r.KeepAlive = true
	x.Origin = filters.FromCache
	x.Denial = nil
	size := x.Stored.Size()
	want, kind := byteRange{0, size}, noRange
	if x.Request.Method == wire.GET && asked.Has(wire.Range) && rangeable(e) {
		total := size
		if e.part.total > 0 {
			total = e.part.total
		}
		want, kind = askedRange(e, &r.Head, asked, total, now)
	}
	switch {
	case e.part.total > 0 && (kind != oneRange || want.first < e.part.first || want.end > e.part.first+size):
		r.Reset()
		return false
	case e.status == 200 && (asked.Has(wire.IfNoneMatch) || asked.Has(wire.IfModifiedSince)) && notModified(asked, &r.Head, e.modified(), now/second):
		makeNotModified(r)
	case kind == unsatisfied:
		makeUnsatisfied(r, size)
	case kind == oneRange:
		total := max(size, e.part.total)
		makePartial(r, want, total)
		x.Stored.Body(&r.Body, want.first-e.part.first, want.end-e.part.first)
	case e.status == 204:
		r.Framing = wire.Framing{}
	default:
		r.Framing = wire.Framing{Kind: wire.Sized, Length: size}
		if x.Request.Method != wire.HEAD {
			x.Stored.Body(&r.Body, 0, size)
		}
	}
	addAge(&r.Head, aged)
	return true
}

// rangeable reports whether ranges of the entry can be served.
func rangeable(e *entry) bool { return e.status == 200 || e.status == 206 && e.part.total > 0 }

// askedRange is the range of the content that the client asked for, unless its condition does not hold.
func askedRange(e *entry, stored, asked *wire.Head, total, now int64) (byteRange, rangeKind) {
	if asked.Has(wire.IfRange) && !rangeCondition(asked.Value(wire.IfRange), stored, e.lastModified, e.date, now/second) {
		return byteRange{0, total}, noRange
	}
	r, kind := parseRange(asked.Value(wire.Range), total)
	if kind == noRange {
		return byteRange{0, total}, noRange
	}
	return r, kind
}

// modified is what If-Modified-Since is compared with (RFC 9111 section 4.3.2).
func (e *entry) modified() int64 {
	if e.lastModified > 0 {
		return e.lastModified
	}
	return e.date
}

// content are the fields that describe the content that a 304 does not have (RFC 9110 section 15.4.5).
var content = [...]wire.Name{wire.ContentEncoding, wire.ContentLanguage, wire.ContentLength, wire.ContentRange, wire.ContentType, wire.ContentDisposition}

func makeNotModified(r *wire.Reply) {
	r.Status = 304
	r.Framing = wire.Framing{}
	for _, name := range content {
		r.Remove(name)
	}
}

func makePartial(r *wire.Reply, part byteRange, total int64) {
	var buffer [80]byte
	b := append(buffer[:0], "bytes "...)
	b = strconv.AppendInt(b, part.first, 10)
	b = strconv.AppendInt(append(b, '-'), part.end-1, 10)
	b = strconv.AppendInt(append(b, '/'), total, 10)
	r.AddKnown(wire.ContentRange, b)
	r.Status = 206
	r.Framing = wire.Framing{Kind: wire.Sized, Length: part.end - part.first}
}

func makeUnsatisfied(r *wire.Reply, total int64) {
	for _, name := range content {
		r.Remove(name)
	}
	var buffer [40]byte
	r.AddKnown(wire.ContentRange, strconv.AppendInt(append(buffer[:0], "bytes */"...), total, 10))
	r.Status = 416
	r.Framing = wire.Framing{Kind: wire.Sized}
}

// addAge adds Age, in whole seconds (RFC 9111 section 5.1).
func addAge(h *wire.Head, aged int64) {
	var buffer [20]byte
	h.AddKnown(wire.Age, strconv.AppendInt(buffer[:0], min(aged/second, maxSeconds), 10))
}
