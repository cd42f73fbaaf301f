//go:build !race

package auth

import (
	"testing"

	"sallyport/filters"
	"sallyport/internal/jose/josetest"
)

// Nothing is allocated for a caller who is known, however: from the connection, from the cache, by key; nor for who lacks
// something or shows nothing.
func TestWarmDoesNotAllocate(t *testing.T) {
	w := newWarm(t)
	f := func(name, want, route, fields string, conn *filters.Connection) {
		t.Helper()
		x := w.exchange(route, "GET /t1 HTTP/1.1\n"+fields)
		x.Conn = conn
		w.run(x) // cold
		n := testing.AllocsPerRun(200, func() {
			x.Identity.Reset()
			x.Denial = nil
			if got := w.run(x); got != want {
				t.Errorf("%s: %q; want %q", name, got, want)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	f("cache", "", "t", w.token, nil)
	f("memo", "", "t", w.token, new(filters.Connection))
	f("lacks a scope", "authz.scope", "narrow", w.token, nil)
	f("lacks a claim", "authz.claim", "claim", w.token, nil)
	f("nothing", "auth.missing", "t", "X-Other: 1", nil)
	f("expired", "auth.expired", "t", bearerField(josetest.RSA().Token("RS256", `{"alg":"RS256","kid":"a"}`,
		`{"iss":"https://issuer.test","aud":"https://api.test","exp":1}`)), nil)
	f("key", "", "keys", "X-API-Key: "+w.key, nil)
	f("unknown key", "auth.key", "keys", "X-API-Key: "+w.otherKey, nil)
	f("malformed key", "auth.malformed", "keys", "X-API-Key: nonsense", nil)
}
