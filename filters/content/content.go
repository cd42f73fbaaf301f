// Package content says what a request's body may be: its media type, its size, and the schema that it satisfies if it is
// JSON.
package content

import (
	"fmt"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/content/schema"
	"sallyport/internal/wire"
)

// Content refuses bodies that a route does not take.
type Content struct {
	types  []mediaRange // empty takes all
	most   int64
	schema *schema.Schema

	unsupported *filters.Denial
	large       *filters.Denial
	invalid     *filters.Denial
	shadow      bool
}

// New compiles a route's rules about bodies; the mode is not off. limit is the longest body of the route, in bytes.
func New(c *conf.Content, limit int, site *filters.Site) (*Content, error) {
	f := &Content{types: newMediaRanges(c.Types), most: int64(limit), shadow: c.Mode == conf.Shadow}
	if c.MaxBody > 0 {
		f.most = min(f.most, int64(c.MaxBody))
	}
	if c.Schema != "" {
		var err error
		if f.schema, err = schema.Load(string(c.Schema)); err != nil {
			return nil, fmt.Errorf("schema: %w", err)
		}
	}
	denial := site.Denial
	if f.shadow {
		denial = site.Shadow
	}
	f.unsupported, f.large, f.invalid = denial(filters.ContentType), denial(filters.BodyTooLarge), denial(filters.ContentSchema)
	return f, nil
}

// BodyCap is how much of a body is read to be validated: a byte more than it may have, which tells that it has too many.
// Without a schema nothing is read.
func (f *Content) BodyCap() int {
	if f.schema == nil {
		return 0
	}
	return int(f.most) + 1
}

// Request implements filters.Filter.
func (f *Content) Request(x *filters.Exchange) filters.Verdict {
	denial := f.judge(&x.Request)
	if denial == nil {
		return filters.Next
	}
	return x.Refuse(denial)
}

// judge returns why a request is refused, nil when it is not.
func (f *Content) judge(q *wire.Request) *filters.Denial {
	if q.Framing.Kind == wire.NoBody {
		if f.schema != nil && promisesBody(q.Method) {
			return f.invalid
		}
		return nil
	}
	kind, ok := wire.ParseMediaType(q.Value(wire.ContentType))
	if len(f.types) > 0 && !(ok && f.takes(kind)) {
		return f.unsupported
	}
	if q.Framing.Kind == wire.Sized && q.Framing.Length > f.most {
		return f.large
	}
	if !f.shadow {
		q.Body.SetLimit(f.most)
	}
	json := ok && kind.JSON()
	switch {
	case f.schema == nil, !json && len(f.types) > 0: // the route takes this type by name, and the schema is about JSON
		return nil
	case !json, !kind.UTF8(), q.Has(wire.ContentEncoding):
		return f.unsupported
	case int64(len(q.Body.Bytes())) > f.most:
		return f.large
	case !f.schema.Valid(q.Body.Bytes()):
		return f.invalid
	}
	return nil
}

func (f *Content) takes(m wire.MediaType) bool {
	for i := range f.types {
		if f.types[i].has(m) {
			return true
		}
	}
	return false
}

// promisesBody reports whether a request with this method is about its body, so that having none is a mistake.
func promisesBody(m wire.Method) bool { return m == wire.POST || m == wire.PUT || m == wire.PATCH }

var _ filters.BodyReader = (*Content)(nil)
