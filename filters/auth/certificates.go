package auth

import (
	"crypto/sha256"
	"slices"
	"strings"

	"sallyport/filters"
)

// certificates knows callers by the certificate that the listener has verified. Without patterns any certificate will
// do; else one of its names must be listed.
type certificates struct {
	name             string // of the table, or "mtls"
	uri, dns, emails []string
}

// certificates compiles a table of certificate names; an empty name stands for any certificate. It returns nil if there
// is no such table.
func (a *Set) certificates(name string) way {
	if name == "" {
		return &certificates{name: "mtls"}
	}
	c := a.c.Certificates[name]
	if c == nil {
		return nil
	}
	at := a.at("certificates", name)
	if len(c.URI)+len(c.DNS)+len(c.Email) == 0 {
		a.problem(at(), "it lists no uri, dns or email, so no certificate belongs to it")
	}
	for _, p := range c.URI {
		if scheme, rest, ok := strings.Cut(p, "://"); !ok || scheme == "" || strings.Contains(strings.TrimSuffix(rest, "/*"), "*") || !strings.Contains(rest, "/") {
			a.problem(at("uri"), `%q is not a name or a tree of names; write "spiffe://corp.example/ns/prod/app" or "spiffe://corp.example/ns/prod/*"`, p)
		}
	}
	for _, p := range c.DNS {
		if rest := strings.TrimPrefix(p, "*."); rest == "" || strings.Contains(rest, "*") {
			a.problem(at("dns"), `%q is not a name; write "app.corp.example" or "*.corp.example"`, p)
		}
	}
	for _, p := range c.Email {
		if strings.Count(p, "@") != 1 || strings.HasSuffix(p, "@") {
			a.problem(at("email"), `%q is not an address; write "ops@corp.example" or "@corp.example"`, p)
		}
	}
	return &certificates{name, c.URI, lowered(c.DNS), c.Email}
}

func lowered(list []string) []string {
	low := make([]string, len(list))
	for i, s := range list {
		low[i] = strings.ToLower(s)
	}
	return low
}

// certificateOf returns the certificate of the exchange's connection, nil if there is none that was verified. It is read
// once for a connection.
func certificateOf(x *filters.Exchange) *filters.Certificate {
	if x.Conn == nil || x.Conn.TLS == nil || len(x.Conn.TLS.VerifiedChains) == 0 {
		return nil
	}
	if c := x.Conn.Memo.Certificate; c != nil {
		return c
	}
	leaf := x.Conn.TLS.PeerCertificates[0]
	c := &filters.Certificate{
		Thumbprint: sha256.Sum256(leaf.Raw),
		Subject:    leaf.Subject.String(),
		DNS:        lowered(leaf.DNSNames),
		Email:      slices.Clone(leaf.EmailAddresses),
	}
	for _, u := range leaf.URIs {
		c.URI = append(c.URI, u.String())
	}
	x.Conn.Memo.Certificate = c
	return c
}

// identify implements way.
func (c *certificates) identify(x *filters.Exchange, keep bool) outcome {
	cert := certificateOf(x)
	if cert == nil {
		return absent
	}
	name := c.member(cert)
	if name == "" {
		return unknownKey
	}
	if keep {
		who := &x.Identity
		who.Authenticated, who.Issuer = true, c.name
		who.Subject = append(who.Subject[:0], name...)
		who.Principal = append(append(append(who.Principal[:0], c.name...), '|'), name...)
	}
	return accepted
}

// challenge implements way: a certificate cannot be asked for any more.
func (c *certificates) challenge(outcome) string { return "" }

// member returns the name by which a certificate belongs to the set, "" if it does not.
func (c *certificates) member(cert *filters.Certificate) string {
	if len(c.uri)+len(c.dns)+len(c.emails) == 0 {
		for _, names := range [][]string{cert.URI, cert.DNS, cert.Email} {
			if len(names) > 0 {
				return names[0]
			}
		}
		return cert.Subject
	}
	for _, name := range cert.URI {
		for _, p := range c.uri {
			if matchURI(p, name) {
				return name
			}
		}
	}
	for _, name := range cert.DNS {
		for _, p := range c.dns {
			if matchDNS(p, name) {
				return name
			}
		}
	}
	for _, name := range cert.Email {
		for _, p := range c.emails {
			if matchEmail(p, name) {
				return name
			}
		}
	}
	return ""
}

// matchURI compares whole names, or, where the pattern ends with "/*", its beginning up to that slash: so a trust domain
// and every step of a path match whole. A name whose path has more than one reading matches no tree.
func matchURI(pattern, name string) bool {
	tree, ok := strings.CutSuffix(pattern, "*")
	if !ok {
		return name == pattern
	}
	rest, ok := strings.CutPrefix(name, tree)
	return ok && rest != "" && !strings.Contains(rest, "..") && !strings.Contains(rest, "//") && !strings.ContainsAny(rest, "%?#\\")
}

// matchDNS compares names in lower case; "*." stands for one label (RFC 9525 section 6.3).
func matchDNS(pattern, name string) bool {
	suffix, ok := strings.CutPrefix(pattern, "*")
	if !ok {
		return name == pattern
	}
	label, ok := strings.CutSuffix(name, suffix)
	return ok && label != "" && label != "*" && !strings.Contains(label, ".")
}

// matchEmail compares the domain in any letter case, and the rest by the letter; "@" in front stands for the whole domain.
func matchEmail(pattern, name string) bool {
	at := strings.LastIndexByte(name, '@')
	if at < 1 {
		return false
	}
	local, domain := name[:at], name[at:]
	want := strings.LastIndexByte(pattern, '@')
	return strings.EqualFold(domain, pattern[want:]) && (want == 0 || local == pattern[:want])
}
