package jose

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// provider is an identity provider without a network.
type provider struct {
	mu      sync.Mutex
	kid     string        // of the one key that it publishes
	etag    string        // sent, and known when it comes back
	body    string        // instead of a key set
	err     error         // instead of an answer
	hang    time.Duration // before the answer
	fetches []time.Time
	matched int // how often the entity tag was known
	running atomic.Int32
}

func (p *provider) get(ctx context.Context, _, tag string) ([]byte, string, error) {
	if p.running.Add(1) > 1 {
		panic("BUG: two fetches at the same time")
	}
	defer p.running.Add(-1)
	p.mu.Lock()
	p.fetches = append(p.fetches, time.Now())
	hang := p.hang
	p.mu.Unlock()
	if hang > 0 {
		select {
		case <-ctx.Done():
			return nil, "", ctx.Err()
		case <-time.After(hang):
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.err != nil:
		return nil, "", p.err
	case p.etag != "" && tag == p.etag:
		p.matched++
		return nil, tag, errNotModified
	case p.body != "":
		return []byte(p.body), p.etag, nil
	}
	return []byte(p.set()), p.etag, nil
}

// change changes how it answers.
func (p *provider) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

// count returns how often it was asked.
func (p *provider) count() (n int) {
	p.change(func() { n = len(p.fetches) })
	return n
}

// set is a key set of one P-256 key: a point of the curve is enough.
func (p *provider) set() string {
	return fmt.Sprintf(`{"keys":[{"kty":"EC","crv":"P-256","kid":%q,"alg":"ES256","x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY","y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}]}`, p.kid)
}

// ring returns a started keyring that asks p, with a refresh of 10 minutes, a re-fetch after 30 seconds and an hour of
// staleness.
func (p *provider) ring(t *testing.T, dir string) *Keyring {
	t.Helper()
	r := NewKeyring(Source{Issuer: "https://issuer.test", URL: "https://issuer.test/keys", Algorithms: DefaultAlgorithms, MaxStale: time.Hour, Dir: dir,
		Log: slog.New(slog.DiscardHandler)})
	r.get = p.get
	r.Start()
	t.Cleanup(r.Stop)
	return r
}

// has tells whether the ring holds a key of this kid now.
func (r *Keyring) has(kid string) bool {
	keys := r.Keys(time.Now().Unix())
	return keys != nil && keys.ByID([]byte(kid)) != nil
}

func check(t *testing.T, what string, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v; want %v", what, got, want)
	}
}

func TestKeyringRefreshes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &provider{kid: "a"}
		r := p.ring(t, "")
		check(t, "keys before the first fetch", r.Keys(time.Now().Unix()) == nil || r.has("a"), true)
		synctest.Wait()
		check(t, "has a", r.has("a"), true)
		check(t, "known", r.Status().Known, true)
		p.change(func() { p.kid = "b" })
		time.Sleep(12 * time.Minute)
		check(t, "has b", r.has("b"), true)
		check(t, "has a still", r.has("a"), false)
		time.Sleep(2 * time.Hour)
		if n := p.count(); n < 11 || n > 16 {
			t.Errorf("%d fetches in 132 minutes", n)
		}
	})
}

func TestKeyringSendsTheEntityTag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &provider{kid: "a", etag: `"1"`}
		r := p.ring(t, "")
		time.Sleep(5 * time.Hour) // far beyond staleness: each 304 counts as a good fetch
		check(t, "has a", r.has("a"), true)
		if p.matched < 20 {
			t.Errorf("%d answers of 304 in %d fetches", p.matched, len(p.fetches))
		}
	})
}

// An unknown kid causes one fetch per MinRefetch, for which one request waits; all others are answered at once.
func TestKeyringRenew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &provider{kid: "a"}
		r := p.ring(t, "")
		synctest.Wait()
		seen := r.Keys(time.Now().Unix())
		p.change(func() { p.kid = "b" })
		start := time.Now()
		check(t, "renewed too early", r.Renew(seen), false)
		check(t, "waited", time.Since(start), time.Duration(0))
		check(t, "fetches", p.count(), 1)

		time.Sleep(31 * time.Second)
		p.change(func() { p.hang = 300 * time.Millisecond })
		start = time.Now()
		first := make(chan bool)
		go func() { first <- r.Renew(seen) }()
		synctest.Wait()
		for range 100 {
			check(t, "a second one is renewed", r.Renew(seen), false)
		}
		check(t, "the others waited", time.Since(start), time.Duration(0))
		check(t, "the first is renewed", <-first, true)
		check(t, "the first waited", time.Since(start), 300*time.Millisecond)
		check(t, "fetches", p.count(), 2)
		check(t, "has b", r.has("b"), true)
		check(t, "renewed by another", r.Renew(seen), true)
	})
}

// A provider that hangs holds up the one request that asked, a second at most, and nobody who has a key.
func TestKeyringOfAHangingProvider(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &provider{kid: "a"}
		r := p.ring(t, "")
		synctest.Wait()
		seen := r.Keys(time.Now().Unix())
		time.Sleep(31 * time.Second)
		p.change(func() { p.hang = time.Hour })
		start := time.Now()
		check(t, "renewed", r.Renew(seen), false)
		check(t, "waited", time.Since(start), patience)
		check(t, "has a", r.has("a"), true)
		check(t, "doubtful while it hangs", r.Doubtful(), false)
		time.Sleep(5 * time.Second)
		check(t, "doubtful after the timeout", r.Doubtful(), true)
		time.Sleep(time.Hour)
		check(t, "has no key after an hour", r.has("a"), false)
		check(t, "known", r.Status().Known, false)
		p.change(func() { p.hang = 0 })
		time.Sleep(time.Minute)
		check(t, "has a again", r.has("a"), true)
		check(t, "doubtful", r.Doubtful(), false)
	})
}

// However it fails, however often it is asked for: the starts of two fetches are MinRefetch apart.
func TestKeyringKeepsItsDistance(t *testing.T) {
	f := func(name string, change func(p *provider, n int)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &provider{kid: "a"}
				r := p.ring(t, "")
				for n := range 3000 {
					synctest.Wait()
					p.change(func() { change(p, n) })
					go r.Renew(r.Keys(time.Now().Unix()))
					time.Sleep(time.Second + time.Duration(n%7)*100*time.Millisecond)
				}
				r.Stop()
				for i := 1; i < len(p.fetches); i++ {
					if gap := p.fetches[i].Sub(p.fetches[i-1]); gap < 30*time.Second {
						t.Fatalf("fetches %d and %d are %v apart", i-1, i, gap)
					}
				}
				if len(p.fetches) < 50 {
					t.Errorf("only %d fetches", len(p.fetches))
				}
			})
		})
	}
	f("rotates every second", func(p *provider, n int) { p.kid = fmt.Sprint(n) })
	f("dies", func(p *provider, n int) { p.err = errors.New("dead") })
	f("hangs", func(p *provider, n int) { p.hang = 3 * time.Second })
	f("lies", func(p *provider, n int) { p.body = []string{"<html>", `{"keys":[]}`, `{"keys":{}}`, "{}"}[n%4] })
	f("comes and goes", func(p *provider, n int) {
		p.err = nil
		if n/50%2 == 0 {
			p.err = errors.New("dead")
		}
	})
}

// What is no key set, or one without a usable key, does not take the place of one.
func TestKeyringOfALiar(t *testing.T) {
	for _, body := range []string{"<html>", "{}", `{"keys":[]}`, `{"keys":[{"kty":"oct","kid":"a","k":"AAAA"}]}`, `{"keys":[],"keys":[]}`, "null", " "} {
		synctest.Test(t, func(t *testing.T) {
			p := &provider{kid: "a"}
			r := p.ring(t, "")
			synctest.Wait()
			p.change(func() { p.body = body })
			time.Sleep(15 * time.Minute)
			check(t, body+": has a", r.has("a"), true)
			check(t, body+": doubtful", r.Doubtful(), true)
			if r.Status().Error == "" {
				t.Errorf("%s: no error", body)
			}
		})
	}
}

// While no key is known, an address where nobody listens is tried every second; who is reached is left in peace.
func TestKeyringStartsWithoutAProvider(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &provider{kid: "a", err: &net.OpError{Op: "dial", Err: errors.New("connection refused")}}
		r := p.ring(t, "")
		time.Sleep(10*time.Second + 1)
		if n := p.count(); n < 9 || n > 12 {
			t.Errorf("%d tries in 10 seconds", n)
		}
		check(t, "known", r.Status().Known, false)
		p.change(func() { p.err = nil })
		time.Sleep(time.Second)
		check(t, "has a", r.has("a"), true)
	})
}

func TestKeyringKeepsTheLastGoodSet(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		p := &provider{kid: "a"}
		r := p.ring(t, dir)
		synctest.Wait()
		check(t, "has a", r.has("a"), true)
		r.Stop()

		p.change(func() { p.err = errors.New("dead") })
		r = p.ring(t, dir)
		synctest.Wait()
		check(t, "after a restart, has a", r.has("a"), true)
		check(t, "known", r.Status().Known, true)
		time.Sleep(61 * time.Minute)
		check(t, "too old, has a", r.has("a"), false)
		r.Stop()

		r = p.ring(t, dir)
		synctest.Wait()
		check(t, "restarted with what is too old, has a", r.has("a"), false)
		r.Stop()

		r = NewKeyring(Source{Issuer: "https://issuer.test", URL: "https://issuer.test/others", Algorithms: DefaultAlgorithms, Dir: dir, Log: slog.New(slog.DiscardHandler)})
		r.get = p.get
		r.Start()
		synctest.Wait()
		check(t, "another address, has a", r.has("a"), false)
		r.Stop()
	})
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q %v", files, err)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	for _, damage := range []string{"", "{", `{"issuer":"https://issuer.test","url":"https://issuer.test/keys","fetched":"2099-01-01T00:00:00Z","document":"junk"}`} {
		if err := os.WriteFile(files[0], []byte(damage), 0o600); err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			p := &provider{kid: "a"}
			r := p.ring(t, dir)
			synctest.Wait()
			check(t, "behind a damaged file, has a", r.has("a"), true)
			r.Stop()
		})
	}
}

func TestDiscovery(t *testing.T) {
	const issuer = "https://issuer.test/tenant"
	f := func(wantError string, documents map[string]string) {
		t.Helper()
		r := NewKeyring(Source{Issuer: issuer, Algorithms: DefaultAlgorithms, Log: slog.New(slog.DiscardHandler)})
		r.get = func(_ context.Context, address, _ string) ([]byte, string, error) {
			if doc, ok := documents[address]; ok {
				return []byte(doc), "", nil
			}
			return nil, "", &StatusError{address, 404}
		}
		err := r.fetch(context.Background(), time.Now())
		switch {
		case wantError == "" && (err != nil || !r.has("a")):
			t.Errorf("%v", err)
		case wantError != "" && (err == nil || !strings.Contains(err.Error(), wantError)):
			t.Errorf("%v; want %q", err, wantError)
		}
	}
	keys := (&provider{kid: "a"}).set()
	metadata := func(issuer, jwks string) string { return fmt.Sprintf(`{"issuer":%q,"jwks_uri":%q}`, issuer, jwks) }
	const openid, server = issuer + "/.well-known/openid-configuration", "https://issuer.test/.well-known/oauth-authorization-server/tenant"
	const at = "https://keys.test/set"
	f("", map[string]string{openid: metadata(issuer, at), at: keys})
	f("", map[string]string{server: metadata(issuer, at), at: keys})
	f("status 404", nil)
	f("status 404", map[string]string{openid: metadata(issuer, at)})
	f("is about the issuer", map[string]string{openid: metadata("https://evil.test", at), at: keys})
	f("is about the issuer", map[string]string{openid: metadata(issuer+"/", at), at: keys})
	f("jwks_uri", map[string]string{openid: metadata(issuer, "http://keys.test/set")})
	f("jwks_uri", map[string]string{openid: metadata(issuer, "file:///etc/passwd")})
	f("jwks_uri", map[string]string{openid: metadata(issuer, "")})
	f("discovery", map[string]string{openid: "<html>"})
}

func TestCheckURL(t *testing.T) {
	f := func(address string, want bool) {
		t.Helper()
		if err := CheckURL(address); (err == nil) != want {
			t.Errorf("%q: %v", address, err)
		}
	}
	f("https://issuer.test/keys", true)
	f("https://issuer.test:8443", true)
	f("http://127.0.0.1:8080/keys", true)
	f("http://localhost/keys", true)
	f("http://[::1]:80/", true)
	f("http://issuer.test/keys", false)
	f("http://localhost.evil.test/", false)
	f("http://127.0.0.1.evil.test/", false)
	f("http://10.0.0.1/", false)
	f("https://user@issuer.test/", false)
	f("https://issuer.test/#x", false)
	f("ftp://issuer.test/", false)
	f("file:///keys", false)
	f("https:///keys", false)
	f("issuer.test", false)
	f("", false)
}
