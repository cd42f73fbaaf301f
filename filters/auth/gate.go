package auth

import (
	"slices"
	"strings"

	"sallyport/conf"
	"sallyport/filters"
)

// way is one way to know a caller: one kind of credentials, for the authenticators of one route that take it.
type way interface {
	// identify looks for credentials in x and judges them. If they are good and keep is set, the caller becomes the
	// identity of x.
	identify(x *filters.Exchange, keep bool) outcome
	// challenge is what WWW-Authenticate says to a request that is refused for o, "" if there is nothing to say.
	challenge(o outcome) string
}

// gate lets in who one of its ways knows, or, with all, whom every one of them knows; then the first says who it is.
type gate struct {
	ways    []way
	all     bool
	denials [outcomes]*filters.Denial
	takes   []string // the names that an identity may bear, for callers that are known beforehand
}

// Authenticate compiles a route's authentication. It returns nil for an anonymous route.
func (a *Set) Authenticate(site *filters.Site, r *conf.Route) filters.Filter {
	if r.Auth == nil || r.Auth.Anonymous {
		return nil
	}
	g := &gate{all: len(r.Auth.All) > 0}
	refs := r.Auth.Any
	if g.all {
		refs = r.Auth.All
	}
	at := a.c.At("routes", r.Name, "auth")
	var issuers []*issuer
	tokens := -1 // where the issuers' one way stands among the ways
	for _, ref := range refs {
		g.takes = append(g.takes, ref.Name)
		if ref.Kind == "issuer" {
			i := a.issuers[ref.Name]
			switch {
			case i == nil:
				a.problem(at, "there is no issuer %q", ref.Name)
				continue
			case g.all && tokens >= 0:
				a.problem(at, "all asks for tokens of two issuers, and a request carries one token")
			case tokens < 0:
				tokens = len(g.ways)
				g.ways = append(g.ways, nil)
			}
			issuers = append(issuers, i)
			continue
		}
		if w := a.way(ref, at); w != nil {
			g.ways = append(g.ways, w)
		}
	}
	if tokens >= 0 {
		g.ways[tokens] = newBearer(a, issuers)
	}
	for o := absent; o < outcomes; o++ {
		g.denials[o] = site.Denial(reasons[o])
		switch o {
		case unavailable, throttled:
			g.denials[o].With("Retry-After", "1")
		default:
			for _, challenge := range g.challenges(o) {
				g.denials[o].With("WWW-Authenticate", challenge)
			}
		}
	}
	return g
}

// way returns the way of an authenticator that is not an issuer.
func (a *Set) way(ref conf.Authenticator, at conf.Position) way {
	var w way
	switch ref.Kind {
	case "keys":
		if k := a.keys[ref.Name]; k != nil {
			w = k
		}
	case "basic":
		if b := a.basic[ref.Name]; b != nil {
			w = b
		}
	case "signature":
		if s := a.signatures[ref.Name]; s != nil {
			w = s
		}
	case "mtls":
		w = a.certificates(ref.Name)
	}
	if w == nil {
		a.problem(at, "there is no %s of the name %q", ref.Kind, ref.Name)
	}
	return w
}

func (g *gate) challenges(o outcome) []string {
	var list []string
	for _, w := range g.ways {
		for _, c := range strings.Split(w.challenge(o), "\n") {
			if c != "" && !slices.Contains(list, c) {
				list = append(list, c)
			}
		}
	}
	return list
}

// Request implements filters.Filter.
func (g *gate) Request(x *filters.Exchange) filters.Verdict {
	if x.Identity.Authenticated { // by Assume: there is no request behind this exchange
		return g.assumed(x)
	}
	o := absent
	for i, w := range g.ways {
		this := w.identify(x, !g.all || i == 0)
		switch {
		case this == accepted && !g.all:
			return filters.Next
		case this != accepted && g.all:
			return g.refuse(x, this)
		}
		o = worse(o, this)
	}
	if g.all {
		return filters.Next
	}
	return g.refuse(x, o)
}

func (g *gate) refuse(x *filters.Exchange, o outcome) filters.Verdict {
	x.Identity.Reset()
	return x.Refuse(g.denials[o])
}

func (g *gate) assumed(x *filters.Exchange) filters.Verdict {
	if slices.Contains(g.takes, x.Identity.Issuer) {
		return filters.Next
	}
	return g.refuse(x, foreign)
}
