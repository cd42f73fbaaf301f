package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"sallyport/conf"
	"sallyport/filters/auth"
	"sallyport/filters/auth/revocation"
	"sallyport/filters/respcache"
	"sallyport/lb"
)

// WriteMetrics writes everything that is counted, in Prometheus' text form.
func (g *Gateway) WriteMetrics(w io.Writer) {
	g.metrics.WritePrometheus(w)
	metrics.WriteProcessMetrics(w)
}

// Readiness is whether traffic should come here.
type Readiness struct {
	Ready      bool     `json:"ready"`
	Generation uint64   `json:"generation"`
	Missing    []string `json:"missing,omitempty"` // what keeps it from being ready
	Refused    string   `json:"refused,omitempty"` // what is wrong with the configuration file, when the last reload kept the old one
}

// Readiness returns it. A refused reload is told, but the gateway serves on by the table in force and stays ready.
func (g *Gateway) Readiness() Readiness {
	r := Readiness{Refused: g.Failure()}
	t := g.table.Load()
	if t == nil {
		r.Missing = append(r.Missing, "configuration")
		return r
	}
	r.Generation = t.generation
	for _, issuer := range t.auth.Waiting() {
		r.Missing = append(r.Missing, "keys of issuer "+issuer)
	}
	for _, feed := range t.feeds.Missing() {
		r.Missing = append(r.Missing, "feed "+feed)
	}
	if g.leaving.Load() {
		r.Missing = append(r.Missing, "draining")
	}
	r.Ready = len(r.Missing) == 0
	return r
}

// Failure returns what is wrong with the configuration file that the last reload refused, "" when it was not refused.
func (g *Gateway) Failure() string {
	if f := g.failure.Load(); f != nil {
		return *f
	}
	return ""
}

// Generation returns the number of the configuration in force.
func (g *Gateway) Generation() uint64 { return g.table.Load().generation }

// Config returns the configuration in force as TOML, without secrets.
func (g *Gateway) Config() string { return g.table.Load().conf.Render() }

// RouteStatus is one route of the table in force.
type RouteStatus struct {
	Name    string     `json:"name"`
	Match   conf.Match `json:"match"`
	To      []string   `json:"to,omitempty"`
	Filters int        `json:"filters"`
}

// Routes lists the routes in force, by name.
func (g *Gateway) Routes() []RouteStatus {
	t := g.table.Load()
	list := make([]RouteStatus, 0, len(t.routes))
	for _, r := range t.routes {
		c := t.conf.Routes[r.site.Route]
		s := RouteStatus{Name: r.site.Route, Match: c.Match, Filters: len(r.steps)}
		for _, to := range c.To {
			s.To = append(s.To, to.Upstream)
		}
		list = append(list, s)
	}
	return list
}

// Issuers lists the issuers of tokens and the state of their keys, by name.
func (g *Gateway) Issuers() []auth.IssuerStatus { return g.table.Load().auth.Status() }

// TokenKeys returns the JWK set of the tokens that the gateway makes for upstreams (forward.token = "replace").
func (g *Gateway) TokenKeys() []byte { return g.auth.InnerKeys() }

// Revoke reads a revocation (JSON, as POST /revoke takes it) and puts it in force.
func (g *Gateway) Revoke(body []byte, now time.Time) error {
	r, err := revocation.Parse(body, g.table.Load().auth.Revocable(), now)
	if err != nil {
		return err
	}
	if err := g.auth.Revoke(r); err != nil {
		return err
	}
	message, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return g.publish(revocations, message)
}

// Purge reads a purge (JSON, as POST /purge takes it) and carries it out. It returns how many names were purged.
func (g *Gateway) Purge(body []byte) (int, error) {
	n, err := g.purge(body)
	if err != nil {
		return n, err
	}
	return n, g.publish(purges, body)
}

// purge is Purge on this node alone.
func (g *Gateway) purge(body []byte) (int, error) {
	r, err := respcache.ParsePurge(body)
	if err != nil {
		return 0, err
	}
	g.mu.Lock()
	answers := g.answers
	g.mu.Unlock()
	if answers == nil {
		return 0, errors.New("no route has a cache")
	}
	return answers.Purge(r)
}

// Upstreams lists the upstreams in force and the state of their nodes, by name.
func (g *Gateway) Upstreams() []lb.Status {
	t := g.table.Load()
	list := make([]lb.Status, 0, len(t.upstreams))
	for _, name := range slices.Sorted(maps.Keys(t.upstreams)) {
		list = append(list, t.upstreams[name].Status())
	}
	for _, r := range t.routes {
		if r.target == nil || r.target.split.Canary() == nil {
			continue
		}
		canary := r.target.split.Canary()
		i := slices.IndexFunc(list, func(s lb.Status) bool { return s.Name == canary.Upstream })
		list[i].Canaries = append(list[i].Canaries, canary)
	}
	return list
}

// DrainNode takes a node of an upstream out until it is restored, also across reloads.
func (g *Gateway) DrainNode(upstream, node string) error {
	u, err := g.upstream(upstream)
	if err != nil {
		return err
	}
	return u.Drain(node)
}

// RestoreNode brings a node of an upstream back.
func (g *Gateway) RestoreNode(upstream, node string) error {
	u, err := g.upstream(upstream)
	if err != nil {
		return err
	}
	return u.Restore(node)
}

func (g *Gateway) upstream(name string) (*lb.Upstream, error) {
	if u := g.table.Load().upstreams[name]; u != nil {
		return u, nil
	}
	return nil, fmt.Errorf("there is no upstream %q", name)
}

// AdminOptions are where the admin port is and what token it asks for, "" for none.
type AdminOptions struct{ Address, Token string }

// AdminOptions returns what the configuration in force says of the admin port. The port does not change without a restart.
func (g *Gateway) AdminOptions() (AdminOptions, error) {
	c := g.table.Load().conf
	token, err := c.Gateway.Admin.Token.Value()
	if err != nil {
		return AdminOptions{}, conf.Problems{c.At("gateway", "admin", "token").Errorf("%v", err)}
	}
	return AdminOptions{c.Gateway.Admin.Listen, token}, nil
}
