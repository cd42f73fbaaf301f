package respond

import (
	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/template"
	"sallyport/internal/wire"
)

// Redirect sends every client elsewhere. It is a route's last step.
type Redirect struct {
	status  int
	to      *template.Template
	refused *filters.Denial // for a request that has not what the place is made of: a host
}

// NewRedirect compiles a route's redirect.
func NewRedirect(c *conf.Redirect, site *filters.Site) (*Redirect, error) {
	to, err := template.CompileURL(c.To, site)
	return &Redirect{status: c.Status, to: to, refused: site.Denial(filters.FaultReason(wire.HostFault))}, err
}

// Request implements filters.Filter.
func (r *Redirect) Request(x *filters.Exchange) filters.Verdict {
	to, has := r.to.Append(x.Scratch[:0], x)
	x.Scratch = to
	if !has {
		return x.Refuse(r.refused)
	}
	for len(to) > 1 && to[0] == '/' && to[1] == '/' {
		to = to[1:] // an empty parameter must not make a host of what follows it (RFC 3986 section 4.2)
	}
	x.Respond(r.status, nil, nil)
	if !x.Reply.AddKnown(wire.Location, to) {
		return x.Refuse(r.refused)
	}
	return filters.Done
}
