package conf

import (
	"slices"
	"strings"
)

// route looks at one route.
func (a *auditor) route(r *Route, base []string) {
	writes := r.Match.Methods == nil || slices.ContainsFunc(r.Match.Methods, isWriting)
	anonymous := r.Auth != nil && r.Auth.Anonymous
	upstream := len(r.To) > 0
	if anonymous && writes && upstream {
		a.add(High, "anonymous-write", under(base, "auth"), `write auth = { any = [...] }, or methods = ["GET", "HEAD"] in match`, "route %s lets anybody write: %s", r.Name, writing(r.Match.Methods))
	}
	if upstream && r.Rate == nil && len(r.Rates) == 0 && r.Quota == nil {
		severity := Medium
		if anonymous {
			severity = High
		}
		a.add(severity, "no-limit", base, `write rate = { key = "client.ip", limit = "100/s" } or the like`, "route %s has no rate limit", r.Name)
	}
	if !anonymous && upstream && len(r.Require) == 0 && tokens(r.Auth) {
		a.add(Medium, "no-require", base, "write require = { scopes_any = [...] }", "route %s takes every token of its issuers, whatever it is for", r.Name)
	}
	a.limits(r, anonymous, base)
	a.modes(r, base)
	a.inspection(r, anonymous, writes && upstream, base)
	a.crossOrigin(r, base)
	if c := r.Cache; c != nil {
		a.cache(c, r, anonymous, base)
	}
	n := r.Normalize
	a.relaxed(n.EncodedSlash, n.DotSegments, n.UnderscoreHeaders, under(base, "normalize"))
}

// tokens reports whether callers come with tokens, which are made for many services.
func tokens(auth *Auth) bool {
	return auth != nil && slices.ContainsFunc(slices.Concat(auth.Any, auth.All), func(x Authenticator) bool { return x.Kind == "issuer" })
}

func isWriting(method string) bool {
	return !slices.Contains([]string{"GET", "HEAD", "OPTIONS"}, method)
}

func writing(methods []string) string {
	if methods == nil {
		return "it takes every method"
	}
	return "it takes " + strings.Join(slices.DeleteFunc(slices.Clone(methods), func(m string) bool { return !isWriting(m) }), ", ")
}

// limits looks at limits that do not hold.
func (a *auditor) limits(r *Route, anonymous bool, base []string) {
	check := func(l *RateLimit, path []string) {
		if !slices.ContainsFunc(l.Key, func(k Attribute) bool { return !chosen(k) }) {
			a.add(Medium, "key-of-the-clients-choice", under(path, "key"), `add "client.ip" or "principal" to the key, or another limit by them`, "whoever sends another %s gets another bucket", l.Key[0])
		}
		if l.Scope == "cluster" && l.OnStateLoss == "allow" {
			a.add(Medium, "no-limit-without-state", under(path, "on_state_loss"), `write "local-share"`, "limit %s is none while the state is away", l.Name)
		}
	}
	if r.Rate != nil {
		check(r.Rate, under(base, "rate"))
	}
	for _, name := range names(r.Rates) {
		check(r.Rates[name], under(base, "rates", name))
	}
	if anonymous && r.Penalty == nil && len(r.Penalties) == 0 && r.Match.Methods != nil && slices.Contains(r.Match.Methods, "POST") && strings.Contains(strings.ToLower(r.Match.Path), "login") {
		a.add(Low, "unguarded-login", base, `write penalty = { status = [401, 403], mode = "enforce" }`, "route %s looks like a login and does not count failures", r.Name)
	}
}

// chosen reports whether a client can send what it likes in an attribute.
func chosen(k Attribute) bool {
	return k.Kind == Header || k.Kind == Cookie || k.Kind == Query || k.Kind == PathParam
}

// modes finds the rules that refuse nothing.
func (a *auditor) modes(r *Route, base []string) {
	check := func(what string, m Mode, path ...string) {
		if m == Shadow || m == Off {
			a.add(Medium, "not-enforced", under(base, path...), `write mode = "enforce" when what it would refuse is known`, "%s of route %s only %s", what, r.Name, map[Mode]string{Shadow: "counts what it would refuse", Off: "stands there"}[m])
		}
	}
	if r.Address != nil {
		check("address", r.Address.Mode, "address", "mode")
	}
	if r.Rate != nil {
		check("the limit", r.Rate.Mode, "rate", "mode")
	}
	for _, name := range names(r.Rates) {
		check("the limit "+name, r.Rates[name].Mode, "rates", name, "mode")
	}
	if r.Concurrency != nil {
		check("the concurrency limit", r.Concurrency.Mode, "concurrency", "mode")
	}
	if r.Quota != nil {
		check("the quota", r.Quota.Mode, "quota", "mode")
	}
	if r.Penalty != nil {
		check("the penalty", r.Penalty.Mode, "penalty", "mode")
	}
	for _, name := range names(r.Penalties) {
		check("the penalty "+name, r.Penalties[name].Mode, "penalties", name, "mode")
	}
	if r.Content != nil {
		check("content", r.Content.Mode, "content", "mode")
	}
	for _, q := range r.Require {
		check("a requirement", q.Mode, "require")
	}
}

// inspection looks at the WAF.
func (a *auditor) inspection(r *Route, anonymous, writes bool, base []string) {
	w := r.WAF
	switch {
	case w == nil:
		if anonymous && writes {
			a.add(Low, "no-waf", base, `write waf = {}`, "route %s passes what anybody sends to the upstream uninspected", r.Name)
		}
		return
	case w.Mode == Off && !writes:
		return
	case w.Mode != Enforce:
		a.add(Medium, "waf-not-enforced", under(base, "waf", "mode"), `write mode = "enforce" once the false positives are excluded`, "the WAF of route %s refuses nothing", r.Name)
	}
	if w.Over != "refuse" && writes {
		a.add(Low, "waf-bodies-over", under(base, "waf", "over"), `write "refuse", or raise body`, "an attack behind the first %s of a body is not seen on route %s", w.Body, r.Name)
	}
	for i, x := range w.Exclude {
		if len(x.Targets) == 0 && slices.ContainsFunc(x.Rules, isWideRange) {
			a.add(Low, "wide-exclusion", under(base, "waf", "exclude"), "name the targets", "exclusion %d of route %s turns a whole family of rules off", i+1, r.Name)
		}
	}
}

func isWideRange(s string) bool { return strings.HasSuffix(s, "999") && strings.Contains(s, "-") }

// crossOrigin looks at CORS.
func (a *auditor) crossOrigin(r *Route, base []string) {
	if r.CORS == nil {
		return
	}
	for _, origin := range r.CORS.Origins {
		switch {
		case strings.Contains(origin, "*.") && r.CORS.Credentials:
			a.add(High, "cors-wildcard-credentials", under(base, "cors", "origins"), "name the origins", "every host below %s may act as the user on route %s", origin, r.Name)
		case origin == "*" && !r.Auth.Anonymous:
			a.add(Medium, "cors-everywhere", under(base, "cors", "origins"), "name the origins", "every site may call route %s", r.Name)
		case strings.HasPrefix(origin, "http://") && r.CORS.Credentials:
			a.add(Medium, "cors-clear-text", under(base, "cors", "origins"), "use https", "whoever is on the way to %s may act as the user on route %s", origin, r.Name)
		}
	}
}

// cache looks at what callers share.
func (a *auditor) cache(c *Cache, r *Route, anonymous bool, base []string) {
	if c.SetCookie == "store" {
		a.add(High, "stored-cookies", under(base, "cache", "set_cookie"), `write "strip" or "bypass"`, "a cookie made for one caller of route %s is given to others", r.Name)
	}
	if !anonymous && len(c.VaryOn) > 0 && !c.VaryOn.Late() {
		a.add(Medium, "shared-answers", under(base, "cache", "vary_on"), `add "principal.tenant" or the like`, "answers of route %s are shared between callers, whoever they are", r.Name)
	}
}
