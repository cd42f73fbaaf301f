// Package respond answers requests without an upstream: with what the configuration says, or with another place to go.
package respond

import (
	"fmt"
	"maps"
	"slices"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/template"
	"sallyport/internal/wire"
)

// Respond answers every request. It is a route's last step.
type Respond struct {
	status int
	head   wire.Head // of what is the same for all requests
	fields []field
	body   *template.Template
	text   []byte // the body when it is the same for all requests
}

// field is one whose value is made for each request.
type field struct {
	wire.Field
	value *template.Template
}

// New compiles a route's answer.
func New(c *conf.Respond, site *filters.Site) (*Respond, error) {
	r := &Respond{status: c.Status}
	for _, name := range slices.Sorted(maps.Keys(c.Headers)) {
		if err := r.add(name, c.Headers[name], site); err != nil {
			return nil, err
		}
	}
	if !r.head.Has(wire.ContentType) && c.Type != "" && hasBody(c.Status) {
		r.head.AddKnown(wire.ContentType, []byte(c.Type))
	}
	var err error
	if r.body, err = template.Compile(c.Body, site); err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	if text, constant := r.body.Constant(); constant {
		r.body, r.text = nil, []byte(text)
	}
	return r, nil
}

// hasBody reports whether an answer with this status can have a body (RFC 9110 section 6.4.1).
func hasBody(status int) bool { return status >= 200 && status != 204 && status != 304 }

// add prepares a field.
func (r *Respond) add(name, value string, site *filters.Site) error {
	t, err := template.Compile(value, site)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	text, constant := t.Constant()
	f, ok := wire.NewField(name, text)
	switch {
	case !ok:
		return fmt.Errorf("%q: %q cannot stand in a head", name, value)
	case constant:
		r.head.AddField(&f)
	default:
		r.fields = append(r.fields, field{f, t})
	}
	return nil
}

// Request implements filters.Filter. What a template asks for and the request has not is left out of the body; a field is
// left out whole.
func (r *Respond) Request(x *filters.Exchange) filters.Verdict {
	if r.body == nil {
		x.Respond(r.status, &r.head, r.text)
	} else {
		x.Scratch, _ = r.body.Append(x.Scratch[:0], x)
		x.RespondCopy(r.status, &r.head, x.Scratch)
	}
	for i := range r.fields {
		f := &r.fields[i]
		var has bool
		if x.Scratch, has = f.value.Append(x.Scratch[:0], x); has {
			x.Reply.AddFieldValue(&f.Field, x.Scratch)
		}
	}
	return filters.Done
}
