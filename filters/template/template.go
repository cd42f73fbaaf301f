// Package template writes texts with parts of a request in them: fields, paths and URLs.
package template

import (
	"fmt"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/attribute"
)

// Template is a text with places in it. It may be used by any number of goroutines.
type Template struct {
	parts []part
}

// part is some text and the place behind it.
type part struct {
	text      string
	place     place
	index     int // of a path parameter
	attribute attribute.Attribute
}

// place is what stands behind the text of a part.
type place uint8

const (
	nothing place = iota
	ofAttribute
	ofParam
	ofPath
	ofQuery
	ofHost
)

// Compile reads a text in which {attribute} stands for an attribute of the request, such as {client.ip} or {path.id}.
func Compile(text string, site *filters.Site) (*Template, error) {
	t := new(Template)
	for _, c := range conf.SplitTemplate(text) {
		p := part{text: c.Text}
		if c.Name != "" {
			var a conf.Attribute
			err := a.UnmarshalText([]byte(c.Name))
			if err != nil {
				return nil, fmt.Errorf("{%s}: %w", c.Name, err)
			}
			p.place = ofAttribute
			if p.attribute, err = attribute.Compile(a, site); err != nil {
				return nil, err
			}
		}
		t.parts = append(t.parts, p)
	}
	return t, nil
}

// CompileURL reads a URL or a path in which {name} stands for a path parameter, {*} for what the route's /* matched, and
// {host}, {path} and {query} for those of the request. Nothing is decoded or encoded: they are put in as they go upstream.
func CompileURL(text string, site *filters.Site) (*Template, error) {
	t := new(Template)
	for _, c := range conf.SplitTemplate(text) {
		p := part{text: c.Text}
		if c.Name != "" {
			p.index = site.Param(c.Name)
			p.place = urlPlaces[c.Name]
			if p.index >= 0 {
				p.place = ofParam
			}
			if p.place == nothing {
				return nil, fmt.Errorf("%q: there is no {%s}", text, c.Name)
			}
		}
		t.parts = append(t.parts, p)
	}
	return t, nil
}

var urlPlaces = map[string]place{"host": ofHost, "path": ofPath, "query": ofQuery}

// Constant returns the whole text when there are no places in it.
func (t *Template) Constant() (string, bool) {
	return t.parts[0].text, len(t.parts) == 1
}

// Append appends the text for a request. It returns false when the request has not all that the text asks for; nothing
// stands in the places of what is missing. An absent query is no lack, and the "?" or "&" in front of it is left out.
func (t *Template) Append(dst []byte, x *filters.Exchange) ([]byte, bool) {
	from, all := len(dst), true
	for i := range t.parts {
		p := &t.parts[i]
		dst = append(dst, p.text...)
		has := true
		switch p.place {
		case ofAttribute:
			dst, has = p.attribute.Append(dst, x)
		case ofParam:
			dst = append(dst, x.Param(p.index)...)
		case ofPath:
			dst = append(dst, x.Request.Target.Path...)
		case ofQuery:
			if n := len(dst); x.Request.Target.Query == nil && n > from && (dst[n-1] == '?' || dst[n-1] == '&') {
				dst = dst[:n-1]
			}
			dst = append(dst, x.Request.Target.Query...)
		case ofHost:
			dst = append(dst, x.Request.Host()...)
			has = len(x.Request.Host()) > 0
		}
		all = all && has
	}
	return dst, all
}
