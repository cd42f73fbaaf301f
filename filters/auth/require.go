package auth

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/attribute"
)

// permit lets a caller pass who holds everything that a route and its policies require.
type permit struct {
	rules  []rule
	scope  *filters.Denial
	claim  *filters.Denial
	shadow struct{ scope, claim *filters.Denial }
}

// rule is one table of requirements.
type rule struct {
	methods []string // nil: all
	shadow  bool

	scopes    bits   // all of them
	anyScopes []bits // one of each
	claims    bits   // all of them
	equals    []equality

	classes  bits // one of these
	stepUp   bool
	maxAge   int64           // seconds; 0: any
	strongUp *filters.Denial // what asks for a stronger authentication
}

// equality asks that a claim has the value of an attribute of the request.
type equality struct {
	claim int // index of filters.Claims
	with  attribute.Attribute
}

// Authorize compiles a route's requirements. It returns nil if there are none.
func (a *Set) Authorize(site *filters.Site, r *conf.Route) filters.Filter {
	p := &permit{}
	var asked []string // scopes, for WWW-Authenticate
	at := a.c.At("routes", r.Name, "require")
	for i := range r.Require {
		if c := &r.Require[i]; c.Mode != conf.Off {
			p.rules = append(p.rules, a.newRule(site, c, at))
			asked = append(asked, append(c.ScopesAll, c.ScopesAny...)...)
		}
	}
	if len(p.rules) == 0 {
		return nil
	}
	slices.Sort(asked)
	challenge := `Bearer error="insufficient_scope"`
	if len(asked) > 0 {
		challenge += fmt.Sprintf(`, scope=%q`, strings.Join(slices.Compact(asked), " "))
	}
	p.scope = site.Denial(filters.AuthzScope).With("WWW-Authenticate", challenge)
	p.claim = site.Denial(filters.AuthzClaim)
	p.shadow.scope = site.Shadow(filters.AuthzScope)
	p.shadow.claim = site.Shadow(filters.AuthzClaim)
	return p
}

func (a *Set) newRule(site *filters.Site, c *conf.Require, at conf.Position) rule {
	r := rule{methods: c.Methods, shadow: c.Mode == conf.Shadow}
	bit := func(i int, err error) bits {
		var b bits
		if err != nil {
			a.problem(at, "%v", err)
			return b
		}
		b.add(i)
		return b
	}
	join := func(b *bits, other bits) { b.join(&other) }
	for _, s := range c.ScopesAll {
		join(&r.scopes, bit(a.facts.scope(s)))
	}
	for _, s := range c.RolesAll {
		join(&r.scopes, bit(a.facts.role(s)))
	}
	oneOf := func(names []string, fact func(string) (int, error)) {
		if len(names) == 0 {
			return
		}
		var b bits
		for _, s := range names {
			join(&b, bit(fact(s)))
		}
		r.anyScopes = append(r.anyScopes, b)
	}
	oneOf(c.ScopesAny, a.facts.scope)
	oneOf(c.RolesAny, a.facts.role)
	for i := range c.Claims {
		rule := &c.Claims[i]
		switch {
		case rule.Equals != nil:
			with, err := attribute.Compile(*rule.Equals, site)
			if err != nil {
				a.problem(at, "claim %s: %v", rule.Claim(), err)
			}
			r.equals = append(r.equals, equality{site.Claims.Index(strings.Join(rule.Path, ".")), with})
		case rule.Present:
			join(&r.claims, bit(a.facts.present(rule)))
		default:
			join(&r.claims, bit(a.facts.oneOf(rule)))
		}
	}
	r.maxAge = int64(time.Duration(c.MaxAge) / time.Second)
	if len(c.ACR) > 0 || r.maxAge > 0 {
		r.stepUp = true
		for _, class := range c.ACR {
			join(&r.classes, bit(a.facts.class(class)))
		}
		r.strongUp = stepUpDenial(site, c, r.maxAge, r.shadow)
	}
	return r
}

// stepUpDenial asks for a stronger or fresher authentication (RFC 9470 section 3).
func stepUpDenial(site *filters.Site, c *conf.Require, maxAge int64, shadow bool) *filters.Denial {
	if shadow {
		return site.Shadow(filters.AuthStepUp)
	}
	challenge := `Bearer error="insufficient_user_authentication"`
	if len(c.ACR) > 0 {
		challenge += fmt.Sprintf(`, acr_values=%q`, strings.Join(c.ACR, " "))
	}
	if maxAge > 0 {
		challenge += fmt.Sprintf(`, max_age="%d"`, maxAge)
	}
	return site.Denial(filters.AuthStepUp).With("WWW-Authenticate", challenge)
}

// Request implements filters.Filter.
func (p *permit) Request(x *filters.Exchange) filters.Verdict {
	held := bits(x.Identity.Bits)
	for i := range p.rules {
		r := &p.rules[i]
		if r.methods != nil && !r.means(x.Request.MethodText()) {
			continue
		}
		if d := p.judge(r, x, &held); d != nil && x.Refuse(d) == filters.Done {
			return filters.Done
		}
	}
	return filters.Next
}

// judge returns the denial of what the caller lacks, or nil.
func (p *permit) judge(r *rule, x *filters.Exchange, held *bits) *filters.Denial {
	scope, claim := p.scope, p.claim
	if r.shadow {
		scope, claim = p.shadow.scope, p.shadow.claim
	}
	if !r.scopes.within(held) {
		return scope
	}
	for i := range r.anyScopes {
		if !r.anyScopes[i].meets(held) {
			return scope
		}
	}
	if !r.claims.within(held) {
		return claim
	}
	for i := range r.equals {
		if !r.equals[i].holds(x) {
			return claim
		}
	}
	if r.stepUp {
		if !r.classes.empty() && !r.classes.meets(held) {
			return r.strongUp
		}
		if r.maxAge > 0 && x.Start.Unix()-x.Identity.AuthTime > r.maxAge {
			return r.strongUp
		}
	}
	return nil
}

func (r *rule) means(method []byte) bool {
	for _, m := range r.methods {
		if string(method) == m {
			return true
		}
	}
	return false
}

// holds tells whether the claim, or an element of it, is what the request says. What either of them lacks is not equal
// to anything.
func (e *equality) holds(x *filters.Exchange) bool {
	values := x.Identity.Claim(e.claim)
	var found bool
	x.Scratch, found = e.with.Append(x.Scratch[:0], x)
	if !found || len(x.Scratch) == 0 || len(values) == 0 {
		return false
	}
	for len(values) > 0 {
		var value []byte
		value, values, _ = bytes.Cut(values, nul)
		if bytes.Equal(value, x.Scratch) {
			return true
		}
	}
	return false
}

var nul = []byte{separator}
