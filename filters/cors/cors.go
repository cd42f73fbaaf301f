// Package cors lets pages of other origins call a route (Fetch standard, section 3.2). The preflight is answered here and
// reaches neither authentication nor the upstream; the fields of the answers are the gateway's alone.
package cors

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/wire"
)

// CORS stands before authentication: a preflight carries no credentials, and a page must be able to read refusals.
type CORS struct {
	origins     origins
	any         bool // the answer is the same for every origin
	credentials bool
	anyHeader   bool // whatever is asked for may be sent

	preflight wire.Head // of the preflight's answer, but for what depends on the request
	expose    *wire.Field
	anyOrigin wire.Field
	origin    wire.Field
	withCreds wire.Field
	headers   wire.Field
	varies    wire.Field // of the preflight, where it is refused too
	upstreams []wire.Field
}

// New compiles a route's CORS rules.
func New(c *conf.CORS) *CORS {
	f := &CORS{
		origins:     newOrigins(c.Origins),
		credentials: c.Credentials,
		anyHeader:   slices.Contains(c.Headers, "*"),
		anyOrigin:   field("Access-Control-Allow-Origin", "*"),
		origin:      field("Access-Control-Allow-Origin", ""),
		withCreds:   field("Access-Control-Allow-Credentials", "true"),
		headers:     field("Access-Control-Allow-Headers", ""),
		varies:      field("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
	}
	f.any = f.origins.all && !c.Credentials
	for _, name := range []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Expose-Headers"} {
		f.upstreams = append(f.upstreams, field(name, ""))
	}
	if len(c.Expose) > 0 {
		expose := field("Access-Control-Expose-Headers", strings.Join(c.Expose, ", "))
		f.expose = &expose
	}
	for _, known := range []struct{ name, value string }{
		{"Access-Control-Allow-Methods", strings.Join(c.Methods, ", ")},
		{"Access-Control-Allow-Headers", strings.Join(c.Headers, ", ")},
		{"Access-Control-Max-Age", strconv.FormatInt(int64(time.Duration(c.MaxAge)/time.Second), 10)},
	} {
		if known.value != "" && !(f.anyHeader && known.name == f.headers.Name()) {
			line := field(known.name, known.value)
			f.preflight.AddField(&line)
		}
	}
	return f
}

func field(name, value string) wire.Field {
	f, ok := wire.NewField(name, value)
	if !ok {
		panic("BUG: the configuration lets " + strconv.Quote(value) + " into " + name)
	}
	return f
}

// Request implements filters.Filter. It answers preflights, also those that it does not grant: then without the fields
// that would.
func (f *CORS) Request(x *filters.Exchange) filters.Verdict {
	q := &x.Request
	if q.Method != wire.OPTIONS || !q.Has(wire.Origin) || !q.Has(wire.AccessControlRequestMethod) {
		return filters.Next
	}
	if !f.origins.allow(q.Value(wire.Origin)) {
		x.Respond(204, nil, nil)
		x.Reply.AddField(&f.varies)
		return filters.Done
	}
	x.Respond(204, &f.preflight, nil)
	f.grant(x)
	if asked := q.Value(wire.AccessControlRequestHeaders); f.anyHeader && asked != nil {
		x.Reply.AddFieldValue(&f.headers, asked)
	}
	x.Reply.AddField(&f.varies)
	return filters.Done
}

// Response implements filters.ResponseFilter: refusals of the filters behind this one are answers too.
func (f *CORS) Response(x *filters.Exchange) {
	for i := range f.upstreams {
		x.Reply.RemoveField(&f.upstreams[i])
	}
	if !f.any {
		varyOnOrigin(&x.Reply.Head)
	}
	if origin := x.Request.Value(wire.Origin); origin != nil && f.origins.allow(origin) {
		f.grant(x)
		if f.expose != nil {
			x.Reply.AddField(f.expose)
		}
	}
}

// grant lets the request's origin read the reply.
func (f *CORS) grant(x *filters.Exchange) {
	if f.any {
		x.Reply.AddField(&f.anyOrigin)
		return
	}
	x.Reply.AddFieldValue(&f.origin, x.Request.Value(wire.Origin))
	if f.credentials {
		x.Reply.AddField(&f.withCreds)
	}
}

// varyOnOrigin tells caches that another origin gets another answer.
func varyOnOrigin(h *wire.Head) {
	for i := h.First(wire.Vary); i >= 0; i = h.Next(i) {
		for name := range wire.Tokens(h.ValueAt(i)) {
			if wire.EqualFold(name, "origin") || string(name) == "*" {
				return
			}
		}
	}
	h.AddKnown(wire.Vary, vary)
}

var vary = []byte("Origin")

var _ filters.ResponseFilter = (*CORS)(nil)
