package conf

import (
	"slices"
	"strings"
)

func (v *validator) routes() {
	c := v.c
	if len(c.Routes) == 0 && !c.Has("routes") {
		v.warnf(Position{c.file, 1, 1}, "there is no [routes.NAME]: every request is refused with 404")
	}
	patterns := map[string]Pattern{}
	for _, name := range names(c.Routes) {
		if p, ok := v.route(c.Routes[name], []string{"routes", name}); ok {
			patterns[name] = p
		}
	}
	for _, conflict := range Conflicts(patterns) {
		v.errorf(v.at("routes", conflict.Route, "match"), "%s", conflict.Message)
	}
	v.sharedNames()
}

func (v *validator) route(r *Route, base []string) (Pattern, bool) {
	pattern, ok := v.match(r.Match, under(base, "match"))
	for i, name := range r.Use {
		at := v.element(i, under(base, "use")...)
		if reference(v, at, "policy", name, v.c.Policies) && slices.Contains(r.Use[:i], name) {
			v.errorf(at, "use names %q twice", name)
		}
	}
	if r.Auth == nil && !v.written(base, "auth") {
		v.errorAt(`auth is missing; write who is let in, %s`, base, authForms)
	}
	v.rules(&r.Rules, base)
	if r.Auth != nil && r.Auth.Anonymous {
		v.anonymous(r, base)
	}
	if ok {
		v.params(r, pattern.Params(), base)
	}
	v.destination(r, base)
	v.rewrite(r, pattern, ok, base)
	v.upstreamless(r, base)
	if r.Cache != nil && r.Match.Methods != nil && !slices.Contains(r.Match.Methods, "GET") && !slices.Contains(r.Match.Methods, "HEAD") {
		v.warnAt("cache has no effect: the route takes %s, and only GET and HEAD are cached", under(base, "cache"), strings.Join(r.Match.Methods, ", "))
	}
	return pattern, ok
}

// upstreamless warns of what the route itself says about an upstream, where it goes to none. What a policy says is for its
// other routes too.
func (v *validator) upstreamless(r *Route, base []string) {
	if len(r.To) > 0 || v.c.Has(under(base, "to")...) {
		return
	}
	for _, key := range []string{"cache", "request_headers", "forward", "upgrade"} {
		if path := under(base, key); v.c.Has(path...) {
			v.warnf(v.key(path...), "%s has no effect: the route goes to no upstream", key)
		}
	}
}

func (v *validator) match(m Match, base []string) (Pattern, bool) {
	before := len(v.problems)
	v.methods(m.Methods, under(base, "methods")...)
	seen := map[string]bool{}
	for _, name := range names(m.Headers) {
		at := v.at(under(base, "headers", name)...)
		v.fieldName(at, "headers", name)
		v.fieldValue(at, name, m.Headers[name])
		if lower := strings.ToLower(name); seen[lower] {
			v.errorf(at, "headers has %s twice, in different letter case", name)
		} else {
			seen[lower] = true
		}
	}
	if _, _, err := ParseHost(m.Host); err != nil {
		v.errorAt("host: %v", under(base, "host"), err)
	}
	if !v.is(kindString, under(base, "path")...) {
		return Pattern{}, false
	}
	if _, err := ParsePath(m.Path); err != nil {
		v.errorAt("path: %v", under(base, "path"), err)
	}
	if len(v.problems) > before {
		return Pattern{}, false
	}
	p, err := m.Pattern()
	return p, err == nil
}

// anonymous checks that nothing on an anonymous route asks who the caller is.
func (v *validator) anonymous(r *Route, base []string) {
	if len(r.Require) > 0 {
		v.errorf(v.key(under(base, "require")...), "route %s lets anonymous callers in, who hold nothing that require could ask for", r.Name)
	}
	v.attributes(r, base, func(a Attribute, at Position) {
		if a.Late() {
			v.errorf(at, "%q is never known on route %s, which lets anonymous callers in", a, r.Name)
		}
	})
	if r.Forward != nil && r.Forward.Token == "replace" {
		v.errorAt(`token: route %s lets anonymous callers in, who have no token to replace`, under(base, "forward", "token"), r.Name)
	}
}

// params checks that every path.NAME is a segment of the route's path.
func (v *validator) params(r *Route, params []string, base []string) {
	v.attributes(r, base, func(a Attribute, at Position) {
		if a.Kind == PathParam && !slices.Contains(params, a.Name) {
			v.errorf(at, "%q: the path of route %s, %q, has no segment {%s}", a, r.Name, r.Match.Path, a.Name)
		}
	})
}

// attributes calls f with every attribute that a route reads, and its place.
func (v *validator) attributes(r *Route, base []string, f func(Attribute, Position)) {
	list := func(as Attributes, path ...string) {
		for i, a := range as {
			f(a, v.element(i, path...))
		}
	}
	if r.Rate != nil {
		list(r.Rate.Key, under(base, "rate", "key")...)
	}
	for _, name := range names(r.Rates) {
		list(r.Rates[name].Key, under(base, "rates", name, "key")...)
	}
	if r.Concurrency != nil {
		list(r.Concurrency.Key, under(base, "concurrency", "key")...)
		list(r.Concurrency.Priority, under(base, "concurrency", "priority")...)
	}
	if r.Quota != nil {
		list(r.Quota.Key, under(base, "quota", "key")...)
	}
	penalty := func(p *Penalty, at []string) {
		list(p.Key, under(at, "key")...)
		list(p.Distinct, under(at, "distinct")...)
		list(p.Blocks, under(at, "blocks")...)
	}
	if r.Penalty != nil {
		penalty(r.Penalty, under(base, "penalty"))
	}
	for _, name := range names(r.Penalties) {
		penalty(r.Penalties[name], under(base, "penalties", name))
	}
	if r.Cache != nil {
		list(r.Cache.VaryOn, under(base, "cache", "vary_on")...)
	}
	if r.Forward != nil {
		for _, name := range names(r.Forward.Headers) {
			f(*r.Forward.Headers[name], v.at(under(base, "forward", "headers", name)...))
		}
	}
	for key, e := range map[string]*HeaderEdits{"headers": r.Headers, "request_headers": r.RequestHeaders} {
		if e != nil {
			v.fieldAttributes(e.Set, under(base, key, "set"), f)
			v.fieldAttributes(e.Add, under(base, key, "add"), f)
		}
	}
	if r.Respond != nil {
		v.fieldAttributes(r.Respond.Headers, under(base, "respond", "headers"), f)
		v.fieldAttributes(map[string]string{"body": r.Respond.Body}, under(base, "respond"), f)
	}
	list(r.Split.Sticky, under(base, "split", "sticky")...)
	v.claimAttributes(r.Require, base, f)
}

// fieldAttributes calls f with the attributes in templates.
func (v *validator) fieldAttributes(fields map[string]string, base []string, f func(Attribute, Position)) {
	for _, name := range names(fields) {
		for _, part := range SplitTemplate(fields[name]) {
			var a Attribute
			if part.Name != "" && a.UnmarshalText([]byte(part.Name)) == nil {
				f(a, v.at(under(base, name)...))
			}
		}
	}
}

func (v *validator) claimAttributes(rs Requires, base []string, f func(Attribute, Position)) {
	n, whole := v.c.root.find(under(base, "require")...)
	if !whole {
		return
	}
	nodes := n.oneOrMore()
	for i, r := range rs {
		for _, rule := range r.Claims {
			if rule.Equals == nil || i >= len(nodes) {
				continue
			}
			at := nodes[i].place
			if c, ok := nodes[i].find("claims", rule.Claim(), "equals"); ok {
				at = c.place
			}
			f(*rule.Equals, at)
		}
	}
}

// destination checks that a route leads somewhere, and to one place.
func (v *validator) destination(r *Route, base []string) {
	var ways []string
	for _, key := range []string{"to", "respond", "redirect", "events"} {
		if v.written(base, key) {
			ways = append(ways, key)
		}
	}
	switch {
	case len(ways) == 0:
		v.errorAt(`the route leads nowhere; write to = "an upstream", respond, redirect or events`, base)
	case len(ways) > 1:
		v.errorf(v.key(under(base, ways[1])...), "the route has both %s; it leads to one of them", strings.Join(ways, " and "))
	}
	v.targets(r, base)
	if r.Events != "" {
		reference(v, v.at(under(base, "events")...), "issuer", r.Events, v.c.Issuers)
	}
	if r.Respond != nil {
		v.fieldMap(r.Respond.Headers, under(base, "respond", "headers"))
		v.places(r.Respond.Body, v.at(under(base, "respond", "body")...))
		if s := r.Respond.Status; (s == 204 || s == 304) && r.Respond.Body != "" {
			v.errorAt("an answer with status %d has no body", under(base, "respond", "body"), s)
		}
		v.fieldValue(v.at(under(base, "respond", "type")...), "type", r.Respond.Type)
	}
	if d := r.Redirect; d != nil && !slices.Contains([]int{301, 302, 303, 307, 308}, d.Status) {
		v.errorAt("status is %d; a redirect has 301, 302, 303, 307 or 308", under(base, "redirect", "status"), d.Status)
	}
}

func (v *validator) targets(r *Route, base []string) {
	sum := 0
	for _, t := range r.To {
		at := v.at(under(base, "to", t.Upstream)...)
		if v.is(kindString, under(base, "to")...) {
			at = v.at(under(base, "to")...)
		} else if v.c.Has(under(base, "to", t.Upstream)...) {
			at = v.key(under(base, "to", t.Upstream)...)
		}
		reference(v, at, "upstream", t.Upstream, v.c.Upstreams)
		sum += t.Weight
	}
	if v.is(kindTable, under(base, "to")...) && sum == 0 && !v.failedIn(under(base, "to")) {
		v.errorAt("the weights of to are all 0; no request would go anywhere", under(base, "to"))
	}
	several := len(r.To) > 1
	for _, key := range []string{"split", "canary"} {
		if v.c.Has(under(base, key)...) && !several {
			v.errorf(v.key(under(base, key)...), "%s is about several upstreams; write to = { a = 95, b = 5 }", key)
		}
	}
	if c := r.Canary; c != nil && several && c.Upstream != "" && !slices.ContainsFunc(r.To, func(t Target) bool { return t.Upstream == c.Upstream }) {
		v.errorAt("upstream: %q is not one of those in to", under(base, "canary", "upstream"), c.Upstream)
	}
	if m := r.Mirror; m != nil && m.To != "" {
		reference(v, v.at(under(base, "mirror", "to")...), "upstream", m.To, v.c.Upstreams)
		if len(r.To) == 0 && !v.c.Has(under(base, "to")...) {
			v.errorf(v.key(under(base, "mirror")...), "mirror copies what goes upstream, and this route goes to none")
		}
	}
	v.tester(r.Split, base)
}

func (v *validator) tester(s Split, base []string) {
	if s.Header != "" {
		v.fieldName(v.at(under(base, "split", "header")...), "header", s.Header)
	}
	if s.Cookie != "" && !isToken(s.Cookie) {
		v.errorAt("cookie: %q is not a cookie's name", under(base, "split", "cookie"), s.Cookie)
	}
}

// failedIn reports whether a mistake was already found in the value at path.
func (v *validator) failedIn(path []string) bool {
	n, whole := v.c.root.find(path...)
	return whole && v.failedAt(n)
}
