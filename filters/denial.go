package filters

import (
	"strconv"

	"github.com/VictoriaMetrics/metrics"

	"sallyport/internal/wire"
)

// Denial is a refusal written in advance: its reason, its counter and its reply, all but the request's id. It is made by
// Site.Denial when a route is compiled, is immutable afterwards and shared by all requests.
type Denial struct {
	Reason
	shadow bool
	count  *metrics.Counter
	head   wire.Head
	before []byte // of the body, up to the request id
	after  []byte
}

// newDenial builds the problem document (RFC 9457) and the fields that go with it.
func newDenial(r Reason, shadow bool, count *metrics.Counter) *Denial {
	d := &Denial{Reason: r, shadow: shadow, count: count}
	d.head.AddKnown(wire.ContentType, []byte("application/problem+json"))
	d.head.AddKnown(wire.CacheControl, []byte("no-store"))
	d.before = []byte(`{"type":"urn:sallyport:reason:` + r.Code + `","title":"` + r.Title +
		`","status":` + strconv.Itoa(r.Status) + `,"reason":"` + r.Code + `","request_id":"`)
	d.after = []byte("\"}\n")
	return d
}

// With adds a field to the reply, such as Allow. It may be called only while the route is compiled.
func (d *Denial) With(name, value string) *Denial {
	if !d.head.Add(name, []byte(value)) {
		panic("BUG: denial field " + strconv.Quote(name) + " cannot stand in a head")
	}
	return d
}

// Refuse makes d the reply and returns Done. In shadow mode it only counts what would have been refused and returns Next.
// Fields that depend on the request are added to x.Reply afterwards.
func (x *Exchange) Refuse(d *Denial) Verdict {
	d.count.Inc()
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
