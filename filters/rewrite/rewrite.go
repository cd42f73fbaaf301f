// Package rewrite changes the path that goes upstream. The canonical path, by which the route was found and the request
// inspected, stays what it is.
package rewrite

import (
	"bytes"
	"fmt"
	"strings"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/template"
	"sallyport/internal/wire"
)

// Rewrite strips, replaces and adds prefixes, in this order, or makes a path of its own.
type Rewrite struct {
	strip   []byte // without a slash at the end, like all prefixes here
	replace bool
	from    []byte
	to      []byte
	add     []byte
	path    *template.Template // instead of all the others; nil when not written

	refused *filters.Denial
}

// New compiles a route's rewrite.
func New(c *conf.Rewrite, site *filters.Site) (*Rewrite, error) {
	r := &Rewrite{refused: site.Denial(filters.FaultReason(wire.TargetForm))}
	if c.Path != "" {
		var err error
		r.path, err = template.CompileURL(c.Path, site)
		return r, err
	}
	replace := conf.Replace{}
	if c.Replace != nil {
		r.replace, replace = true, *c.Replace
	}
	for _, p := range []struct {
		text string
		to   *[]byte
	}{{c.StripPrefix, &r.strip}, {replace.From, &r.from}, {replace.To, &r.to}, {c.AddPrefix, &r.add}} {
		if p.text == "" {
			continue
		}
		canonical, fault := wire.AppendCanonicalPath(nil, []byte(p.text))
		if fault != wire.Whole {
			return nil, fmt.Errorf("%q is not a path", p.text)
		}
		*p.to = []byte(strings.TrimRight(string(canonical), "/"))
	}
	return r, nil
}

// Request implements filters.Filter.
func (r *Rewrite) Request(x *filters.Exchange) filters.Verdict {
	if r.path != nil {
		return r.template(x)
	}
	path, _ := cutPrefix(x.Request.Target.Path, r.strip)
	dst := append(x.Forward[:0], r.add...)
	if r.replace {
		rest, found := cutPrefix(path, r.from)
		if found {
			dst = append(dst, r.to...)
		}
		path = rest
	}
	dst = append(dst, path...)
	if len(dst) == 0 {
		dst = append(dst, '/')
	}
	x.Forward = dst
	return filters.Next
}

// template makes the path. Texts and parameters side by side could make dots or empty segments of their own: what goes
// upstream is canonical all the same.
func (r *Rewrite) template(x *filters.Exchange) filters.Verdict {
	x.Scratch, _ = r.path.Append(x.Scratch[:0], x)
	var fault wire.Fault
	if x.Forward, fault = wire.AppendCanonicalPath(x.Forward[:0], x.Scratch); fault != wire.Whole {
		x.Forward = x.Forward[:0]
		return x.Refuse(r.refused)
	}
	return filters.Next
}

// cutPrefix returns path without prefix, where that is whole segments, and path itself otherwise.
func cutPrefix(path, prefix []byte) (rest []byte, found bool) {
	if rest, found = bytes.CutPrefix(path, prefix); found && (len(rest) == 0 || rest[0] == '/') {
		return rest, true
	}
	return path, false
}
