package gateway

import (
	"io"
	"strings"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/attribute"
	"sallyport/internal/wire"
	"sallyport/lb"
)

// target is where a route's requests go.
type target struct {
	offline   bool // nothing is sent: the choice is all that is asked for
	split     *lb.Split
	mirror    *lb.Mirror                            // nil: no copies
	sticky    *attribute.Key                        // who stays at one of several upstreams; nil: nobody
	testers   []attribute.Attribute                 // where a tester names an upstream
	hash      map[*lb.Upstream]*attribute.Attribute // what upstreams balance by; nil when none of them hashes
	authority []byte                                // the Host of requests that came without one
	upgrade   []string                              // protocols that clients may change to, in lower case
}

func (b *compiler) target(c *conf.Route, site *filters.Site) *target {
	t := &target{authority: []byte(c.To[0].Upstream)}
	for _, p := range c.Upgrade {
		t.upgrade = append(t.upgrade, strings.ToLower(p))
	}
	var err error
	if t.split, err = lb.CompileSplit(c, b.table.upstreams, b.splitBefore(c.Name)); err != nil {
		b.fail(err, "routes", c.Name, "to")
	}
	if t.mirror, err = lb.CompileMirror(c, b.table.upstreams); err != nil {
		b.fail(err, "routes", c.Name, "mirror")
	}
	if len(c.Split.Sticky) > 0 {
		if t.sticky, err = attribute.CompileKey(c.Split.Sticky, site); err != nil {
			b.fail(err, "routes", c.Name, "split", "sticky")
		}
	}
	if c.Split.Header != "" {
		t.tester(b, conf.Attribute{Kind: conf.Header, Name: c.Split.Header}, site)
	}
	if c.Split.Cookie != "" {
		t.tester(b, conf.Attribute{Kind: conf.Cookie, Name: c.Split.Cookie}, site)
	}
	for _, to := range c.To {
		t.hashBy(b, b.table.upstreams[to.Upstream], site)
	}
	return t
}

// splitBefore returns the split of the route of this name in the table in force, nil when there is none.
func (b *compiler) splitBefore(name string) *lb.Split {
	if b.old != nil {
		for _, r := range b.old.routes {
			if r.site.Route == name && r.target != nil {
				return r.target.split
			}
		}
	}
	return nil
}

func (t *target) tester(b *compiler, c conf.Attribute, site *filters.Site) {
	a, err := attribute.Compile(c, site)
	if err != nil {
		b.fail(err, "routes", site.Route, "split")
	}
	t.testers = append(t.testers, a)
}

// hashBy prepares the attribute that an upstream balances by, if it does.
func (t *target) hashBy(b *compiler, u *lb.Upstream, site *filters.Site) {
	if u == nil {
		return // it did not compile
	}
	c, hashes := u.HashBy()
	if !hashes {
		return
	}
	a, err := attribute.Compile(c, site)
	if err != nil {
		b.fail(err, "upstreams", u.Name(), "balance")
	}
	if t.hash == nil {
		t.hash = map[*lb.Upstream]*attribute.Attribute{}
	}
	t.hash[u] = &a
}

// choose returns the upstream for a request, and sends a copy to where the route wants one.
func (t *target) choose(x *filters.Exchange, c *lb.Call) *lb.Upstream {
	u := t.split.Choose(c, t.stickyKey(x), t.wanted(x))
	if t.hash != nil {
		if a := t.hash[u]; a != nil {
			var found bool
			if x.Scratch, found = a.Append(x.Scratch[:0], x); found {
				c.HashKey = lb.HashKey(x.Scratch)
			}
		}
	}
	t.mirror.Send(c)
	return u
}

// writeTargets writes what the canaries and mirrors of the routes in force count.
func (g *Gateway) writeTargets(w io.Writer) {
	if t := g.table.Load(); t != nil {
		for _, r := range t.routes {
			if r.target != nil {
				r.target.split.WriteMetrics(w)
				r.target.mirror.WriteMetrics(w)
			}
		}
	}
}

func (t *target) stickyKey(x *filters.Exchange) uint64 {
	if t.sticky == nil {
		return 0
	}
	x.Scratch = t.sticky.Append(x.Scratch[:0], x)
	return lb.HashKey(x.Scratch)
}

// wanted returns the upstream that a tester names, in x.Scratch; nothing when nobody does.
func (t *target) wanted(x *filters.Exchange) []byte {
	for i := range t.testers {
		var found bool
		if x.Scratch, found = t.testers[i].Append(x.Scratch[:0], x); found {
			return x.Scratch
		}
	}
	return nil
}

// upgrades reports whether the client asks to change to a protocol that the route allows.
func (t *target) upgrades(q *wire.Request) bool {
	protocol := q.Value(wire.Upgrade)
	for _, allowed := range t.upgrade {
		if wire.EqualFold(protocol, allowed) {
			return true
		}
	}
	return false
}

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
