// Package headers edits the fields of requests on their way upstream and of replies on their way to the client.
package headers

import (
	"fmt"
	"maps"
	"slices"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/template"
	"sallyport/internal/wire"
)

// Request edits what goes upstream.
type Request struct{ edits edits }

// NewRequest compiles the edits of a route's requests.
func NewRequest(c *conf.HeaderEdits, site *filters.Site) (*Request, error) {
	e, err := compile(c, site)
	return &Request{e}, err
}

// Request implements filters.Filter.
func (r *Request) Request(x *filters.Exchange) filters.Verdict {
	r.edits.apply(&x.Request.Head, x)
	return filters.Next
}

// Response edits what goes to the client, whoever made it.
type Response struct{ edits edits }

// NewResponse compiles the edits of a route's replies.
func NewResponse(c *conf.HeaderEdits, site *filters.Site) (*Response, error) {
	e, err := compile(c, site)
	return &Response{e}, err
}

// Request implements filters.Filter.
func (r *Response) Request(*filters.Exchange) filters.Verdict { return filters.Next }

// Response implements filters.ResponseFilter.
func (r *Response) Response(x *filters.Exchange) { r.edits.apply(&x.Reply.Head, x) }

var (
	_ filters.Filter         = (*Request)(nil)
	_ filters.ResponseFilter = (*Response)(nil)
)

// edits are compiled conf.HeaderEdits.
type edits struct {
	remove []wire.Field
	set    []edit
	add    []edit
}

// edit is a field with its value, or with the template of it.
type edit struct {
	field wire.Field
	value *template.Template // nil when the field's own value is the one
}

func compile(c *conf.HeaderEdits, site *filters.Site) (e edits, err error) {
	for _, name := range c.Remove {
		f, err := field(name, "")
		if err != nil {
			return e, err
		}
		e.remove = append(e.remove, f)
	}
	if e.set, err = compileFields(c.Set, site); err != nil {
		return e, err
	}
	e.add, err = compileFields(c.Add, site)
	return e, err
}

func compileFields(fields map[string]string, site *filters.Site) ([]edit, error) {
	var list []edit
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		t, err := template.Compile(fields[name], site)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		e := edit{value: t}
		text, constant := t.Constant()
		if constant {
			e.value = nil
		}
		if e.field, err = field(name, text); err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

func field(name, value string) (wire.Field, error) {
	f, ok := wire.NewField(name, value)
	if !ok {
		return f, fmt.Errorf("%q: %q cannot stand in a head", name, value)
	}
	return f, nil
}

// apply makes the edits in the order remove, set, add. A field whose template asks for what the request has not is left
// out, and so is one whose value would break the head.
func (e *edits) apply(h *wire.Head, x *filters.Exchange) {
	for i := range e.remove {
		h.RemoveField(&e.remove[i])
	}
	for i := range e.set {
		e.set[i].apply(h, x, true)
	}
	for i := range e.add {
		e.add[i].apply(h, x, false)
	}
}

func (e *edit) apply(h *wire.Head, x *filters.Exchange, replace bool) {
	has := true
	if e.value != nil {
		x.Scratch, has = e.value.Append(x.Scratch[:0], x) // first: the value may be made of the field that is replaced
	}
	if replace {
		h.RemoveField(&e.field)
	}
	switch {
	case e.value == nil:
		h.AddField(&e.field)
	case has:
		h.AddFieldValue(&e.field, x.Scratch)
	}
}
