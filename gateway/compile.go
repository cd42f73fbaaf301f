package gateway

import (
	"maps"
	"slices"
	"strings"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/wire"
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

// route compiles one route. The order of the steps is a security property: cheap before dear, nothing cached or forwarded
// that has not been let in. It is written here, once, and no configuration can change it.
func (b *compiler) route(c *conf.Route, pattern conf.Pattern) *route {
	r := &route{
		site:     filters.Site{Route: c.Name, Params: pattern.Params(), Claims: &b.table.claims, Metrics: b.gateway.metrics},
		counters: b.gateway.countersOf(c.Name),
	}
	r.denials = newDenials(&r.site)
	r.timeouts = newRouteTimeouts(b.conf, c)
	if len(c.To) > 0 {
		r.target = b.target(c)
		r.site.Fetch = r
	}
	b.steps(r, c)
	return r
}

// steps appends the route's filters.
func (b *compiler) steps(r *route, c *conf.Route) {
	r.addStep(&bodyLimit{limit: b.bodyLimit(c), denial: r.denials.faults[wire.LongBody]})
}

// target is where a route's requests go.
type target struct {
	upstream  *lb.Upstream
	authority []byte   // the Host of requests that came without one
	upgrade   []string // protocols that clients may change to, in lower case
}

func (b *compiler) target(c *conf.Route) *target {
	t := &target{upstream: b.table.upstreams[c.To[0].Upstream], authority: []byte(c.To[0].Upstream)}
	for _, p := range c.Upgrade {
		t.upgrade = append(t.upgrade, strings.ToLower(p))
	}
	return t
}

// choose returns the upstream for a request.
func (t *target) choose(*filters.Exchange, *lb.Call) *lb.Upstream { return t.upstream }

// routeTimeouts are a route's, in nanoseconds.
type routeTimeouts struct {
	request, attempt, bodyIdle int64
}

// newRouteTimeouts takes what the route does not say from the listeners: the longest, since a route serves all of them.
func newRouteTimeouts(c *conf.Config, r *conf.Route) routeTimeouts {
	t := routeTimeouts{int64(r.Timeout.Request), int64(r.Timeout.Attempt), int64(r.Timeout.BodyIdle)}
	var request, bodyIdle int64
	for _, l := range c.Listeners {
		request = max(request, int64(l.Timeouts.Request))
		bodyIdle = max(bodyIdle, int64(l.Timeouts.BodyIdle))
	}
	if t.request == 0 {
		t.request = request
	}
	if t.bodyIdle == 0 {
		t.bodyIdle = bodyIdle
	}
	return t
}

func (b *compiler) bodyLimit(c *conf.Route) int64 {
	if c.Limits.Body > 0 {
		return int64(c.Limits.Body)
	}
	var most int64
	for _, l := range b.conf.Listeners {
		most = max(most, int64(l.Limits.Body))
	}
	return most
}

// bodyLimit refuses bodies that are too long: by their word before they are read, otherwise when they get there.
type bodyLimit struct {
	limit  int64
	denial *filters.Denial
}

func (s *bodyLimit) Request(x *filters.Exchange) filters.Verdict {
	if x.Request.Framing.Length > s.limit {
		return x.Refuse(s.denial)
	}
	x.Request.Body.SetLimit(s.limit)
	return filters.Next
}
