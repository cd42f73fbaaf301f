package conf

import "strings"

func (v *validator) issuers() {
	c := v.c
	for _, name := range names(c.Issuers) {
		v.issuer(c.Issuers[name], []string{"issuers", name})
	}
	for _, name := range names(c.Keys) {
		v.fieldName(v.at("keys", name, "header"), "header", c.Keys[name].Header)
	}
	for _, name := range names(c.Basic) {
		if realm := c.Basic[name].Realm; strings.ContainsAny(realm, "\"\\\r\n") {
			v.errorAt("realm: %q has a character that cannot stand in it", []string{"basic", name, "realm"}, realm)
		}
	}
	for _, name := range names(c.Signatures) {
		v.distinct(c.Signatures[name].Components, "signatures", name, "components")
	}
	for _, name := range names(c.Certificates) {
		x := c.Certificates[name]
		if len(x.URI)+len(x.DNS)+len(x.Email) == 0 {
			v.errorAt(`the table names no certificate; write one of uri, dns and email`, []string{"certificates", name})
		}
		v.distinct(x.URI, "certificates", name, "uri")
		v.distinct(x.DNS, "certificates", name, "dns")
		v.distinct(x.Email, "certificates", name, "email")
	}
	for _, name := range names(c.Feeds) {
		v.feed(c.Feeds[name], []string{"feeds", name})
	}
}

func (v *validator) issuer(i *Issuer, base []string) {
	discovered := i.JWKS.URL == "" && i.JWKS.File == "" && !v.c.Has(under(base, "jwks", "file")...) && !v.c.Has(under(base, "jwks", "url")...)
	switch {
	case i.Issuer == "":
		if v.is(kindString, under(base, "issuer")...) {
			v.errorAt(`issuer is ""; it is the iss of the tokens`, under(base, "issuer"))
		}
	case discovered && i.Introspect == nil:
		if err := secureURL(i.Issuer); err != nil {
			v.errorAt("issuer: %v; without jwks = { url = ... } or { file = ... } its keys are discovered there", under(base, "issuer"), err)
		}
	}
	if len(i.Audiences) == 0 && v.is(kindArray, under(base, "audiences")...) {
		v.errorAt("audiences is empty: no token would be taken", under(base, "audiences"))
	}
	v.distinct(i.Audiences, under(base, "audiences")...)
	v.distinct(i.Types, under(base, "types")...)
	v.distinct(i.Algorithms, under(base, "algorithms")...)
	if len(i.Algorithms) == 0 && v.is(kindArray, under(base, "algorithms")...) {
		v.errorAt("algorithms is empty: no token would be taken", under(base, "algorithms"))
	}
	for n, a := range i.Algorithms {
		if strings.HasPrefix(a, "HS") && i.JWKS.File == "" && !v.c.Has(under(base, "jwks", "file")...) {
			v.errorf(v.element(n, under(base, "algorithms")...), "%s takes a key that is shared; it goes with jwks = { file = \"...\" } alone", a)
		}
	}
	v.jwks(i.JWKS, under(base, "jwks"))
	if in := i.Introspect; in != nil {
		if in.URL != "" {
			if err := secureURL(in.URL); err != nil {
				v.errorAt("url: %v", under(base, "introspect", "url"), err)
			}
		}
		v.secret(in.ClientSecret, under(base, "introspect", "client_secret")...)
		if !in.ClientSecret.IsZero() && in.ClientID == "" {
			v.errorAt("client_secret is of a client_id, which is missing", under(base, "introspect", "client_secret"))
		}
	}
	if r := i.Revocation; r != nil {
		v.distinct(r.By, under(base, "revocation", "by")...)
	}
	for _, claim := range []struct{ key, name string }{{"scopes", i.Scopes}, {"roles", i.Roles}} {
		if claim.name != "" {
			if _, err := claimPath(claim.name); err != nil {
				v.errorAt("%s: %v", under(base, claim.key), claim.key, err)
			}
		}
	}
}

func (v *validator) jwks(j JWKS, base []string) {
	if j.URL != "" && j.File != "" {
		v.errorAt("jwks has both url and file; keys come from one of them", base)
	}
	if j.URL != "" {
		if err := secureURL(j.URL); err != nil {
			v.errorAt("url: %v", under(base, "url"), err)
		}
	}
	if j.File != "" {
		for key, standard := range map[string]string{"refresh": "10m", "min_refetch": "30s", "max_stale": "1d"} {
			if v.differs(standard, under(base, key)...) {
				v.warnAt("%s has no effect: keys in a file are read when it changes", under(base, key), key)
			}
		}
	}
	if j.Refresh < j.MinRefetch {
		v.errorAt("refresh, %s, is shorter than min_refetch, %s", under(base, "refresh"), j.Refresh, j.MinRefetch)
	}
}

func (v *validator) feed(f *Feed, base []string) {
	written := v.c.Has(under(base, "file")...)
	switch {
	case written && f.URL != "":
		v.errorAt("the feed has both file and url; it comes from one of them", base)
	case !written && !v.c.Has(under(base, "url")...):
		v.errorAt(`the feed comes from nowhere; write file = "..." or url = "..."`, base)
	case f.URL != "":
		if err := secureURL(f.URL); err != nil {
			v.errorAt("url: %v", under(base, "url"), err)
		}
	}
}
