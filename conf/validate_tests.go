package conf

import (
	"net/netip"
	"net/url"
	"strings"
)

func (v *validator) tests() {
	for _, name := range names(v.c.Tests) {
		v.test(v.c.Tests[name], []string{"tests", name})
	}
}

func (v *validator) test(t *Test, base []string) {
	c := v.c
	if t.Request.URL != "" {
		u, err := url.Parse(t.Request.URL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			v.errorAt(`url: %q is not a URL; write one such as "https://api.example.com/v1/orders"`, under(base, "request", "url"), t.Request.URL)
		}
	}
	if m := t.Request.Method; !isToken(m) {
		v.errorAt("method: %q is not a method", under(base, "request", "method"), m)
	} else if upper := strings.ToUpper(m); m != upper && isKnownMethod(upper) {
		v.errorAt("methods are compared with their case; write %q", under(base, "request", "method"), upper)
	}
	for _, name := range names(t.Request.Headers) {
		v.fieldName(v.at(under(base, "request", "headers", name)...), "headers", name)
	}
	if _, err := netip.ParseAddr(t.From); err != nil {
		v.errorAt("from: %q is not an IP address", under(base, "from"), t.From)
	}
	if as := t.As; as != nil {
		v.caller(as, under(base, "as"))
	}
	if e := t.Expect; e.Route != "" {
		reference(v, v.at(under(base, "expect", "route")...), "route", e.Route, c.Routes)
	}
	if e := t.Expect; e.Upstream != "" {
		reference(v, v.at(under(base, "expect", "upstream")...), "upstream", e.Upstream, c.Upstreams)
	}
	if s := t.Expect.Status; s != 0 && s < 100 {
		v.errorAt("status: %d is not a status", under(base, "expect", "status"), s)
	}
	if n, whole := c.root.find(under(base, "expect")...); whole && n.kind == kindTable && len(n.keys) == 0 {
		v.errorf(n.place, "expect is empty: the test would always pass")
	}
}

func (v *validator) caller(as *TestAs, base []string) {
	switch {
	case as.Issuer != "" && as.Keys != "":
		v.errorAt("the caller has a token of an issuer or a key, not both", base)
	case as.Issuer == "" && as.Keys == "" && !v.failedIn(base):
		v.errorAt("the caller is nobody; write issuer or keys, or leave as out", base)
	}
	if as.Issuer != "" {
		reference(v, v.at(under(base, "issuer")...), "issuer", as.Issuer, v.c.Issuers)
	}
	if as.Keys != "" {
		reference(v, v.at(under(base, "keys")...), "keys", as.Keys, v.c.Keys)
	}
	if as.Key != "" && as.Keys == "" {
		v.errorAt("key is the id of one of keys, which is missing", under(base, "key"))
	}
}
