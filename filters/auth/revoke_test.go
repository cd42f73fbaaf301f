package auth

import (
	"fmt"
	"testing"
	"time"

	"sallyport/filters"
	"sallyport/filters/auth/revocation"
	"sallyport/internal/apikey"
	"sallyport/internal/jose/josetest"
)

const oneIssuer = `
[routes.r]
match = { path = "/" }
auth = { any = ["issuer:i"] }
to = "u"
`

// TestRevocation revokes a token that is warm in the cache, warm in a connection's memo, or was never seen; and starts
// again with what is on disk.
func TestRevocation(t *testing.T) {
	now := time.Now().Unix()
	f := func(claims string, r revocation.Revocation, want string) {
		t.Helper()
		dir := t.TempDir()
		text := issuerTOML("i", "jwks = { file = \"keys.json\" }") + oneIssuer
		h := load(t, newState(t, dir), text, map[string]string{"keys.json": josetest.Everyday()}, nil)
		memo, token := new(filters.Connection), bearerField(everydayToken(claims))
		h.expect("", token)
		h.conn = memo
		h.expect("", token)
		h.expect("", token)
		h.conn = nil
		r.Issuer = "i"
		if err := h.state.Revoke(r); err != nil {
			t.Fatal(err)
		}
		h.expect(want, token)
		h.conn = memo
		h.expect(want, token)
		h.conn = nil
		h.expect(want, bearerField(everydayToken(claims+`,"x":1`))) // of the same jti and so on, never seen
		if err := h.state.Close(); err != nil {
			t.Fatal(err)
		}
		h = load(t, newState(t, dir), text, map[string]string{"keys.json": josetest.Everyday()}, nil)
		h.expect(want, token)
		h.expect(want, token)
	}
	const claims = `"jti":"j1","sub":"alice","sid":"s1"`
	f(claims, revocation.Revocation{Token: "j1"}, "auth.revoked")
	f(claims, revocation.Revocation{Token: "j2"}, "")
	f(claims, revocation.Revocation{Session: "s1"}, "auth.revoked")
	f(claims, revocation.Revocation{Session: "j1"}, "")
	f(claims, revocation.Revocation{Key: "a"}, "auth.revoked")
	f(claims, revocation.Revocation{Key: "b"}, "")
	f(claims, revocation.Revocation{Subject: "alice", Before: now + 100}, "auth.revoked")
	f(claims, revocation.Revocation{Subject: "alice", Before: now - 100}, "")
	f(claims, revocation.Revocation{Subject: "bob", Before: now + 100}, "")
}

// TestRevocationBy: an issuer can say what its tokens can be revoked by.
func TestRevocationBy(t *testing.T) {
	h := load(t, newState(t, ""), issuerTOML("i", "jwks = { file = \"keys.json\" }\nrevocation = { by = [\"jti\"] }")+oneIssuer,
		map[string]string{"keys.json": josetest.Everyday()}, nil)
	token := bearerField(everydayToken(`"jti":"j1","sid":"s1"`))
	revoke := func(r revocation.Revocation) {
		t.Helper()
		r.Issuer = "i"
		if err := h.state.Revoke(r); err != nil {
			t.Fatal(err)
		}
	}
	revoke(revocation.Revocation{Session: "s1"})
	h.expect("", token)
	revoke(revocation.Revocation{Token: "j1"})
	h.expect("auth.revoked", token)
}

// TestKeysFile: of a key's life, each state.
func TestKeysFile(t *testing.T) {
	key := func(id string) (text, digest string) {
		t.Helper()
		text, err := apikey.New(id)
		if err != nil {
			t.Fatal(err)
		}
		return text, apikey.SumOf([]byte(text)).Digest()
	}
	old, oldDigest := key("acme")
	fresh, freshDigest := key("acme")
	late, lateDigest := key("late")
	other, _ := key("other")
	file := fmt.Sprintf("[acme]\ndigest = [%q, %q]\nscopes = [\"a\", \"b\"]\nowner = \"ACME\"\n[late]\ndigest = %q\nexpires = 2020-01-01T00:00:00Z\n", oldDigest, freshDigest, lateDigest)
	h := load(t, newState(t, ""), `
[keys.partners]
file = "partners.toml"
[routes.r]
match   = { path = "/" }
auth    = { any = ["keys:partners"] }
require = { scopes_all = ["a"], claims = { owner = { equals = "header.X-Owner" } } }
forward = { token = "remove", headers = { X-Caller = "principal", X-Scope = "principal.scope" } }
to      = "u"
`, map[string]string{"partners.toml": file}, nil)
	f := func(want, key string) {
		t.Helper()
		h.expect(want, "X-API-Key: "+key, "X-Owner: ACME")
	}
	f("", old)
	f("", fresh)
	f("auth.expired", late)
	f("auth.key", other)
	f("auth.malformed", old+"x")
	f("auth.malformed", "")
	f("auth.malformed", "secret")
	f("auth.malformed", old[:len(old)-1])
	h.expect("auth.missing", "X-Other: "+old)
	h.expect("auth.malformed", "X-API-Key: "+old, "X-API-Key: "+old)
	h.expect("authz.claim", "X-API-Key: "+old, "X-Owner: other")

	x := h.exchange("r", "GET / HTTP/1.1\nX-Owner: ACME\nX-Caller: forged\nx-caller: twice\nX-API-Key: "+fresh)
	if got := h.run(x); got != "" {
		t.Fatal(got)
	}
	if got := string(x.Request.Lookup("x-caller")); got != "partners|acme" || x.Request.Next(x.Request.Find("x-caller")) >= 0 {
		t.Errorf("the upstream is told %q", got)
	}
	if got := string(x.Request.Lookup("x-scope")); got != "a b" {
		t.Errorf("the upstream is told %q", got)
	}
	if x.Request.Find("x-api-key") >= 0 {
		t.Error("the upstream is shown the key")
	}

	if err := h.state.Revoke(revocation.Revocation{Issuer: "partners", Subject: "acme", Before: 1}); err != nil {
		t.Fatal(err)
	}
	f("auth.revoked", old)
	f("auth.revoked", fresh)
}
