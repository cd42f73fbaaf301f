package auth

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/filters"
	"sallyport/filters/auth/revocation"
	"sallyport/internal/jose/josetest"
)

// provider is an identity provider that can be made to misbehave.
type provider struct {
	*httptest.Server
	handler atomic.Pointer[http.HandlerFunc]
	asked   atomic.Int64
}

func newProvider(t *testing.T) *provider {
	p := &provider{}
	p.serve(josetest.Everyday())
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/again" { // where a redirect leads is the same question
			p.asked.Add(1)
		}
		(*p.handler.Load())(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) do(f http.HandlerFunc) { p.handler.Store(&f) }

func (p *provider) serve(doc string) {
	p.do(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(doc)) })
}

// routeOf returns the configuration of a route whose issuer's keys p publishes.
func (p *provider) routeOf(minRefetch string) string {
	return issuerTOML("i", fmt.Sprintf("jwks = { url = %q, min_refetch = %q, refresh = \"1h\" }", p.URL, minRefetch)) + oneIssuer
}

// TestProviderFails: whatever the provider does, who has a known key is answered as before and waits for nobody; the
// documents it sends instead of keys do not take their place.
func TestProviderFails(t *testing.T) {
	f := func(name string, misbehave http.HandlerFunc, forUnknown string) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			h := load(t, newState(t, ""), p.routeOf("200ms"), nil, nil)
			h.set.Start()
			defer h.set.Retire(nil)
			waitForKeys(h)
			known := bearerField(everydayToken(""))
			unknown := bearerField(josetest.OtherRSA().Token("RS256", `{"alg":"RS256","kid":"new"}`, goodClaims("")))
			h.expect("", known)
			p.do(misbehave)
			start, before := time.Now(), p.asked.Load()
			for n := range 200 {
				h.expect("", known)
				h.expect("", bearerField(everydayToken(fmt.Sprintf(`"n":%d`, n))))
			}
			eventually(t, "the failure is seen", func() bool {
				got := h.get(unknown)
				if got != forUnknown && got != "auth.key" {
					t.Fatalf("an unknown key: %q", got)
				}
				h.expect("", known)
				return got == forUnknown
			})
			took := time.Since(start)
			if asked := p.asked.Load() - before; asked > int64(took/(200*time.Millisecond))+1 {
				t.Errorf("asked %d times in %v", asked, took)
			}
			p.serve(josetest.Set(josetest.RSA().JWK(`"kid":"a","alg":"RS256"`), josetest.OtherRSA().JWK(`"kid":"new","alg":"RS256"`)))
			eventually(t, "the new key", func() bool { return h.get(unknown) == "" })
			h.expect("", known)
		})
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	text := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }
	}
	f("dies", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "auth.unavailable")
	f("500", status(500), "auth.unavailable")
	f("404", status(404), "auth.unavailable")
	f("304 unasked", status(304), "auth.unavailable")
	f("a page", text("<html>"), "auth.unavailable")
	f("no keys", text(`{"keys":[]}`), "auth.unavailable")
	f("weak keys", text(josetest.Set(josetest.WeakRSA().JWK(`"kid":"new","alg":"RS256"`))), "auth.unavailable")
	f("redirects for ever", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) }, "auth.unavailable")
	f("redirects elsewhere", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
	}, "auth.unavailable")
	f("100 MB", func(w http.ResponseWriter, _ *http.Request) {
		chunk := []byte(strings.Repeat(" ", 1<<20))
		for range 100 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}, "auth.unavailable")
	f("the same keys", text(josetest.Everyday()), "auth.key")
}

// TestProviderHangs: a provider that gives no answer.
func TestProviderHangs(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	h := load(t, newState(t, ""), p.routeOf("100ms"), nil, nil)
	h.set.Start()
	defer h.set.Retire(nil)
	waitForKeys(h)
	known := bearerField(everydayToken(""))
	unknown := bearerField(josetest.OtherRSA().Token("RS256", `{"alg":"RS256","kid":"new"}`, goodClaims("")))
	h.expect("", known)
	time.Sleep(150 * time.Millisecond)
	quit := make(chan struct{})
	p.do(func(http.ResponseWriter, *http.Request) {
		<-quit
		panic(http.ErrAbortHandler)
	})
	defer close(quit)
	var wg sync.WaitGroup
	for range 20 {
		x := h.exchange("r", "GET / HTTP/1.1\n"+unknown)
		wg.Go(func() {
			if got := h.run(x); got != "auth.key" {
				t.Errorf("%q", got)
			}
		})
	}
	eventually(t, "the fetch hangs", func() bool { return p.asked.Load() == 2 })
	for n := range 100 {
		h.expect("", known)
		h.expect("", bearerField(everydayToken(fmt.Sprintf(`"n":%d`, n))))
	}
	if n := p.asked.Load(); n != 2 {
		t.Errorf("asked %d times", n)
	}
	wg.Wait()
}

// TestNewKey: a key that has just been published is found when it is needed, and one that is gone is not good any more.
func TestNewKey(t *testing.T) {
	p := newProvider(t)
	h := load(t, newState(t, ""), p.routeOf("100ms"), nil, nil)
	h.expect("auth.unavailable", bearerField(everydayToken("")))
	if w := h.set.Waiting(); len(w) != 1 || w[0] != "i" {
		t.Errorf("waiting for %q", w)
	}
	h.set.Start()
	defer h.set.Retire(nil)
	waitForKeys(h)
	if w := h.set.Waiting(); len(w) != 0 {
		t.Errorf("waiting for %q", w)
	}
	old := bearerField(everydayToken(""))
	h.expect("", old)
	p.serve(josetest.Set(josetest.OtherRSA().JWK(`"kid":"new","alg":"RS256"`)))
	time.Sleep(150 * time.Millisecond)
	fresh := bearerField(josetest.OtherRSA().Token("RS256", `{"alg":"RS256","kid":"new"}`, goodClaims("")))
	eventually(t, "the new key", func() bool { return h.get(fresh) == "" })
	h.expect("auth.key", old) // its key is gone, and the token was warm
}

// TestReload: a set takes over what was fetched under the same definition, and warm tokens stay warm; under another
// definition both are judged anew, at once.
func TestReload(t *testing.T) {
	p := newProvider(t)
	state := newState(t, "")
	first := load(t, state, p.routeOf("1h"), nil, nil)
	first.set.Start()
	waitForKeys(first)
	token := bearerField(everydayToken(""))
	first.expect("", token)

	same := load(t, state, p.routeOf("1h"), nil, first.set)
	same.set.Start()
	first.set.Retire(same.set)
	misses := state.results.miss.Get()
	same.expect("", token)
	if n := state.results.miss.Get() - misses; n != 0 || p.asked.Load() != 1 {
		t.Errorf("%d misses, asked %d times", n, p.asked.Load())
	}

	strict := load(t, state, strings.Replace(p.routeOf("1h"), josetest.Audience, "https://third.test", 1), nil, same.set)
	strict.set.Start()
	same.set.Retire(strict.set)
	strict.expect("auth.audience", token)
	strict.expect("auth.audience", token)
	ruled := load(t, state, p.routeOf("1h")+"require = { scopes_all = [\"a\"] }\n", nil, strict.set)
	ruled.set.Start()
	strict.set.Retire(ruled.set)
	ruled.expect("authz.scope", token)
	if p.asked.Load() != 1 {
		t.Errorf("asked %d times", p.asked.Load())
	}
	ruled.set.Retire(nil)
}

// TestRace rotates keys, revokes and reloads under the eyes of readers: run it with -race.
func TestRace(t *testing.T) {
	p := newProvider(t)
	state := newState(t, t.TempDir())
	h := load(t, state, p.routeOf("100ms"), nil, nil)
	h.set.Start()
	waitForKeys(h)
	var current atomic.Pointer[harness]
	current.Store(h)
	good := make([]string, 20)
	for i := range good {
		good[i] = bearerField(everydayToken(fmt.Sprintf(`"jti":"j%d"`, i)))
	}
	var wg sync.WaitGroup
	var quit atomic.Bool
	for worker := range 4 {
		wg.Go(func() {
			conn := new(filters.Connection)
			for n := worker; !quit.Load(); n++ {
				h := current.Load()
				x := new(filters.Exchange)
				h.prepare(x, "r", "GET / HTTP/1.1\n"+good[n%len(good)])
				if n%2 == 0 {
					x.Conn = conn
				}
				switch got := h.run(x); got {
				case "", "auth.revoked", "auth.key":
				default:
					t.Errorf("%q", got)
					return
				}
			}
		})
	}
	for n := range 10 {
		set := josetest.Set(josetest.RSA().JWK(`"kid":"a","alg":"RS256"`), josetest.OtherRSA().JWK(fmt.Sprintf(`"kid":"b%d","alg":"RS256"`, n)))
		if n%3 == 2 {
			set = josetest.Set(josetest.OtherRSA().JWK(`"kid":"b","alg":"RS256"`))
		}
		p.serve(set)
		if err := state.Revoke(revocation.Revocation{Issuer: "i", Token: fmt.Sprintf("j%d", n)}); err != nil {
			t.Error(err)
		}
		next := load(t, state, p.routeOf("100ms"), nil, current.Load().set)
		next.set.Start()
		old := current.Swap(next)
		old.set.Retire(next.set)
		time.Sleep(60 * time.Millisecond)
		h.get(bearerField(josetest.OtherRSA().Token("RS256", `{"alg":"RS256","kid":"x"}`, goodClaims(""))))
	}
	quit.Store(true)
	wg.Wait()
	for n := range 10 {
		if got := current.Load().get(good[n]); got == "" {
			t.Errorf("token %d is revoked and gets in", n)
		}
	}
	current.Load().set.Retire(nil)
}
