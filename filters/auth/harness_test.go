package auth

import (
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/jose/josetest"
	"sallyport/internal/wire"
)

// harness is the authenticators of a configuration, and its routes' steps, without a gateway around them.
type harness struct {
	t      testing.TB
	state  *State
	set    *Set
	site   map[string]*filters.Site
	steps  map[string][]filters.Filter
	claims *filters.Claims
	conn   *filters.Connection // of all exchanges; nil for a new one each time
	client netip.Addr
	clock  func() time.Time
}

// newState returns a state that keeps what it keeps in dir, "" for nowhere.
func newState(t testing.TB, dir string) *State {
	t.Helper()
	s, err := NewState(Options{Tokens: 1 << 20, Name: "edge", Dir: dir, Metrics: metrics.NewSet(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// load compiles a configuration; files are written beside it first, by name.
func load(t testing.TB, s *State, text string, files map[string]string, previous *Set) *harness {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := compileIn(t, s, dir, text, previous)
	if problems := h.set.Problems(); len(problems) > 0 {
		t.Fatal(problems)
	}
	return h
}

func compileIn(t testing.TB, s *State, dir, text string, previous *Set) *harness {
	t.Helper()
	c, _, err := conf.Parse(filepath.Join(dir, "test.toml"), []byte("schema = 1\n[upstreams.u]\nnodes = { a = \"127.0.0.1:1\" }\n[listeners.l]\naddress = \"127.0.0.1:0\"\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{t: t, state: s, set: Compile(s, c, previous), site: map[string]*filters.Site{}, steps: map[string][]filters.Filter{},
		claims: new(filters.Claims), client: netip.MustParseAddr("192.0.2.1"), clock: time.Now}
	m := metrics.NewSet()
	for name, r := range c.Routes {
		site := &filters.Site{Route: name, Claims: h.claims, Metrics: m}
		for _, segment := range strings.Split(r.Match.Path, "/") {
			if strings.HasPrefix(segment, "{") {
				site.Params = append(site.Params, strings.Trim(segment, "{}"))
			}
		}
		h.site[name] = site
		for _, f := range []filters.Filter{h.set.Authenticate(site, r), h.set.Authorize(site, r), h.set.Digest(site, r, 1<<20), h.set.Forward(site, r)} {
			if f != nil {
				h.steps[name] = append(h.steps[name], f)
			}
		}
	}
	h.set.Seal(h.claims)
	return h
}

// exchange returns an exchange with a request for a route.
func (h *harness) exchange(route, request string) *filters.Exchange {
	h.t.Helper()
	x := new(filters.Exchange)
	h.prepare(x, route, request)
	return x
}

func (h *harness) prepare(x *filters.Exchange, route, request string) {
	h.t.Helper()
	x.Reset()
	head, body, _ := strings.Cut(request, "\n\n")
	text := strings.ReplaceAll(strings.TrimSpace(head), "\n", "\r\n") + "\r\nHost: api.test\r\n\r\n"
	n, fault := x.Request.Parse([]byte(text), &wire.Limits{Head: 64 << 10, Target: 8 << 10, Fields: 100})
	if fault != wire.Whole || n != len(text) {
		h.t.Fatalf("%q is no request: %v", text, fault)
	}
	x.Request.Body.SetBytes([]byte(body))
	x.Start, x.Now = h.clock(), wire.Now()
	x.Client, x.Conn = h.client, h.conn
	x.Route = h.site[route]
	x.ID = append(x.ID, "id"...)
}

// run passes an exchange through its route's steps and returns the reason it was refused for, "" if it was not.
func (h *harness) run(x *filters.Exchange) string {
	for _, f := range h.steps[x.Route.Route] {
		if f.Request(x) == filters.Done {
			return x.Denial.Code
		}
	}
	return ""
}

// get asks for / at route r with these fields.
func (h *harness) get(fields ...string) string {
	h.t.Helper()
	return h.run(h.exchange("r", "GET / HTTP/1.1\n"+strings.Join(fields, "\n")))
}

func (h *harness) expect(want string, fields ...string) {
	h.t.Helper()
	if got := h.get(fields...); got != want {
		h.t.Errorf("%q; want %q", got, want)
	}
}

// issuerTOML is an issuer as the cases of josetest have it, with further lines.
func issuerTOML(name, more string) string {
	return fmt.Sprintf("[issuers.%s]\nissuer = %q\naudiences = [\"https://other.test\", %q]\n%s\n", name, josetest.Issuer, josetest.Audience, more)
}

func bearerField(token string) string { return "Authorization: Bearer " + token }

// goodClaims are claims that pass at the issuer, with further members.
func goodClaims(more string) string {
	now := time.Now().Unix()
	if more != "" {
		more = "," + more
	}
	return fmt.Sprintf(`{"iss":%q,"aud":%q,"exp":%d,"iat":%d%s}`, josetest.Issuer, josetest.Audience, now+300, now, more)
}
