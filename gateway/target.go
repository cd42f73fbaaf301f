package gateway

import (
	"strings"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/wire"
	"sallyport/lb"
)

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
