package auth

import (
	"errors"
	"fmt"
	"strings"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/jose"
)

// Assume makes the caller of x one that is known without credentials, for explaining and testing a configuration. The set
// must be sealed. Routes let the caller in if they take the issuer or keys table that it is from.
func (a *Set) Assume(x *filters.Exchange, as *conf.TestAs) error {
	switch {
	case as.Issuer != "" && as.Keys != "":
		return errors.New("a caller has a token or a key, not both")
	case as.Issuer != "":
		return a.assumeToken(x, as)
	case as.Keys != "":
		return a.assumeKey(x, as)
	}
	return nil
}

func (a *Set) assumeToken(x *filters.Exchange, as *conf.TestAs) error {
	i := a.issuers[as.Issuer]
	if i == nil {
		return fmt.Errorf("there is no issuer %q", as.Issuer)
	}
	payload := string(as.Claims)
	if payload == "" {
		payload = "{}"
	}
	var t jose.Token
	if t.ParseClaims([]byte(payload), a.facts.paths) != jose.Valid {
		return errors.New("the claims are not those of a token: sub, jti and sid are strings, aud is a string or a list of them, times are numbers")
	}
	var r record
	a.describe(i, &t, &r)
	r.fill(&x.Identity, i.name)
	x.Identity.AuthTime = r.authenticated
	return nil
}

func (a *Set) assumeKey(x *filters.Exchange, as *conf.TestAs) error {
	table := a.keys[as.Keys]
	if table == nil {
		return fmt.Errorf("there is no keys table %q", as.Keys)
	}
	if as.Key != "" {
		for _, key := range *table.keys.Load() {
			if string(key.id) == as.Key {
				table.enter(x, key)
				return nil
			}
		}
		return fmt.Errorf("there is no key %q in %q", as.Key, as.Keys)
	}
	var t jose.Token
	payload := string(as.Claims)
	if payload == "" {
		payload = "{}"
	}
	if t.ParseClaims([]byte(payload), a.facts.paths) != jose.Valid {
		return errors.New("the claims of a key are its scopes, as scope")
	}
	key := &apiKey{id: []byte("assumed"), scopes: strings.Fields(string(t.Claim(a.facts.scopeSlot).Text(nil)))}
	if len(t.Subject) > 0 {
		key.id = t.Subject
	}
	key.principal = appendPrincipal(nil, table.name, key.id)
	table.learn(key)
	table.enter(x, key)
	return nil
}
