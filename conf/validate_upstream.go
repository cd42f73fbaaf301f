package conf

import (
	"slices"
	"strings"
)

func (v *validator) upstreams() {
	for _, name := range names(v.c.Upstreams) {
		v.upstream(v.c.Upstreams[name], []string{"upstreams", name})
	}
	for _, name := range names(v.c.Rulesets) {
		r := v.c.Rulesets[name]
		if r.Base == "" && len(r.Files) == 0 && !v.c.Has("rulesets", name, "base") && !v.c.Has("rulesets", name, "files") {
			v.errorAt(`the ruleset has no rules; write base = "crs", files = ["x.conf"] or both`, []string{"rulesets", name})
		}
	}
}

func (v *validator) upstream(u *Upstream, base []string) {
	var sources []string
	for _, key := range []string{"nodes", "dns", "file"} {
		if v.written(base, key) {
			sources = append(sources, key)
		}
	}
	switch {
	case len(sources) == 0:
		v.errorAt(`the upstream has no nodes; write nodes = { a = "127.0.0.1:9000" }, dns or file`, base)
	case len(sources) > 1:
		v.errorf(v.key(under(base, sources[1])...), "the upstream has both %s; its nodes come from one of them", strings.Join(sources, " and "))
	}
	v.nodes(u.Nodes, under(base, "nodes"))
	if d := u.DNS; d != nil && d.Name != "" {
		if d.Type == "a" {
			if err := hostPort(d.Name, false); err != nil {
				v.errorAt("name: %v", under(base, "dns", "name"), err)
			}
		} else if !isHostname(strings.TrimSuffix(d.Name, ".")) {
			v.errorAt(`name: %q is not a service's name; write one such as "_http._tcp.orders.example.com"`, under(base, "dns", "name"), d.Name)
		}
	}
	if u.TLS != nil {
		v.clientTLS(u.TLS.CA, u.TLS.Cert, u.TLS.Key, under(base, "tls"))
	}
	if u.Requests.Queue > 0 && u.Requests.Max == 0 && u.Requests.PerNode == 0 {
		v.warnAt("queue has no effect without max or per_node", under(base, "requests", "queue"))
	}
	if h := u.Health; h != nil {
		v.health(h, under(base, "health"))
	}
	if e := u.Eject; e != nil {
		v.trigger(e.Errors, "errors", under(base, "eject", "errors"))
		if e.Max == 0 {
			v.warnAt(`max is "0%%": no node would ever be ejected`, under(base, "eject", "max"))
		}
	}
	if b := u.Breaker; b != nil {
		v.trigger(b.Errors, "errors", under(base, "breaker", "errors"))
		v.trigger(b.SlowCalls, "slow_calls", under(base, "breaker", "slow_calls"))
		if b.Slow == 0 && v.differs("50%", under(base, "breaker", "slow_calls")...) {
			v.warnAt("slow_calls has no effect without slow", under(base, "breaker", "slow_calls"))
		}
	}
	v.distinct(u.Retry.On, under(base, "retry", "on")...)
	if u.Retry.Attempts == 1 && v.c.Has(under(base, "retry", "on")...) && !slices.Equal(u.Retry.On, []string{"connect", "stale"}) {
		v.warnAt("on has no effect: attempts is 1", under(base, "retry", "on"))
	}
	if h := u.Hedge; h != nil {
		v.distinct(h.Methods, under(base, "hedge", "methods")...)
	}
}

func (v *validator) nodes(ns Nodes, base []string) {
	if len(ns) == 0 && v.is(kindTable, base...) && !v.failedIn(base) {
		v.errorAt(`nodes is empty; write one such as { a = "127.0.0.1:9000" }`, base)
	}
	seen := map[string]string{}
	weights := 0
	for _, n := range ns {
		at := v.at(under(base, n.Name)...)
		if v.c.Has(under(base, n.Name, "address")...) {
			at = v.at(under(base, n.Name, "address")...)
		}
		if !isName(n.Name) {
			v.errorf(v.key(under(base, n.Name)...), "%q is not a name; names are of letters, digits, dash, underscore and dot, and begin with a letter or a digit", n.Name)
		}
		weights += n.Weight
		if n.Address == "" {
			if v.is(kindString, under(base, n.Name)...) || v.is(kindString, under(base, n.Name, "address")...) {
				v.errorf(at, `the address of node %s is ""; write one such as "127.0.0.1:9000"`, n.Name)
			}
			continue
		}
		if err := hostPort(n.Address, false); err != nil {
			v.errorf(at, "node %s: %v", n.Name, err)
		} else if other, twice := seen[n.Address]; twice {
			v.errorf(at, "node %s has the address of node %s, %q", n.Name, other, n.Address)
		}
		seen[n.Address] = n.Name
	}
	if len(ns) > 0 && weights == 0 && !v.failedIn(base) {
		v.errorAt("the weights of the nodes are all 0; no request would go anywhere", base)
	}
}

// clientTLS checks what the gateway shows when it is the client.
func (v *validator) clientTLS(ca, cert, key Path, base []string) {
	v.authorities(ca, v.at(under(base, "ca")...))
	hasCert, hasKey := v.c.Has(under(base, "cert")...), v.c.Has(under(base, "key")...)
	switch {
	case hasCert && !hasKey:
		v.errorAt("cert is there without its key", under(base, "cert"))
	case hasKey && !hasCert:
		v.errorAt("key is there without its cert", under(base, "key"))
	default:
		v.certPair(cert, key, v.at(under(base, "cert")...), v.at(under(base, "key")...))
	}
}

func (v *validator) health(h *Health, base []string) {
	if h.Path != "" && !strings.HasPrefix(h.Path, "/") {
		v.errorAt("path: %q does not begin with a slash; write %q", under(base, "path"), h.Path, "/"+h.Path)
	}
	for i, s := range h.Status {
		if s < 100 || s > 599 {
			v.errorf(v.element(i, under(base, "status")...), "status: %d is not a status; it takes numbers from 100 to 599", s)
		}
	}
	if len(h.Status) == 0 && v.is(kindArray, under(base, "status")...) {
		v.errorAt("status is empty: every probe would fail", under(base, "status"))
	}
	if h.Path == "" {
		if !slices.Equal(h.Status, []int{200}) {
			v.warnAt("status has no effect without path: the probe is a TCP connection", under(base, "status"))
		}
		if h.Host != "" {
			v.warnAt("host has no effect without path: the probe is a TCP connection", under(base, "host"))
		}
	}
}

// trigger checks that a share can be reached, and is not reached by nothing.
func (v *validator) trigger(p Percent, key string, path []string) {
	if p == 0 && v.c.Has(path...) {
		v.errorAt(`%s is "0%%", which is reached without any failure`, path, key)
	}
}

func (v *validator) state() {
	s := v.c.State
	if s == nil {
		return
	}
	for i, a := range s.Addresses {
		if err := hostPort(a, false); err != nil {
			v.errorf(v.element(i, "state", "addresses"), "addresses: %v", err)
		}
	}
	v.distinct(s.Addresses, "state", "addresses")
	if len(s.Addresses) == 0 && v.is(kindArray, "state", "addresses") {
		v.errorAt(`addresses is empty; write one such as "redis-1:6379"`, []string{"state", "addresses"})
	}
	v.secret(s.Password, "state", "password")
	if s.TLS != nil {
		v.clientTLS(s.TLS.CA, s.TLS.Cert, s.TLS.Key, []string{"state", "tls"})
	}
}

func (v *validator) observe() {
	l := v.c.Observe.AccessLog
	for i, s := range l.Redact {
		name, isQuery := strings.CutPrefix(s, "query:")
		if name == "" || !isQuery && !isToken(name) {
			v.errorf(v.element(i, "observe", "access_log", "redact"), `redact: %q is neither a field name nor query:NAME`, s)
		}
	}
	v.distinct(l.Redact, "observe", "access_log", "redact")
}
