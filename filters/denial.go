package filters

import (
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/VictoriaMetrics/metrics"

	"sallyport/internal/wire"
)

// Denial is a refusal written in advance: its reason, its counter and its reply, all but the request's id. It is made by
// Site.Denial when a route is compiled, is immutable afterwards and shared by all requests.
type Denial struct {
	Reason
	shadow bool
	site   *Site
	count  atomic.Pointer[metrics.Counter] // made when it is first needed: most are never
	*problem
}

// problem is the reply of a refusal (RFC 9457).
type problem struct {
	head   wire.Head
	before []byte // of the body, up to the request id
	after  []byte
}

// problems holds the reply of each reason, since every route refuses with the same ones.
var problems sync.Map // of code to *problem

func problemOf(r Reason) *problem {
	if p, ok := problems.Load(r.Code); ok {
		return p.(*problem)
	}
	p := &problem{
		before: []byte(`{"type":"urn:sallyport:reason:` + r.Code + `","title":"` + r.Title +
			`","status":` + strconv.Itoa(r.Status) + `,"reason":"` + r.Code + `","request_id":"`),
		after: []byte("\"}\n"),
	}
	p.head.AddKnown(wire.ContentType, []byte("application/problem+json"))
	p.head.AddKnown(wire.CacheControl, []byte("no-store"))
	kept, _ := problems.LoadOrStore(r.Code, p)
	return kept.(*problem)
}

// With adds a field to the reply, such as Allow. It may be called only while the route is compiled.
func (d *Denial) With(name, value string) *Denial {
	own := &problem{before: d.before, after: d.after}
	own.head.CopyFrom(&d.head)
	if !own.head.Add(name, []byte(value)) {
		panic("BUG: denial field " + strconv.Quote(name) + " cannot stand in a head")
	}
	d.problem = own
	return d
}

// counted counts one refusal.
func (d *Denial) counted() {
	c := d.count.Load()
	if c == nil { // cold path: the first refusal of this kind
		c = d.site.counter(d)
		d.count.Store(c)
	}
	c.Inc()
}

// Refuse makes d the reply and returns Done. In shadow mode it only counts what would have been refused and returns Next.
// Fields that depend on the request are added to x.Reply afterwards.
func (x *Exchange) Refuse(d *Denial) Verdict {
	d.counted()
	if d.shadow {
		x.Shadowed = d
		return Next
	}
	x.Denial = d
	x.Origin = FromGateway
	x.body = append(x.body[:0], d.before...)
	x.body = append(x.body, x.ID...)
	x.body = append(x.body, d.after...)
	x.Respond(d.Status, &d.head, x.body)
	return Done
}

// RespondCopy is Respond with a body that may change afterwards.
func (x *Exchange) RespondCopy(status int, fields *wire.Head, body []byte) {
	x.body = append(x.body[:0], body...)
	x.Respond(status, fields, x.body)
}

// Respond makes the reply of these parts; fields may be nil. The body must stay unchanged until the exchange is over.
func (x *Exchange) Respond(status int, fields *wire.Head, body []byte) {
	x.Reply.Reset()
	if fields != nil {
		x.Reply.CopyFrom(fields)
	}
	x.Reply.Status = status
	x.Reply.KeepAlive = true
	if status != 204 && status != 304 { // they end with their head (RFC 9110 section 6.4.1)
		x.Reply.Framing = wire.Framing{Kind: wire.Sized, Length: int64(len(body))}
	}
	x.Reply.Body.SetBytes(body)
}

// ReplaceBody makes p the whole body of the reply, and drops the fields that tell of the bytes that were there. p is
// copied.
func (x *Exchange) ReplaceBody(p []byte) {
	x.body = append(x.body[:0], p...)
	r := &x.Reply
	r.Remove(wire.ContentLength)
	for _, name := range [...]string{"accept-ranges", "content-md5", "content-digest", "digest", "repr-digest"} {
		r.RemoveNamed(name)
	}
	r.Framing = wire.Framing{Kind: wire.Sized, Length: int64(len(p))}
	r.Body.SetBytes(x.body)
}
