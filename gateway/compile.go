package gateway

import (
	"maps"
	"slices"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/address"
	"sallyport/filters/auth"
	"sallyport/filters/limit"
	"sallyport/internal/state"
	"sallyport/lb"
)

// table is one configuration, compiled. It never changes after compile.
type table struct {
	generation uint64
	conf       *conf.Config
	matcher    *matcher
	routes     []*route
	upstreams  map[string]*lb.Upstream
	claims     filters.Claims
	auth       *auth.Set
	state      *state.Engine // nil: nothing is shared
	limits     *limit.Memory
	feeds      *address.Feeds

	site       filters.Site // of what is refused before a route is known
	denials    *denials     // there
	noRoute    *filters.Denial
	notAllowed *filters.Denial
	ids        idSource
}

// compiler makes a table of a configuration, beside the one that is in force.
type compiler struct {
	gateway  *Gateway
	conf     *conf.Config
	old      *table // nil for the first
	table    *table
	problems conf.Problems
}

// compile makes the table of a configuration, or says everything that is wrong with it. It starts nothing and changes
// nothing: a table that is given up leaves no trace. What the new table takes over from the old one, because its
// definition did not change, is decided here and nowhere else.
func (g *Gateway) compile(c *conf.Config, old *table) (*table, conf.Problems) {
	b := &compiler{gateway: g, conf: c, old: old, table: &table{conf: c, generation: 1, upstreams: map[string]*lb.Upstream{}}}
	t := b.table
	if old != nil {
		t.generation = old.generation + 1
	}
	t.site = filters.Site{Claims: &t.claims, Metrics: g.metrics}
	t.denials = newDenials(&t.site)
	t.noRoute = t.site.Denial(filters.RouteNone)
	t.notAllowed = t.site.Denial(filters.MethodNotAllowed)
	t.ids = newIDSource(c.Gateway.RequestID.Header)
	t.state = b.engine()
	t.limits = b.memory()
	var feeds *address.Feeds
	if old == nil {
		t.auth = auth.Compile(g.auth, c, nil)
	} else {
		t.auth = auth.Compile(g.auth, c, old.auth)
		feeds = old.feeds
	}
	t.feeds = address.CompileFeeds(c.Feeds, feeds, g.metrics, func(name string, err error) { b.fail(err, "feeds", name) })
	g.rulesets.Begin()
	for _, name := range slices.Sorted(maps.Keys(c.Upstreams)) {
		b.upstream(c.Upstreams[name])
	}
	var rules []matchRule
	for _, name := range slices.Sorted(maps.Keys(c.Routes)) {
		r := c.Routes[name]
		pattern, err := r.Match.Pattern()
		if err != nil {
			b.fail(err, "routes", name, "match")
			continue
		}
		rules = append(rules, matchRule{Pattern: pattern, preflight: r.CORS != nil})
		t.routes = append(t.routes, b.route(r, pattern))
	}
	var err error
	if t.matcher, err = compileMatcher(rules); err != nil {
		b.fail(err, "routes")
	}
	t.auth.Seal(&t.claims)
	b.problems = append(b.problems, t.auth.Problems()...)
	t.limits.Seal()
	if len(b.problems) == 0 {
		g.rulesets.End()
	}
	return t, b.problems
}

// fail notes what is wrong with the value at a path of keys.
func (b *compiler) fail(err error, path ...string) {
	b.problems = append(b.problems, b.conf.At(path...).Errorf("%v", err))
}

func (b *compiler) upstream(c *conf.Upstream) {
	var previous *lb.Upstream
	if b.old != nil {
		previous = b.old.upstreams[c.Name]
	}
	u, err := lb.Compile(c, previous)
	if err != nil {
		b.fail(err, "upstreams", c.Name)
		return
	}
	b.table.upstreams[c.Name] = u
}

// route compiles one route.
func (b *compiler) route(c *conf.Route, pattern conf.Pattern) *route {
	r := &route{
		site:     filters.Site{Route: c.Name, Params: pattern.Params(), Claims: &b.table.claims, Metrics: b.gateway.metrics},
		counters: b.gateway.countersOf(c.Name),
		timeouts: newRouteTimeouts(b.conf, c),
		odd:      newOddities(c.Normalize),
	}
	r.denials = newDenials(&r.site)
	if len(c.To) > 0 {
		r.target = b.target(c, &r.site)
		r.site.Fetch = r
	}
	b.steps(r, c)
	return r
}

// steps appends the route's filters. Their order is a security property: cheap before dear, nothing cached or forwarded
// that has not been let in. It is written here, once, and no configuration can change it.
func (b *compiler) steps(r *route, c *conf.Route) {
	s, site := stage{b, r}, &r.site
	early, late := s.limits(c)

	s.responseHeaders(c)                      // first, so that refusals have these fields too
	s.address(c)                              // client address rules and feeds
	s.add(early...)                           // client rate limit
	s.cors(c)                                 // preflights carry no credentials, and pages read refusals
	s.add(s.table.auth.Authenticate(site, c)) // authentication, revocation
	s.add(s.table.auth.Authorize(site, c))    // authorisation
	s.add(late...)                            // caller rate limit, concurrency
	s.add(s.bodyLimit(c))                     // content: size
	s.content(c)                              // content: type, schema
	s.add(s.table.auth.Digest(site, c, s.bodyCap(c)))
	s.waf(c)
	s.mask(c) // in front of the cache, so that stored answers are masked too

	s.add(s.table.auth.Forward(site, c))
	s.requestHeaders(c)
	s.rewrite(c)
	s.cache(c)   // sees the request as the upstream would
	s.respond(c) // answers here what goes to no upstream
}
