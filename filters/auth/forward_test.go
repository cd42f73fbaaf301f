package auth

import (
	"strings"
	"testing"

	"sallyport/conf"
	"sallyport/internal/jose"
	"sallyport/internal/jose/josetest"
)

func TestForward(t *testing.T) {
	h := load(t, newState(t, ""), issuerTOML("i", "jwks = { file = \"keys.json\" }")+`
[routes.r]
match = { path = "/" }
auth = { any = ["issuer:i"] }
forward = { token = "replace", headers = { X-User = "principal", X-Tenant = "principal.tenant", X-Roles = "principal.roles", X-Absent = "principal.absent" } }
to = "u"
[routes.open]
match = { path = "/open" }
auth = "anonymous"
forward = { headers = { X-User = "header.X-None" } }
to = "u"
[routes.plain]
match = { path = "/plain" }
auth = { any = ["issuer:i"] }
to = "u"
`, map[string]string{"keys.json": josetest.Everyday()}, nil)
	token := bearerField(everydayToken(`"sub":"alice","tenant":"t1","roles":["r1","r2"]`))
	fake := "\nX-User: root\nx-tenant: t2\nX-TENANT: t3\nX-Absent: forged\nX-Roles: admin"
	for range 3 {
		x := h.exchange("r", "GET / HTTP/1.1\n"+token+fake)
		if got := h.run(x); got != "" {
			t.Fatal(got)
		}
		f := func(name, want string) {
			t.Helper()
			i := x.Request.Find(name)
			if got := string(x.Request.Lookup(name)); got != want || i >= 0 && x.Request.Next(i) >= 0 {
				t.Errorf("%s is %q; want %q, once", name, got, want)
			}
		}
		f("x-user", "i|alice")
		f("x-tenant", "t1")
		f("x-roles", "r1,r2")
		f("x-absent", "")
		inner := strings.TrimPrefix(string(x.Request.Lookup("authorization")), "Bearer ")
		if x.Request.Next(x.Request.Find("authorization")) >= 0 {
			t.Error("two tokens go upstream")
		}
		keys, err := jose.ParseKeys(h.state.InnerKeys(), jose.FromURL, jose.DefaultAlgorithms)
		if err != nil {
			t.Fatal(err)
		}
		rules := jose.Rules{Issuer: "edge", Algorithms: jose.DefaultAlgorithms}
		var tok jose.Token
		if r := tok.Parse([]byte(inner), jose.NewPaths()); r != jose.Valid {
			t.Fatal(r)
		}
		if r := rules.Verify(&tok, keys, x.Start.Unix()); r != jose.Valid || string(tok.Subject) != "alice" {
			t.Errorf("the inner token of %q: %v", tok.Subject, r)
		}
	}
	x := h.exchange("open", "GET / HTTP/1.1"+fake)
	if h.run(x) != "" || x.Request.Find("x-user") >= 0 {
		t.Errorf("nobody is said to be %q", x.Request.Lookup("x-user"))
	}
	x = h.exchange("plain", "GET / HTTP/1.1\n"+token)
	if h.run(x) != "" || x.Request.Find("authorization") < 0 {
		t.Error("the token is not passed on")
	}
}

// A claim with controls in it cannot become a field.
func TestForwardOfControls(t *testing.T) {
	h := load(t, newState(t, ""), issuerTOML("i", "jwks = { file = \"keys.json\" }")+`
[routes.r]
match = { path = "/" }
auth = { any = ["issuer:i"] }
forward = { headers = { X-Name = "principal.name" } }
to = "u"
`, map[string]string{"keys.json": josetest.Everyday()}, nil)
	x := h.exchange("r", "GET / HTTP/1.1\nX-Name: forged\n"+bearerField(everydayToken(`"name":"a\r\nX-Admin: 1"`)))
	if got := h.run(x); got != "" || x.Request.Find("x-name") >= 0 || x.Request.Find("x-admin") >= 0 {
		t.Errorf("%q %q", got, x.Request.Lookup("x-name"))
	}
}

func TestAssume(t *testing.T) {
	h := load(t, newState(t, ""), issuerTOML("i", "jwks = { file = \"keys.json\" }")+`
[keys.k]
file = "k.toml"
[routes.r]
match = { path = "/" }
auth = { any = ["issuer:i"] }
require = { scopes_all = ["a"] }
to = "u"
[routes.k]
match = { path = "/k" }
auth = { any = ["keys:k"] }
require = { scopes_all = ["a"] }
to = "u"
`, map[string]string{"keys.json": josetest.Everyday(), "k.toml": "[acme]\ndigest = \"sha256:" + strings.Repeat("0", 64) + "\"\nscopes = [\"a\"]\n"}, nil)
	f := func(want, route string, as conf.TestAs) {
		t.Helper()
		x := h.exchange(route, "GET / HTTP/1.1")
		if err := h.set.Assume(x, &as); err != nil {
			if want != "error" {
				t.Error(err)
			}
			return
		}
		if got := h.run(x); got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
	f("auth.missing", "r", conf.TestAs{})
	f("", "r", conf.TestAs{Issuer: "i", Claims: `{"scope":"a"}`})
	f("authz.scope", "r", conf.TestAs{Issuer: "i", Claims: `{"scope":"b"}`})
	f("authz.scope", "r", conf.TestAs{Issuer: "i"})
	f("auth.issuer", "k", conf.TestAs{Issuer: "i", Claims: `{"scope":"a"}`})
	f("", "k", conf.TestAs{Keys: "k", Key: "acme"})
	f("", "k", conf.TestAs{Keys: "k", Claims: `{"scope":"x a"}`})
	f("authz.scope", "k", conf.TestAs{Keys: "k", Claims: `{"scope":"x"}`})
	f("auth.issuer", "r", conf.TestAs{Keys: "k", Key: "acme"})
	f("error", "r", conf.TestAs{Issuer: "nobody"})
	f("error", "r", conf.TestAs{Issuer: "i", Claims: `{"sub":1}`})
	f("error", "k", conf.TestAs{Keys: "k", Key: "nobody"})
	f("error", "k", conf.TestAs{Keys: "nobody"})
	f("error", "k", conf.TestAs{Keys: "k", Issuer: "i"})
}
