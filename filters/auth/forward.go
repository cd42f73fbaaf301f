package auth

import (
	"bytes"
	"slices"
	"strings"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/attribute"
	"sallyport/internal/wire"
)

// forward tells the upstream who calls, in fields that a client cannot fill in itself.
type forward struct {
	state   *State
	fields  []identityField
	remove  []string // fields with credentials, in lower case
	replace bool
}

// identityField is a field made of an attribute.
type identityField struct {
	name  string // in lower case
	value attribute.Attribute
}

// Forward compiles what the upstream is told about the caller. It returns nil if there is nothing to do. It is to run
// behind everything that looks at credentials.
func (a *Set) Forward(site *filters.Site, r *conf.Route) filters.Filter {
	c := r.Forward
	if c == nil {
		return nil
	}
	f := &forward{state: a.state, replace: c.Token == "replace"}
	for name, value := range c.Headers {
		field := identityField{name: strings.ToLower(name)}
		at := a.c.At("routes", r.Name, "forward", "headers", name)
		if !wire.IsToken(name) {
			a.problem(at, "%q is not the name of a field", name)
		}
		var err error
		if field.value, err = attribute.Compile(*value, site); err != nil {
			a.problem(at, "%v", err)
		}
		f.fields = append(f.fields, field)
	}
	slices.SortFunc(f.fields, func(x, y identityField) int { return strings.Compare(x.name, y.name) })
	if c.Token != "forward" && c.Token != "" {
		f.remove = a.credentials(r.Auth)
	}
	if len(f.fields) == 0 && len(f.remove) == 0 && !f.replace {
		return nil
	}
	return f
}

// credentials returns the fields that the credentials of a route come in.
func (a *Set) credentials(c *conf.Auth) []string {
	fields := []string{"authorization", "dpop"}
	if c == nil {
		return fields
	}
	for _, ref := range slices.Concat(c.Any, c.All) {
		switch ref.Kind {
		case "keys":
			if k := a.keys[ref.Name]; k != nil {
				fields = append(fields, k.header)
			}
		case "signature":
			fields = append(fields, "signature", "signature-input")
		}
	}
	return fields
}

// Request implements filters.Filter.
func (f *forward) Request(x *filters.Exchange) filters.Verdict {
	for i := range f.fields {
		field := &f.fields[i]
		var found bool
		x.Scratch, found = field.value.Append(x.Scratch[:0], x)
		x.Request.RemoveNamed(field.name)
		if found {
			// A value that cannot stand in a field is not sent; the client's is gone all the same.
			x.Request.Add(field.name, listed(x.Scratch))
		}
	}
	for _, name := range f.remove {
		x.Request.RemoveNamed(name)
	}
	if f.replace && x.Identity.Authenticated {
		x.Request.AddKnown(wire.Authorization, f.state.inner.token(x))
	}
	return filters.Next
}

// listed makes of an array claim's kept value, in place, a list as fields have it.
func listed(value []byte) []byte {
	for i := bytes.IndexByte(value, separator); i >= 0 && i < len(value); i++ {
		if value[i] == separator {
			value[i] = ','
		}
	}
	return value
}
