package auth

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sallyport/conf"
	"sallyport/filters/auth/revocation"
	"sallyport/internal/jose"
)

// issuer is a compiled issuer of tokens.
type issuer struct {
	name      string
	rules     *jose.Rules
	id        uint64        // stands for the rules in records: a token is judged anew when they change
	keys      *jose.Keyring // nil: its tokens are opaque
	source    jose.Source   // of keys that are fetched
	asks      *introspector // nil: its tokens are signed
	dpop      proofPolicy
	revocable [4]bool // by jti, sub, sid, kid

	scopePaths, rolePaths [][]string
	scopeSlots, roleSlots []int // set when facts are sealed
}

// newIssuer compiles c. What is fetched is carried over from previous, which may be nil, if its definition is the same.
func (a *Set) newIssuer(c *conf.Issuer, at position, previous *issuer) *issuer {
	i := &issuer{name: c.Name}
	algorithms, err := jose.ParseAlgorithms(c.Algorithms)
	if err != nil {
		a.problem(at("algorithms"), "%v", err)
	}
	i.rules = &jose.Rules{Issuer: c.Issuer, Audiences: c.Audiences, Algorithms: algorithms, Types: c.Types, Skew: int64(time.Duration(c.Skew) / time.Second)}
	i.revocable = revocableBy(c.Revocation)
	i.dpop = proofPolicies[c.DPoP]
	i.scopePaths = claimPaths(a, at("scopes"), c.Scopes, "scope", "scp")
	i.rolePaths = claimPaths(a, at("roles"), c.Roles, "roles", "groups")
	if c.Introspect != nil {
		i.asks = a.newIntrospector(c, at, previous)
	}
	switch {
	case c.JWKS.File != "":
		i.keys = a.fileKeys(c, algorithms, at("jwks", "file"))
	case c.JWKS.URL != "" || c.Introspect == nil:
		i.keys = a.fetchedKeys(i, c, algorithms, at, previous)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %d %q %d %q %q %v", i.name, c.Issuer, c.Audiences, algorithms, c.Types, i.rules.Skew,
		i.scopePaths, i.rolePaths, i.revocable))
	i.id = binary.BigEndian.Uint64(sum[:])
	return i
}

func revocableBy(c *conf.Revocation) [4]bool {
	if c == nil {
		return [4]bool{true, true, true, true}
	}
	has := func(name string) bool { return slices.Contains(c.By, name) }
	return [4]bool{has("jti"), has("sub"), has("sid"), has("kid")}
}

// claimPaths returns the path of a claim that is written, or those of the usual ones.
func claimPaths(a *Set, at conf.Position, written string, usual ...string) [][]string {
	if written == "" {
		var paths [][]string
		for _, name := range usual {
			paths = append(paths, []string{name})
		}
		return paths
	}
	path, err := conf.ClaimPath(written)
	if err != nil {
		a.problem(at, "%v", err)
	}
	return [][]string{path}
}

// fileKeys reads the keys of a file now, and again whenever it changes.
func (a *Set) fileKeys(c *conf.Issuer, algorithms jose.Algorithms, at conf.Position) *jose.Keyring {
	read := func() (*jose.KeySet, error) {
		doc, err := os.ReadFile(string(c.JWKS.File))
		if err != nil {
			return nil, err
		}
		set, err := jose.ParseKeys(doc, jose.FromFile, algorithms)
		if err == nil && set.Len() == 0 {
			err = fmt.Errorf("no key in it that is meant for verifying %s", algorithms)
		}
		return set, err
	}
	set, err := read()
	if err != nil {
		a.problem(at, "the keys in %s: %v", filepath.Base(string(c.JWKS.File)), err)
		return nil
	}
	keys := jose.FixedKeyring(set)
	a.files.add(string(c.JWKS.File), func() error {
		set, err := read()
		if err == nil {
			keys.Replace(set)
		}
		return err
	})
	return keys
}

func (a *Set) fetchedKeys(i *issuer, c *conf.Issuer, algorithms jose.Algorithms, at position, previous *issuer) *jose.Keyring {
	i.source = jose.Source{
		Issuer:     c.Issuer,
		URL:        c.JWKS.URL,
		Algorithms: algorithms,
		Refresh:    time.Duration(c.JWKS.Refresh),
		MinRefetch: time.Duration(c.JWKS.MinRefetch),
		MaxStale:   time.Duration(c.JWKS.MaxStale),
		Dir:        a.state.dir,
		Log:        a.state.log,
	}
	address, written := c.Issuer, at("issuer")
	if c.JWKS.URL != "" {
		address, written = c.JWKS.URL, at("jwks", "url")
	}
	if err := jose.CheckURL(address); err != nil {
		if c.JWKS.URL == "" {
			err = fmt.Errorf("%w; without jwks the keys are found by discovery", err)
		}
		a.problem(written, "%v", err)
		return nil
	}
	if previous != nil && previous.keys != nil && previous.source == i.source {
		return previous.keys
	}
	return jose.NewKeyring(i.source)
}

// revocations fills in what r can be revoked by.
func (i *issuer) revocations(s *revocation.Store, t *jose.Token, r *record) {
	hash := func(n int, kind revocation.Kind, value []byte) {
		if i.revocable[n] && len(value) > 0 {
			r.revocable[n] = s.Hash(kind, i.name, value)
		}
	}
	hash(0, revocation.Token, t.ID)
	hash(1, revocation.Subject, t.Subject)
	hash(2, revocation.Session, t.Session)
	if kid, present := t.KeyID(); present {
		hash(3, revocation.Key, kid)
	}
}
