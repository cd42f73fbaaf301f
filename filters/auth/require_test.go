package auth

import (
	"strings"
	"testing"

	"sallyport/filters"
	"sallyport/internal/jose/josetest"
)

func everydayToken(more string) string {
	return josetest.RSA().Token("RS256", `{"alg":"RS256","kid":"a"}`, goodClaims(more))
}

// TestRequire asks for one thing at a time, of callers with these claims.
func TestRequire(t *testing.T) {
	state := newState(t, "")
	f := func(require, want string, claims ...string) {
		t.Helper()
		h := load(t, state, issuerTOML("i", "jwks = { file = \"keys.json\" }")+
			"[routes.r]\nmatch = { path = \"/{tenant}\" }\nauth = { any = [\"issuer:i\"] }\nto = \"u\"\nrequire = "+require+"\n",
			map[string]string{"keys.json": josetest.Everyday()}, nil)
		for _, c := range claims {
			for range 2 { // cold, warm
				x := h.exchange("r", "GET /t1 HTTP/1.1\nX-Tenant: t9\n"+bearerField(everydayToken(c)))
				x.Params[0] = filters.Offset{From: 1, To: 3}
				if got := h.run(x); got != want {
					t.Errorf("%s of %s: %q; want %q", require, c, got, want)
				}
			}
		}
	}
	const scope, claim = "authz.scope", "authz.claim"
	f(`{ scopes_all = ["a", "b"] }`, "", `"scope":"a b"`, `"scope":"x b y a"`, `"scope":["a","b"]`, `"scp":["b","a"]`, `"scp":"a b"`, `"scope":"a","scp":["b"]`, `"sc\u006fpe":"\u0061 b"`)
	f(`{ scopes_all = ["a", "b"] }`, scope, `"scope":"a"`, `"scope":"ab"`, `"scope":""`, `"x":1`, `"scope":["a b"]`, `"scope":"A B"`, `"scope":1`, `"scope":{"a":1,"b":1}`, `"scope":["a",["b"]]`, `"scope":"a\tb"`, `"roles":["a","b"]`, `"Scope":"a b"`)
	f(`{ scopes_any = ["a", "b"] }`, "", `"scope":"a"`, `"scope":"c b"`, `"scp":["b"]`)
	f(`{ scopes_any = ["a", "b"] }`, scope, `"scope":"c"`, `"scope":"aa bb"`, `"scope":null`)
	f(`{ roles_any = ["admin", "Admins"] }`, "", `"roles":["admin"]`, `"groups":["x","admin"]`, `"roles":"admin"`, `"roles":"Domain Admins"`)
	f(`{ roles_any = ["admin"] }`, scope, `"scope":"admin"`, `"roles":["Admin"]`, `"roles":["an admin"]`, `"roles":{"admin":true}`)
	f(`{ roles_all = ["r", "s"], scopes_any = ["a"] }`, "", `"roles":["s","r"],"scope":"a"`)
	f(`{ roles_all = ["r", "s"], scopes_any = ["a"] }`, scope, `"roles":["s","r"]`, `"roles":["r"],"scope":"a"`)

	f(`{ claims = { tenant = ["t1", "t2"] } }`, "", `"tenant":"t1"`, `"tenant":"t2"`, `"tenant":["x","t2"]`, `"tenant":"t\u0031"`)
	f(`{ claims = { tenant = ["t1", "t2"] } }`, claim, `"tenant":"t3"`, `"tenant":"t1 t2"`, `"tenant":["t3"]`, `"tenant":[["t1"]]`, `"tenant":{"t1":1}`, `"x":"t1"`, `"tenant":null`)
	f(`{ claims = { level = "3" } }`, "", `"level":3`, `"level":"3"`, `"level":[1,3]`)
	f(`{ claims = { level = 3 } }`, "", `"level":3`, `"level":"3"`)
	f(`{ claims = { level = "3" } }`, claim, `"level":3.0`, `"level":30`, `"level":true`)
	f(`{ claims = { email_verified = "true" } }`, "", `"email_verified":true`, `"email_verified":"true"`)
	f(`{ claims = { email_verified = "true" } }`, claim, `"email_verified":false`, `"email_verified":1`)
	f(`{ claims = { tenant = true } }`, "", `"tenant":"x"`, `"tenant":0`, `"tenant":false`, `"tenant":{}`)
	f(`{ claims = { tenant = true } }`, claim, `"x":1`, `"tenant":null`)
	f(`{ claims = { "realm_access.roles" = "admin" } }`, "", `"realm_access":{"roles":["admin"]}`, `"realm_access":{"x":1,"roles":["u","admin"]}`, `"realm_access.roles":"admin"`)
	f(`{ claims = { "realm_access.roles" = "admin" } }`, claim, `"roles":["admin"]`, `"realm_access":{"roles":["user"]}`, `"realm_access":["admin"]`, `"realm_access":"admin"`,
		`"realm_access":{"roles":["admin"]},"realm_access.roles":"user"`)
	f(`{ claims = { "https://example.com/plan" = "gold" } }`, "", `"https://example.com/plan":"gold"`, `"https:\/\/example.com\/plan":"gold"`)
	f(`{ claims = { aud = "https://api.test", sub = "alice" } }`, "", `"sub":"alice"`)

	f(`{ claims = { tenant = { equals = "path.tenant" } } }`, "", `"tenant":"t1"`, `"tenant":["t0","t1"]`, `"tenant":"t\u0031"`)
	f(`{ claims = { tenant = { equals = "path.tenant" } } }`, claim, `"tenant":"t2"`, `"tenant":"t1x"`, `"tenant":"t"`, `"tenant":""`, `"x":1`, `"tenant":["t2","t3"]`, `"tenant":"t1\u0000t1"`, `"tenant":["t2","t1\u0000"]`, `"tenant":{"t1":"t1"}`)
	f(`{ claims = { tenant = { equals = "header.X-Tenant" } } }`, "", `"tenant":"t9"`)
	f(`{ claims = { tenant = { equals = "header.X-Tenant" } } }`, claim, `"tenant":"t1"`)
	f(`{ claims = { tenant = { equals = "header.X-Absent" } } }`, claim, `"tenant":""`, `"x":1`, `"tenant":null`)
	f(`{ claims = { "org.id" = { equals = "path.tenant" } } }`, "", `"org":{"id":"t1"}`, `"org.id":"t1"`)

	f(`{ acr = ["gold", "silver"] }`, "", `"acr":"silver"`)
	f(`{ acr = ["gold", "silver"] }`, "auth.step_up", `"acr":"bronze"`, `"x":1`)
	f(`{ max_age = "1h" }`, "auth.step_up", `"x":1`, `"auth_time":1000`, `"auth_time":"now"`)
	f(`{ max_age = "100000d" }`, "", `"auth_time":1000`)

	f(`[{ scopes_all = ["a"] }, { methods = ["POST"], scopes_all = ["b"] }]`, "", `"scope":"a"`)
	f(`[{ scopes_all = ["a"] }, { methods = ["GET", "HEAD"], scopes_all = ["b"] }]`, scope, `"scope":"a"`, `"scope":"b"`)
	f(`[{ scopes_all = ["a"], mode = "shadow" }, { scopes_all = ["b"] }]`, "", `"scope":"b"`)
	f(`[{ scopes_all = ["a"], mode = "shadow" }, { scopes_all = ["b"] }]`, scope, `"scope":"a"`)
	f(`{ scopes_all = ["a"], mode = "off" }`, "", `"x":1`)
}

// TestIssuerClaims looks for scopes and roles where an issuer says they are.
func TestIssuerClaims(t *testing.T) {
	h := load(t, newState(t, ""), issuerTOML("i", "jwks = { file = \"keys.json\" }\nscopes = \"perm.list\"\nroles = \"realm_access.roles\"")+
		"[routes.r]\nmatch = { path = \"/\" }\nauth = { any = [\"issuer:i\"] }\nto = \"u\"\nrequire = { scopes_all = [\"a\"], roles_all = [\"r\"] }\n",
		map[string]string{"keys.json": josetest.Everyday()}, nil)
	h.expect("", bearerField(everydayToken(`"perm":{"list":["a"]},"realm_access":{"roles":["r"]}`)))
	h.expect("authz.scope", bearerField(everydayToken(`"scope":"a","realm_access":{"roles":["r"]}`)))
	h.expect("authz.scope", bearerField(everydayToken(`"perm":{"list":["a"]},"roles":["r"]`)))
}

// TestAFactTooMany: what cannot be told apart is refused when it is compiled.
func TestAFactTooMany(t *testing.T) {
	scopes := make([]string, maxFacts+1)
	for i := range scopes {
		scopes[i] = `"s` + strings.Repeat("x", i) + `"`
	}
	dir := t.TempDir()
	writeFile(t, dir, "keys.json", josetest.Everyday())
	h := compileIn(t, newState(t, ""), dir, issuerTOML("i", "jwks = { file = \"keys.json\" }")+
		"[routes.r]\nmatch = { path = \"/\" }\nauth = { any = [\"issuer:i\"] }\nto = \"u\"\nrequire = { scopes_any = ["+strings.Join(scopes, ",")+"] }\n", nil)
	if p := h.set.Problems(); len(p) == 0 || !strings.Contains(p[0].Message, "more than 256") {
		t.Errorf("%v", p)
	}
}

// TestChallenges: a refusal says how it could be helped (RFC 6750 section 3, RFC 9470 section 3).
func TestChallenges(t *testing.T) {
	h := load(t, newState(t, ""), issuerTOML("i", "jwks = { file = \"keys.json\" }")+issuerTOML("d", "jwks = { file = \"keys.json\" }\ndpop = \"required\"")+`
[keys.k]
file = "k.toml"
[routes.r]
match = { path = "/" }
auth = { any = ["issuer:i"] }
to = "u"
require = { scopes_all = ["b", "a"], acr = ["gold"], max_age = "1h" }
[routes.d]
match = { path = "/d" }
auth = { any = ["issuer:d", "keys:k"] }
to = "u"
`, map[string]string{"keys.json": josetest.Everyday(), "k.toml": ""}, nil)
	f := func(route string, status int, field string, want ...string) {
		t.Helper()
		x := h.exchange(route, "GET / HTTP/1.1\n"+field)
		h.run(x)
		var got []string
		for i := x.Reply.Find("www-authenticate"); i >= 0; i = x.Reply.Next(i) {
			got = append(got, string(x.Reply.ValueAt(i)))
		}
		if x.Reply.Status != status || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%d %q; want %d %q", x.Reply.Status, got, status, want)
		}
	}
	f("r", 401, "X: 1", `Bearer`)
	f("r", 401, "Authorization: Basic YTpi", `Bearer`)
	f("r", 401, "Authorization: Bearer x", `Bearer error="invalid_token"`)
	f("r", 401, "Authorization: Bearer", `Bearer error="invalid_token"`)
	f("r", 403, bearerField(everydayToken(`"acr":"gold"`)), `Bearer error="insufficient_scope", scope="a b"`)
	f("r", 401, bearerField(everydayToken(`"scope":"a b"`)), `Bearer error="insufficient_user_authentication", acr_values="gold", max_age="3600"`)
	f("d", 401, "X: 1", `Bearer`, `DPoP algs="ES256 ES384 ES512 EdDSA RS256 PS256"`, `APIKey realm="k", header="x-api-key"`)
}
