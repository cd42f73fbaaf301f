package auth

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/filters/auth/revocation"
	"sallyport/internal/jose/josetest"
)

// oracle is an RFC 7662 endpoint.
type oracle struct {
	*httptest.Server
	asked  atomic.Int64
	answer atomic.Pointer[http.HandlerFunc]
}

func newOracle(t *testing.T) *oracle {
	o := &oracle{}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.asked.Add(1)
		user, password, ok := r.BasicAuth()
		if !ok || user != "edge" || password != "s3%3Acret" || r.Method != http.MethodPost || r.FormValue("token_type_hint") != "access_token" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		(*o.answer.Load())(w, r)
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *oracle) say(answers map[string]string) {
	f := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.FormValue("token")]
		if !ok {
			answer = `{"active":false}`
		}
		_, _ = w.Write([]byte(answer))
	})
	o.answer.Store(&f)
}

func (o *oracle) do(f http.HandlerFunc) { o.answer.Store(&f) }

func (o *oracle) toml(timeout, more string) string {
	return issuerTOML("i", fmt.Sprintf("introspect = { url = %q, client_id = \"edge\", client_secret = { file = \"secret\" }, cache = \"2s\", timeout = %q }\n%s", o.URL, timeout, more)) + `
[routes.r]
match = { path = "/" }
auth = { any = ["issuer:i"] }
require = { scopes_all = ["a"] }
to = "u"
`
}

func TestIntrospection(t *testing.T) {
	o := newOracle(t)
	h := load(t, newState(t, ""), o.toml("10s", ""), map[string]string{"secret": "s3:cret\n"}, nil)
	now := time.Now().Unix()
	o.say(map[string]string{
		"good":     fmt.Sprintf(`{"active":true,"scope":"a b","sub":"alice","exp":%d,"client_id":"web","jti":"j1"}`, now+60),
		"bare":     `{"active":true,"scope":"a"}`,
		"narrow":   `{"active":true,"scope":"b"}`,
		"expired":  fmt.Sprintf(`{"active":true,"scope":"a","exp":%d}`, now-60),
		"early":    fmt.Sprintf(`{"active":true,"scope":"a","nbf":%d}`, now+600),
		"others":   `{"active":true,"scope":"a","aud":"https://elsewhere.test"}`,
		"ours":     `{"active":true,"scope":"a","aud":["x","https://api.test"]}`,
		"foreign":  `{"active":true,"scope":"a","iss":"https://evil.test"}`,
		"string":   `{"active":"true","scope":"a"}`,
		"silent":   `{"scope":"a"}`,
		"twice":    `{"active":false,"active":true,"scope":"a"}`,
		"no.jwt.x": `{"active":true,"scope":"a"}`,
		"page":     `<html>`,
	})
	f := func(want, token string) {
		t.Helper()
		for range 2 {
			h.expect(want, bearerField(token))
		}
	}
	f("", "good")
	f("", "bare")
	f("", "ours")
	f("", "no.jwt.x") // an issuer without keys is asked about everything
	f("authz.scope", "narrow")
	f("auth.inactive", "unknown")
	f("auth.expired", "expired")
	f("auth.not_yet", "early")
	f("auth.audience", "others")
	f("auth.issuer", "foreign")
	f("auth.unavailable", "string")
	h.set.issuers["i"].asks.failures = 0
	f("auth.unavailable", "silent")
	h.set.issuers["i"].asks.failures = 0
	f("auth.unavailable", "twice")
	h.set.issuers["i"].asks.failures = 0
	f("auth.unavailable", "page")
	h.set.issuers["i"].asks.failures = 0
	f("auth.malformed", "a,b")

	before := o.asked.Load()
	f("", "good")
	f("auth.inactive", "unknown")
	if n := o.asked.Load() - before; n != 0 {
		t.Errorf("asked %d times about what is known", n)
	}
	if err := h.state.Revoke(revocation.Revocation{Issuer: "i", Token: "j1"}); err != nil {
		t.Fatal(err)
	}
	f("auth.revoked", "good")

	later := time.Now().Add(3 * time.Second) // the answer is not fresh any more
	h.clock = func() time.Time { return later }
	o.say(map[string]string{"unknown": `{"active":true,"scope":"a"}`})
	f("auth.inactive", "bare")
	f("", "unknown")
}

// One question is asked about a token, however many wait; the endpoint away is 503, and after a while it is left alone.
func TestIntrospectionOfMany(t *testing.T) {
	o := newOracle(t)
	h := load(t, newState(t, ""), o.toml("10s", ""), map[string]string{"secret": "s3:cret"}, nil)
	o.do(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(100 * time.Millisecond)
		_, _ = w.Write([]byte(`{"active":true,"scope":"a"}`))
	})
	var wg sync.WaitGroup
	for range 50 {
		x := h.exchange("r", "GET / HTTP/1.1\n"+bearerField("one"))
		wg.Go(func() {
			if got := h.run(x); got != "" {
				t.Errorf("%q", got)
			}
		})
	}
	wg.Wait()
	if n := o.asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	o.do(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	for n := range 20 {
		h.expect("auth.unavailable", bearerField(fmt.Sprint("t", n)))
	}
	if n := o.asked.Load(); n != 1+breakAfter {
		t.Errorf("asked %d times; the breaker opens after %d", n, breakAfter)
	}
	h.expect("", bearerField("one"))
}

func TestIntrospectionTimesOut(t *testing.T) {
	o := newOracle(t)
	h := load(t, newState(t, ""), o.toml("50ms", ""), map[string]string{"secret": "s3:cret"}, nil)
	quit := make(chan struct{})
	o.do(func(http.ResponseWriter, *http.Request) { <-quit })
	h.expect("auth.unavailable", bearerField("t"))
	close(quit)
}

// TestBothKinds: an issuer with keys and introspection verifies the signed tokens itself.
func TestBothKinds(t *testing.T) {
	o := newOracle(t)
	h := load(t, newState(t, ""), o.toml("10s", "jwks = { file = \"keys.json\" }"), map[string]string{"secret": "s3:cret", "keys.json": josetest.Everyday()}, nil)
	o.say(map[string]string{"opaque": `{"active":true,"scope":"a"}`})
	h.expect("", bearerField("opaque"))
	asked := o.asked.Load()
	h.expect("", bearerField(everydayToken(`"scope":"a"`)))
	h.expect("auth.signature", bearerField(josetest.OtherRSA().Token("RS256", `{"alg":"RS256","kid":"a"}`, goodClaims(`"scope":"a"`))))
	h.expect("auth.malformed", bearerField("a.b.c"))
	if o.asked.Load() != asked {
		t.Error("asked about a token that is signed")
	}
}
