package auth

import (
	"fmt"
	"syscall"
	"testing"

	"sallyport/filters"
	"sallyport/internal/apikey"
	"sallyport/internal/jose/josetest"
)

// warm is a harness with a rule of every kind, and credentials that pass them.
type warm struct {
	*harness
	token         string // as a field
	key, otherKey string
}

func newWarm(t testing.TB) *warm {
	t.Helper()
	key, err := apikey.New("acme")
	if err != nil {
		t.Fatal(err)
	}
	other, err := apikey.New("acme")
	if err != nil {
		t.Fatal(err)
	}
	w := &warm{key: key, otherKey: other}
	w.harness = load(t, newState(t, ""), issuerTOML("i", `jwks = { file = "keys.json" }`)+`
[keys.partners]
file = "partners.toml"
[routes.t]
match   = { path = "/{tenant}" }
auth    = { any = ["issuer:i"] }
require = { scopes_all = ["orders:read"], scopes_any = ["x", "orders:write"], roles_any = ["admin"], claims = { tenant = { equals = "path.tenant" }, plan = ["gold", "silver"] } }
to      = "u"
[routes.narrow]
match   = { path = "/narrow/{tenant}" }
auth    = { any = ["issuer:i"] }
require = { scopes_all = ["orders:delete"] }
to      = "u"
[routes.claim]
match   = { path = "/claim/{tenant}" }
auth    = { any = ["issuer:i"] }
require = { claims = { plan = "platinum" } }
to      = "u"
[routes.keys]
match   = { path = "/keys/{tenant}" }
auth    = { any = ["keys:partners"] }
require = { scopes_all = ["orders:read"] }
to      = "u"
`, map[string]string{
		"keys.json":     josetest.Everyday(),
		"partners.toml": fmt.Sprintf("[acme]\ndigest = %q\nscopes = [\"orders:read\"]\n", apikey.SumOf([]byte(key)).Digest()),
	}, nil)
	w.token = bearerField(josetest.RSA().Token("RS256", `{"alg":"RS256","kid":"a","typ":"at+jwt"}`,
		goodClaims(`"sub":"3f1c7d2e-7c5b-4b34-9d8e-5a1f0c9e2b77","client_id":"orders-web","jti":"b8f6a1c0-52d4-4f7e-8f3a-1d2c3b4a5e6f",`+
			`"scope":"openid profile orders:read orders:write","roles":["user","admin"],"tenant":"t1","plan":"gold"`)))
	return w
}

func (w *warm) exchange(route, request string) *filters.Exchange {
	x := w.harness.exchange(route, request)
	x.Params[0] = filters.Offset{From: uint16(len(x.Request.Target.Path) - 2), To: uint16(len(x.Request.Target.Path))}
	return x
}

func BenchmarkToken(b *testing.B) {
	w := newWarm(b)
	run := func(name string, conn *filters.Connection, cold bool) {
		b.Run(name, func(b *testing.B) {
			x := w.exchange("t", "GET /t1 HTTP/1.1\n"+w.token)
			x.Conn = conn
			if got := w.run(x); got != "" {
				b.Fatal(got)
			}
			b.ReportAllocs()
			defer reportCPU(b)()
			for b.Loop() {
				if cold {
					key := w.state.key(x, 't', x.Request.ValueAt(0)[len("Bearer "):])
					w.state.tokens.Drop(&key)
				}
				x.Identity.Reset()
				if got := w.run(x); got != "" {
					b.Fatal(got)
				}
			}
		})
	}
	run("cold", nil, true)
	run("cache", nil, false)
	run("memo", new(filters.Connection), false)
}

func BenchmarkTokenParallel(b *testing.B) {
	w := newWarm(b)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		x := w.exchange("t", "GET /t1 HTTP/1.1\n"+w.token)
		for pb.Next() {
			x.Identity.Reset()
			if got := w.run(x); got != "" {
				b.Error(got)
				return
			}
		}
	})
}

func BenchmarkAPIKey(b *testing.B) {
	w := newWarm(b)
	x := w.exchange("keys", "GET /keys/t1 HTTP/1.1\nX-API-Key: "+w.key)
	b.ReportAllocs()
	defer reportCPU(b)()
	for b.Loop() {
		x.Identity.Reset()
		if got := w.run(x); got != "" {
			b.Fatal(got)
		}
	}
}

// reportCPU reports the processor time of an operation: on a machine that others use too, the time on the clock says
// little. The function that it returns is to be called at the end.
func reportCPU(b *testing.B) func() {
	cpu := func() int64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return u.Utime.Nano() + u.Stime.Nano()
	}
	start := cpu()
	return func() { b.ReportMetric(float64(cpu()-start)/float64(b.N), "cpu-ns/op") }
}
