package conf

import (
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

func (v *validator) policies() {
	for _, name := range names(v.c.Policies) {
		v.rules(&v.c.Policies[name].Rules, []string{"policies", name})
	}
}

// rules checks what a policy or a route says, without regard to what else the route says.
func (v *validator) rules(r *Rules, base []string) {
	if r.Auth != nil {
		v.auth(r.Auth, under(base, "auth"))
	}
	v.require(r.Require, under(base, "require"))
	if r.Address != nil {
		v.address(r.Address, under(base, "address"))
	}
	if r.Content != nil {
		v.content(r.Content, under(base, "content"))
	}
	if r.WAF != nil {
		v.waf(r.WAF, under(base, "waf"))
	}
	v.limits(r, base)
	v.edits(r.Headers, under(base, "headers"))
	v.edits(r.RequestHeaders, under(base, "request_headers"))
	if r.CORS != nil {
		v.cors(r.CORS, under(base, "cors"))
	}
	if r.Mask != nil {
		v.distinct(r.Mask.JSON, under(base, "mask", "json")...)
		if len(r.Mask.JSON) == 0 && v.is(kindArray, under(base, "mask", "json")...) {
			v.errorAt("json is empty: nothing is masked", under(base, "mask", "json"))
		}
	}
	if r.Forward != nil {
		for _, name := range names(r.Forward.Headers) {
			at := v.at(under(base, "forward", "headers", name)...)
			if v.fieldName(at, "headers", name) && isFraming(name) {
				v.errorf(at, "headers: %s is set by the gateway alone", name)
			}
		}
	}
	v.distinct(r.Upgrade, under(base, "upgrade")...)
	if t := r.Timeout; t.Attempt > 0 && t.Request > 0 && t.Attempt > t.Request {
		v.warnAt("attempt, %s, is never reached: request is %s", under(base, "timeout", "attempt"), t.Attempt, t.Request)
	}
}

func (v *validator) auth(a *Auth, base []string) {
	for word, list := range map[string][]Authenticator{"any": a.Any, "all": a.All} {
		for i, r := range list {
			at := v.element(i, under(base, word)...)
			if slices.Contains(list[:i], r) {
				v.errorf(at, "%s names %q twice", word, r)
				continue
			}
			v.authenticator(r, at)
		}
	}
}

func (v *validator) authenticator(r Authenticator, at Position) {
	c := v.c
	switch r.Kind {
	case "issuer":
		reference(v, at, "issuer", r.Name, c.Issuers)
	case "keys":
		reference(v, at, "table of keys", r.Name, c.Keys)
	case "basic":
		reference(v, at, "table of basic", r.Name, c.Basic)
	case "signature":
		reference(v, at, "table of signatures", r.Name, c.Signatures)
	case "mtls":
		if r.Name != "" && !reference(v, at, "table of certificates", r.Name, c.Certificates) {
			return
		}
		for _, l := range c.Listeners {
			if l.TLS != nil && l.TLS.ClientAuth != "none" {
				return
			}
		}
		v.errorf(at, `%q needs a listener that asks for certificates: tls = { client_auth = "optional" or "required", client_ca = "..." }`, r)
	}
}

func (v *validator) require(rs Requires, base []string) {
	n, whole := v.c.root.find(base...)
	if !whole {
		return
	}
	nodes := n.oneOrMore()
	for i, r := range rs {
		if i >= len(nodes) {
			return
		}
		at := nodes[i].place
		if nodes[i].kind == kindTable && !slices.ContainsFunc(nodes[i].keys, func(key string) bool { return key != "methods" && key != "mode" }) {
			v.errorf(at, `require asks for nothing; write what the caller must hold, such as { scopes_any = ["api"] }`)
		}
		for _, list := range []struct {
			key  string
			list []string
		}{{"scopes_all", r.ScopesAll}, {"scopes_any", r.ScopesAny}, {"roles_all", r.RolesAll}, {"roles_any", r.RolesAny}, {"acr", r.ACR}} {
			v.words(nodes[i].child(list.key), list.list)
		}
		v.methodNodes(nodes[i].child("methods"), r.Methods)
	}
}

// words checks a list of scopes or the like: none is empty, has a space in it, or stands twice.
func (v *validator) words(n *node, list []string) {
	if n == nil || n.kind != kindArray {
		return
	}
	if len(list) == 0 {
		v.errorf(n.place, "%s is empty", n.key)
	}
	for i, s := range list {
		switch {
		case s == "":
			v.errorf(n.array[i].place, "%s has an empty element", n.key)
		case strings.ContainsAny(s, " \t\r\n"):
			v.errorf(n.array[i].place, "%s: %q has a space in it; each is an element of its own", n.key, s)
		case slices.Contains(list[:i], s):
			v.errorf(n.array[i].place, "%s names %q twice", n.key, s)
		}
	}
}

func (v *validator) methodNodes(n *node, list []string) {
	if n == nil || n.kind != kindArray {
		return
	}
	v.words(n, list)
	for i, m := range list {
		if m != strings.ToUpper(m) && isKnownMethod(strings.ToUpper(m)) {
			v.errorf(n.array[i].place, "methods are compared with their case; write %q", strings.ToUpper(m))
		}
	}
}

func (v *validator) address(a *Address, base []string) {
	for i, name := range a.Feeds {
		reference(v, v.element(i, under(base, "feeds")...), "feed", name, v.c.Feeds)
	}
	v.distinct(a.Feeds, under(base, "feeds")...)
	for i, allowed := range a.Allow {
		for _, denied := range a.Deny {
			if allowed.IsValid() && denied.IsValid() && denied.Bits() <= allowed.Bits() && denied.Contains(allowed.Addr()) {
				v.warnf(v.element(i, under(base, "allow")...), "allow: %s is never let in: deny has %s", allowed, denied)
			}
		}
	}
	if v.is(kindArray, under(base, "allow")...) && len(a.Allow) == 0 {
		v.errorAt("allow is empty: nobody would be let in; leave it out to let everybody in", under(base, "allow"))
	}
	if n, whole := v.c.root.find(base...); whole && len(a.Allow)+len(a.Deny)+len(a.Feeds) == 0 && !v.failedAt(n) {
		v.errorf(n.place, "address has no rule; write allow, deny or feeds")
	}
}

func (v *validator) content(c *Content, base []string) {
	for i, s := range c.Types {
		kind, params, err := mime.ParseMediaType(s)
		main, sub, _ := strings.Cut(kind, "/")
		if err != nil || len(params) > 0 || main == "" || sub == "" || main == "*" && sub != "*" {
			v.errorf(v.element(i, under(base, "types")...), `types: %q is not a media type; write one such as "application/json" or "image/*"`, s)
		}
	}
	v.distinct(c.Types, under(base, "types")...)
	if n, whole := v.c.root.find(base...); whole && len(c.Types) == 0 && c.Schema == "" && c.MaxBody == 0 && !v.failedAt(n) {
		v.errorf(n.place, "content has no rule; write types, max_body or schema")
	}
}

func (v *validator) waf(w *WAF, base []string) {
	if w.Ruleset != "crs" {
		if w.Ruleset == "" {
			v.errorAt(`ruleset is ""; write "crs" or the name of a table in [rulesets]`, under(base, "ruleset"))
		} else {
			reference(v, v.at(under(base, "ruleset")...), "ruleset", w.Ruleset, v.c.Rulesets)
		}
	}
	for i, x := range w.Exclude {
		n := v.elementNode(i, under(base, "exclude"))
		if len(x.Rules)+len(x.Tags) == 0 && n.kind == kindTable && !v.failedAt(n) {
			v.errorf(n.place, `exclude names no rule; write rules = ["942100"] or tags = ["attack-sqli"]`)
		}
		for k, s := range x.Rules {
			if err := ruleRange(s); err != "" {
				v.errorf(n.child("rules").array[k].place, "rules: %s", err)
			}
		}
	}
}

// ruleRange says what is wrong with a rule id or a range of ids.
func ruleRange(s string) string {
	from, to, ranged := strings.Cut(s, "-")
	first, err := strconv.ParseUint(from, 10, 32)
	last := first
	if err == nil && ranged {
		last, err = strconv.ParseUint(to, 10, 32)
	}
	switch {
	case err != nil:
		return strconv.Quote(s) + ` is not a rule id; write one such as "942100" or "942000-942999"`
	case last < first:
		return strconv.Quote(s) + " ends before it begins"
	}
	return ""
}

// isFraming reports whether a field is the gateway's own: it frames the message or concerns one connection.
func isFraming(name string) bool {
	return slices.Contains([]string{"connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}, strings.ToLower(name))
}

func (v *validator) edits(e *HeaderEdits, base []string) {
	if e == nil {
		return
	}
	for i, name := range e.Remove {
		at := v.element(i, under(base, "remove")...)
		if v.fieldName(at, "remove", name) && isFraming(name) {
			v.errorf(at, "remove: %s is set by the gateway alone", name)
		}
	}
	v.fieldMap(e.Set, under(base, "set"))
	v.fieldMap(e.Add, under(base, "add"))
}

// fieldMap checks fields with their values.
func (v *validator) fieldMap(fields map[string]string, base []string) {
	seen := map[string]string{}
	for _, name := range names(fields) {
		at := v.at(under(base, name)...)
		if !v.fieldName(at, base[len(base)-1], name) {
			continue
		}
		if isFraming(name) {
			v.errorf(at, "%s: %s is set by the gateway alone", base[len(base)-1], name)
		}
		if other, twice := seen[strings.ToLower(name)]; twice {
			v.errorf(at, "%s: %s and %s are the same field", base[len(base)-1], name, other)
		}
		seen[strings.ToLower(name)] = name
		v.fieldValue(at, name, fields[name])
		v.places(fields[name], at)
	}
}

// places checks that what stands in a template's braces are attributes.
func (v *validator) places(template string, at Position) {
	for _, part := range SplitTemplate(template) {
		var a Attribute
		if part.Name == "" {
			continue
		}
		if err := a.UnmarshalText([]byte(part.Name)); err != nil {
			v.errorf(at, "{%s}: %v", part.Name, err)
		}
	}
}

func (v *validator) cors(c *CORS, base []string) {
	for i, s := range c.Origins {
		at := v.element(i, under(base, "origins")...)
		if s == "*" {
			if c.Credentials {
				v.errorf(at, `origins: "*" with credentials would let every site act as the user; name the origins`)
			}
			continue
		}
		u, err := url.Parse(strings.Replace(s, "://*.", "://", 1))
		if err != nil || u.Scheme == "" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil || strings.Contains(u.Host, "*") || s != strings.ToLower(s) {
			v.errorf(at, `origins: %q is not an origin; write one such as "https://app.example.com", without a path and in lower case`, s)
		}
	}
	if len(c.Origins) == 0 && v.is(kindArray, under(base, "origins")...) {
		v.errorAt("origins is empty: nobody may read an answer; leave cors out", under(base, "origins"))
	}
	v.distinct(c.Origins, under(base, "origins")...)
	v.methods(c.Methods, under(base, "methods")...)
	for _, list := range []struct {
		key    string
		fields []string
	}{{"headers", c.Headers}, {"expose", c.Expose}} {
		for i, name := range list.fields {
			if name != "*" {
				v.fieldName(v.element(i, under(base, list.key)...), list.key, name)
			}
		}
		v.distinct(list.fields, under(base, list.key)...)
	}
}
