package auth

import (
	"strconv"
	"strings"
	"sync/atomic"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/auth/revocation"
	"sallyport/internal/apikey"
	"sallyport/internal/wire"
)

// apiKeys knows callers by the API key in a field of their own.
type apiKeys struct {
	set    *Set
	name   string
	header string // in lower case
	known  wire.Name
	read   map[apikey.Sum]*apiKey // before the facts are sealed
	keys   atomic.Pointer[map[apikey.Sum]*apiKey]
}

// apiKey is one key, or one of the two that an id has while it is being replaced.
type apiKey struct {
	id        []byte
	principal []byte
	expires   int64 // seconds since 1970
	revocable uint64
	scopes    []string
	owner     string
	bits      bits
	claims    []keptClaim
}

func (a *Set) newAPIKeys(c *conf.Keys, at position) *apiKeys {
	k := &apiKeys{set: a, name: c.Name, header: strings.ToLower(c.Header)}
	k.known = wire.NameOf(k.header)
	path := string(c.File)
	keys, err := k.load(path)
	if err != nil {
		a.problem(at("file"), "%v", err)
		return k
	}
	k.read = keys
	a.files.add(path, func() error {
		keys, err := k.load(path)
		if err != nil {
			return err
		}
		k.publish(keys)
		return nil
	})
	return k
}

func (k *apiKeys) load(path string) (map[apikey.Sum]*apiKey, error) {
	stanzas, err := conf.LoadKeys(path)
	if err != nil {
		return nil, err
	}
	keys := make(map[apikey.Sum]*apiKey, len(stanzas))
	for id, c := range stanzas {
		for _, digest := range c.Digest {
			sum, err := apikey.ParseDigest(digest)
			if err != nil {
				return nil, err
			}
			key := &apiKey{id: []byte(id), expires: forever, scopes: c.Scopes}
			key.principal = appendPrincipal(nil, k.name, key.id)
			key.revocable = k.set.state.revocations.Hash(revocation.Subject, k.name, key.id)
			if !c.Expires.IsZero() {
				key.expires = c.Expires.Unix()
			}
			key.owner = c.Owner
			keys[sum] = key
		}
	}
	return keys, nil
}

// seal publishes the keys that were read while the configuration was compiled.
func (k *apiKeys) seal() {
	if k.read != nil {
		k.publish(k.read)
		k.read = nil
	}
}

func (k *apiKeys) publish(keys map[apikey.Sum]*apiKey) {
	for _, key := range keys {
		k.learn(key)
	}
	k.keys.Store(&keys)
}

// learn fills in what the configuration asks about the key's caller.
func (k *apiKeys) learn(key *apiKey) {
	key.bits = k.set.facts.ofScopes(key.scopes)
	key.claims = k.set.facts.ownClaims(map[string]string{
		"sub": string(key.id), "scope": strings.Join(key.scopes, " "), "owner": key.owner,
	})
}

// identify implements way. A key is 256 random bits, so looking up its digest tells nothing by the time it takes.
func (k *apiKeys) identify(x *filters.Exchange, keep bool) outcome {
	i := x.Request.Find(k.header)
	if i < 0 {
		return absent
	}
	if x.Request.Next(i) >= 0 {
		return malformed // two keys: whose request is it?
	}
	text := x.Request.ValueAt(i)
	if !apikey.WellFormed(text) {
		return malformed
	}
	key := (*k.keys.Load())[apikey.SumOf(text)]
	switch {
	case key == nil:
		return unknownKey
	case x.Start.Unix() >= key.expires:
		return expired
	case k.set.state.revocations.Any() && k.set.state.revocations.Revoked(key.revocable, 0):
		return revoked
	}
	if keep {
		k.enter(x, key)
	}
	return accepted
}

// enter makes the key's caller the identity of x.
func (k *apiKeys) enter(x *filters.Exchange, key *apiKey) {
	who := &x.Identity
	who.Authenticated, who.Issuer = true, k.name
	who.Subject = append(who.Subject[:0], key.id...)
	who.Principal = append(who.Principal[:0], key.principal...)
	who.Bits = key.bits
	for _, c := range key.claims {
		who.SetClaim(c.index, c.value)
	}
}

// challenge implements way. There is no registered scheme for keys in a field of their own.
func (k *apiKeys) challenge(outcome) string {
	return "APIKey realm=" + strconv.Quote(k.name) + ", header=" + strconv.Quote(k.header)
}
