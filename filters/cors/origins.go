package cors

import (
	"bytes"
	"strings"
)

// origins is which origins may read answers. Origins are compared as browsers write them (RFC 6454 section 6.2): in lower
// case and without a default port.
type origins struct {
	all   bool
	exact map[string]bool
	wild  []wildcard
}

// wildcard is an origin for every name below a domain: "https://*.example.com".
type wildcard struct{ scheme, domain string } // "https://", ".example.com"

func newOrigins(list []string) origins {
	o := origins{exact: make(map[string]bool, len(list))}
	for _, s := range list {
		scheme, domain, wild := strings.Cut(s, "*")
		switch {
		case s == "*":
			o.all = true
		case wild:
			o.wild = append(o.wild, wildcard{scheme, domain})
		default:
			o.exact[s] = true
		}
	}
	return o
}

// allow reports whether an origin is one of them.
func (o *origins) allow(origin []byte) bool {
	if o.all || o.exact[string(origin)] {
		return true
	}
	for i := range o.wild {
		if o.wild[i].has(origin) {
			return true
		}
	}
	return false
}

// has reports whether labels, and nothing but labels, stand in the asterisk's place.
func (w *wildcard) has(origin []byte) bool {
	rest, is := bytes.CutPrefix(origin, []byte(w.scheme))
	if !is {
		return false
	}
	labels, is := bytes.CutSuffix(rest, []byte(w.domain))
	if !is || len(labels) == 0 || labels[0] == '.' || labels[len(labels)-1] == '.' {
		return false
	}
	for _, c := range labels {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.') {
			return false
		}
	}
	return true
}
