package conf

import (
	"net/netip"
	"strings"
)

func (v *validator) listeners() {
	c := v.c
	if len(c.Listeners) == 0 && !c.Has("listeners") {
		v.warnf(Position{c.file, 1, 1}, "there is no [listeners.NAME]: no client can connect")
	}
	type bound struct{ what, address string }
	var taken []bound
	if c.Gateway.Admin.Listen != "off" && c.Has("gateway", "admin", "listen") {
		taken = append(taken, bound{"gateway.admin", c.Gateway.Admin.Listen})
	}
	for _, name := range names(c.Listeners) {
		l := c.Listeners[name]
		base := []string{"listeners", name}
		if l.Address == "" {
			if v.is(kindString, under(base, "address")...) {
				v.errorAt(`address is ""; write one such as ":8080"`, under(base, "address"))
			}
		} else if err := hostPort(l.Address, true); err != nil {
			v.errorAt("address: %v", under(base, "address"), err)
		} else {
			for _, t := range taken {
				if sameAddress(t.address, l.Address) {
					v.errorAt("address: %q is already taken by %s, %q", under(base, "address"), l.Address, t.what, t.address)
					break
				}
			}
			taken = append(taken, bound{"listeners." + name, l.Address})
		}
		v.listener(l, base)
	}
}

func (v *validator) listener(l *Listener, base []string) {
	if p := l.ProxyProtocol; p != nil && len(p.From) == 0 && v.is(kindArray, under(base, "proxy_protocol", "from")...) {
		v.errorAt(`from is empty; write the networks of the balancers, such as "10.0.0.0/8"`, under(base, "proxy_protocol", "from"))
	}
	v.fieldName(v.at(under(base, "client_ip", "header")...), "header", l.ClientIP.Header)
	if l.Limits.ConnectionsPerIP > l.Limits.Connections && v.c.Has(under(base, "limits", "connections_per_ip")...) {
		v.warnAt("connections_per_ip is %d and never reached: connections is %d", under(base, "limits", "connections_per_ip"), l.Limits.ConnectionsPerIP, l.Limits.Connections)
	}
	v.timeouts(l.Timeouts, under(base, "timeouts"))
	if l.TLS != nil {
		v.listenerTLS(l.TLS, under(base, "tls"))
	}
}

func (v *validator) timeouts(t Timeouts, base []string) {
	if t.BodyIdle > t.Idle && v.c.Has(under(base, "idle")...) && v.c.Has(under(base, "body_idle")...) {
		v.warnAt("idle, %s, is shorter than body_idle, %s", under(base, "idle"), t.Idle, t.BodyIdle)
	}
}

func (v *validator) listenerTLS(t *TLS, base []string) {
	if len(t.Certs) == 0 && v.is(kindArray, under(base, "certs")...) {
		v.errorAt(`certs is empty; write one such as { cert = "a.pem", key = "a.key" }`, under(base, "certs"))
	}
	for i, pair := range t.Certs {
		n := v.elementNode(i, under(base, "certs"))
		v.certPair(pair.Cert, pair.Key, n.at("cert"), n.at("key"))
	}
	switch {
	case t.ClientAuth != "none" && t.ClientCA == "" && !v.c.Has(under(base, "client_ca")...):
		v.errorAt(`client_auth is %q and client_ca is missing: nobody is named whose certificates are taken`, under(base, "client_auth"), t.ClientAuth)
	case t.ClientAuth == "none" && t.ClientCA != "":
		v.errorAt(`client_ca has no effect while client_auth is "none"; write client_auth = "optional" or "required"`, under(base, "client_ca"))
	case t.ClientAuth == "none" && len(t.ClientCRL) > 0:
		v.errorAt(`client_crl has no effect while client_auth is "none"; write client_auth = "optional" or "required"`, under(base, "client_crl"))
	}
	v.authorities(t.ClientCA, v.at(under(base, "client_ca")...))
	for i, list := range t.ClientCRL {
		v.revocationList(list, v.element(i, under(base, "client_crl")...))
	}
}

// elementNode returns the node of a list's element, the list when there is none.
func (v *validator) elementNode(i int, path []string) *node {
	n, whole := v.c.root.find(path...)
	if whole && n.kind == kindArray && i < len(n.array) {
		return n.array[i]
	}
	return n
}

// at returns the place of a key's value, that of n when it is not written.
func (n *node) at(key string) Position {
	if c := n.child(key); c != nil {
		return c.place
	}
	return n.place
}

// sameAddress reports whether two listeners cannot both bind: same port, and same address or one that means all.
func sameAddress(a, b string) bool {
	i, j := strings.LastIndexByte(a, ':'), strings.LastIndexByte(b, ':')
	if i < 0 || j < 0 || a[i:] != b[j:] || a[i:] == ":0" {
		return false
	}
	x, y := canonicalHost(a[:i]), canonicalHost(b[:j])
	return x == y || x == "" || y == ""
}

// canonicalHost returns a listener's host in one spelling, "" for all addresses.
func canonicalHost(host string) string {
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "localhost" {
		return "127.0.0.1"
	}
	if a, err := netip.ParseAddr(host); err == nil {
		if a.IsUnspecified() {
			return ""
		}
		return a.Unmap().String()
	}
	return host
}
