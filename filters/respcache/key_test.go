package respcache

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/filterstest"
	"sallyport/internal/wire"
)

func newFilter(t testing.TB, site *filters.Site, vary string, sent ...string) *Filter {
	t.Helper()
	c := &conf.Cache{Collapse: true, MaxBody: 8 << 20, StaleIfError: 60e9}
	if vary != "" {
		var a conf.Attribute
		if err := a.UnmarshalText([]byte(vary)); err != nil {
			t.Fatal(err)
		}
		c.VaryOn = conf.Attributes{a}
	}
	f, err := New(c, NewCache(1<<20), sent, site)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func keyOf(f *Filter, x *filters.Exchange) string {
	text, _, _, _ := f.appendKey(nil, x)
	return string(text)
}

// caller is what can differ between two requests for one URL.
type caller struct {
	authenticated bool
	principal     string
	tenant        string
	bits          uint64
	forward       string // the rewritten path
	told          string // what a rule tells the upstream about the caller
	tls           bool
}

func (c caller) apply(t testing.TB, x *filters.Exchange, site *filters.Site) {
	filterstest.Parse(t, x, "GET /v1/orders?a=b")
	if c.told != "" {
		x.Request.Add("X-Caller", []byte(c.told))
	}
	if c.tls {
		x.Trusted = true
		x.Request.AddKnown(wire.XForwardedProto, []byte("https"))
	}
	x.Forward = append(x.Forward, c.forward...)
	who := &x.Identity
	who.Authenticated = c.authenticated
	if c.authenticated {
		who.Principal = append(who.Principal, c.principal...)
		who.Bits[3] = c.bits
		if c.tenant != "" {
			who.SetClaim(site.Claims.Index("tenant"), []byte(c.tenant))
		}
	}
}

// Two callers share an entry only if every rule of the route gives both the same verdict and the same view: what rules
// look at is the scopes and claims that became bits, and what the upstream is shown is the path and the fields that rules made.
func TestKeysAreShared(t *testing.T) {
	site := filterstest.Site("orders")
	own := newFilter(t, site, "", "x-caller")
	tenant := newFilter(t, site, "principal.tenant", "X-Caller")
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(options ...string) string { return options[r.IntN(len(options))] }
	random := func() caller {
		c := caller{authenticated: r.IntN(4) > 0, forward: pick("", "/a", "/b"), told: pick("", "t1", "t1,t2"), tls: r.IntN(2) == 0}
		if c.authenticated {
			c.principal, c.tenant, c.bits = pick("corp|a", "corp|b", "corp|", ""), pick("", "t1", "t2", "t1t2"), r.Uint64N(2)
		}
		return c
	}
	var x, y filters.Exchange
	shared := 0
	for range 20_000 {
		a, b := random(), random()
		a.apply(t, &x, site)
		b.apply(t, &y, site)
		view := a.forward == b.forward && a.told == b.told && a.tls == b.tls
		who := a.authenticated == b.authenticated && a.principal == b.principal && a.bits == b.bits
		if same := keyOf(own, &x) == keyOf(own, &y); same != (view && who) {
			t.Fatalf("%+v and %+v share an entry: %v", a, b, same)
		}
		if same := keyOf(tenant, &x) == keyOf(tenant, &y); same != (view && a.tenant == b.tenant) {
			t.Fatalf("%+v and %+v share an entry of their tenant: %v", a, b, same)
		}
		if view && who {
			shared++
		}
	}
	if shared == 0 {
		t.Error("no two callers had anything in common")
	}
}

func TestKeyOfRequest(t *testing.T) {
	f := newFilter(t, filterstest.Site("orders"), "")
	same := func(one, other string, want bool) {
		t.Helper()
		x, y := filterstest.Exchange(t, one), filterstest.Exchange(t, other)
		if got := keyOf(f, x) == keyOf(f, y); got != want {
			t.Errorf("%s and %s: %v", one, other, got)
		}
	}
	same("GET /a", "GET /a", true)
	same("GET /a", "HEAD /a", true)
	same("GET /a", "GET /%61", true)
	same("GET /a", "GET /A", false)
	same("GET /a", "GET /a?", false)
	same("GET /a?b", "GET /a?B", false)
	same("GET /a?b", "GET /a?b&", false)
	same("GET http://api.example.com/a", "GET /a", true)
	g := newFilter(t, filterstest.Site("other"), "")
	if x := filterstest.Exchange(t, "GET /a"); keyOf(f, x) == keyOf(g, x) {
		t.Error("two routes share an entry")
	}
}

// No two requests that differ in one part have the same key, whatever is in the parts.
func FuzzKey(f *testing.F) {
	f.Add("/a", "q", "p", "f", "t", "/a", "q", "p", "f", "t")
	f.Add("/a", "", "p\x00", "", "", "/a", "", "p", "\x00", "")
	site := filterstest.Site("orders")
	filter := newFilter(f, site, "", "x-told")
	f.Fuzz(func(t *testing.T, path1, query1, who1, forward1, told1, path2, query2, who2, forward2, told2 string) {
		make := func(path, query, who, forward, told string) (x *filters.Exchange, parts string, ok bool) {
			x = new(filters.Exchange)
			head := "GET /" + path + "?" + query + " HTTP/1.1\r\nHost: a\r\n\r\n"
			n, fault := x.Request.Parse([]byte(head), &wire.Limits{Head: 64 << 10, Target: 8 << 10, Fields: 100})
			if fault != wire.Whole || n != len(head) || !x.Request.Add("X-Told", []byte(told)) || bytes.IndexByte([]byte(forward), 0) >= 0 {
				return nil, "", false
			}
			x.Forward = []byte(forward)
			x.Identity.Authenticated = true
			x.Identity.Principal = []byte(who)
			told = string(x.Request.Lookup("x-told"))
			return x, fmt.Sprintf("%q %q %q %q %q", x.Request.Target.Path, x.Request.Target.Query, who, forward, told), true
		}
		x, one, ok := make(path1, query1, who1, forward1, told1)
		y, other, ok2 := make(path2, query2, who2, forward2, told2)
		if ok && ok2 && (one == other) != (keyOf(filter, x) == keyOf(filter, y)) {
			t.Errorf("%s and %s", one, other)
		}
	})
}

// Without a store, in tables that only explain, everything goes on.
func TestWithoutStore(t *testing.T) {
	f, err := New(&conf.Cache{}, nil, nil, filterstest.Site("orders"))
	if err != nil {
		t.Fatal(err)
	}
	x := filterstest.Exchange(t, "GET /a")
	if f.Request(x) != filters.Next {
		t.Error("answered")
	}
	f.Response(x)
}
