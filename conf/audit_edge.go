package conf

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// edge looks at the listeners, the admin port and the state.
func (a *auditor) edge() {
	for _, name := range names(a.c.Listeners) {
		a.listener(a.c.Listeners[name], []string{"listeners", name})
	}
	admin := a.c.Gateway.Admin
	base := []string{"gateway", "admin"}
	if admin.Listen != "off" && !isLoopback(admin.Listen) {
		a.add(Medium, "admin-exposed", under(base, "listen"), `listen on loopback, or on a network of operators`, "the admin port listens on %s", admin.Listen)
	}
	if admin.Token.literal != "" {
		a.add(Medium, "literal-secret", under(base, "token"), `write { file = "..." } or { env = "..." }`, "the admin token stands in the file")
	}
	if s := a.c.State; s != nil && s.Password.literal != "" {
		a.add(Medium, "literal-secret", []string{"state", "password"}, `write { file = "..." } or { env = "..." }`, "the password of the state stands in the file")
	}
	if s := a.c.State; s != nil && s.TLS == nil {
		for i, address := range s.Addresses {
			if !isLocal(address) {
				a.add(Medium, "clear-text-state", []string{"state", "addresses"}, `write tls = {}, or keep it on a private network`, "limits and revocations travel in clear text to %s", s.Addresses[i])
				break
			}
		}
	}
}

func (a *auditor) listener(l *Listener, base []string) {
	if l.TLS == nil && !isLoopback(l.Address) {
		a.add(Low, "clear-text", under(base, "address"), `write tls = { certs = [...] }, unless what stands in front does TLS`, "listener %s takes clear text on %s", l.Name, l.Address)
	}
	if p := l.ProxyProtocol; p != nil {
		if wide := widest(p.From); wide != "" {
			a.add(High, "proxy-from-everywhere", under(base, "proxy_protocol", "from"), "name the balancers' networks", "%s lets anybody say whose connection it is", wide)
		}
	}
	if wide := widest(l.ClientIP.Trust); wide != "" {
		a.add(High, "trust-everywhere", under(base, "client_ip", "trust"), "name the proxies' networks", "%s lets anybody say whose request it is in %s", wide, l.ClientIP.Header)
	}
	if l.Limits.Body > 64<<20 {
		a.add(Low, "large-bodies", under(base, "limits", "body"), "allow it on the routes that need it: limits = { body = ... }", "every route takes bodies up to %s", l.Limits.Body)
	}
	for _, t := range []struct {
		key  string
		d    Duration
		most time.Duration
	}{
		{"header", l.Timeouts.Header, 30 * time.Second}, {"body_idle", l.Timeouts.BodyIdle, 2 * time.Minute},
		{"idle", l.Timeouts.Idle, 10 * time.Minute}, {"request", l.Timeouts.Request, 5 * time.Minute},
	} {
		if time.Duration(t.d) > t.most {
			a.add(Low, "long-timeout", under(base, "timeouts", t.key), "shorten it, and lengthen it on the routes that need it", "a client may hold a connection for %s (%s)", t.d, t.key)
		}
	}
	n := l.Normalize
	a.relaxed(n.EncodedSlash, n.DotSegments, n.UnderscoreHeaders, under(base, "normalize"))
}

// relaxed looks at what is let through of targets and field names that upstreams read in several ways.
func (a *auditor) relaxed(slash, dots, underscores string, base []string) {
	const remedy = "be sure that every upstream behind it reads it the same way"
	if slash == "keep" || slash == "decode" {
		a.add(Low, "encoded-slash", under(base, "encoded_slash"), remedy, "encoded slashes are let through")
	}
	if dots == "resolve" {
		a.add(Low, "dot-segments", under(base, "dot_segments"), "refuse them: honest clients resolve them themselves", "dot segments are resolved")
	}
	if underscores == "keep" {
		a.add(Medium, "underscore-headers", under(base, "underscore_headers"), `write "drop-if-collides"`, "a client may send X_User where an upstream reads X-User")
	}
}

// widest returns a network that means everybody, "" when there is none.
func widest(list []Network) string {
	for _, n := range list {
		if n.IsValid() && n.Bits() == 0 {
			return n.String()
		}
	}
	return ""
}

// isLocal reports whether an address is of this host or of a private network; names are taken to be.
func isLocal(address string) bool {
	host := strings.Trim(address[:max(strings.LastIndexByte(address, ':'), 0)], "[]")
	ip, err := netip.ParseAddr(host)
	return err != nil || ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast()
}

// identities looks at the issuers.
func (a *auditor) identities() {
	for _, name := range names(a.c.Issuers) {
		i, base := a.c.Issuers[name], []string{"issuers", name}
		if len(i.Types) == 0 && i.Introspect == nil {
			a.add(Low, "token-types", base, `write types = ["at+jwt"], if the issuer sets it`, "issuer %s: another kind of token with the same audience, an ID token say, passes for an access token", name)
		}
		if time.Duration(i.Skew) > 2*time.Minute {
			a.add(Low, "long-skew", under(base, "skew"), "30s is enough for clocks that are kept", "tokens of issuer %s live %s longer than they say", name, i.Skew)
		}
		if time.Duration(i.JWKS.MaxStale) > 7*24*time.Hour {
			a.add(Medium, "stale-keys", under(base, "jwks", "max_stale"), "a day or two bridges an outage", "a key that issuer %s withdrew is believed for %s while it cannot be reached", name, i.JWKS.MaxStale)
		}
		if slices.ContainsFunc(i.Algorithms, func(s string) bool { return strings.HasPrefix(s, "HS") }) {
			a.add(Medium, "shared-key", under(base, "algorithms"), "use an asymmetric algorithm", "everybody who can verify a token of issuer %s can make one", name)
		}
		if i.Introspect != nil && i.Introspect.ClientSecret.literal != "" {
			a.add(Medium, "literal-secret", under(base, "introspect", "client_secret"), `write { file = "..." } or { env = "..." }`, "the client secret of issuer %s stands in the file", name)
		}
	}
}

// upstreams looks at the upstreams.
func (a *auditor) upstreams() {
	for _, name := range names(a.c.Upstreams) {
		u, base := a.c.Upstreams[name], []string{"upstreams", name}
		if u.TLS == nil {
			for _, n := range u.Nodes {
				if !isLocal(n.Address) {
					a.add(Medium, "clear-text-upstream", under(base, "nodes"), "write tls = {}", "requests travel in clear text to %s, a public address", n.Address)
					break
				}
			}
		}
		if u.Health == nil && u.Eject == nil && (len(u.Nodes) > 1 || u.DNS != nil) {
			a.add(Low, "no-health", base, `write health = { path = "/healthz" } or eject = {}`, "a node of upstream %s that fails stays in use", name)
		}
		if u.Retry.Attempts > 3 || u.Retry.Budget > 25 {
			a.add(Medium, "retry-storm", under(base, "retry"), "2 attempts and a budget of 10% are enough", "upstream %s may be asked up to %d times for a request, %s more altogether, when it is already failing", name, u.Retry.Attempts, u.Retry.Budget)
		}
	}
}
