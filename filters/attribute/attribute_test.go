package attribute

import (
	"bytes"
	"net/netip"
	"testing"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/wire"
)

func exchange(t testing.TB, target, fields string) *filters.Exchange {
	t.Helper()
	x := new(filters.Exchange)
	head := "GET " + target + " HTTP/1.1\r\nHost: API.example.com:8443\r\n" + fields + "\r\n"
	if _, fault := x.Request.Parse([]byte(head), &wire.Limits{Head: 64 << 10, Target: 8 << 10, Fields: 100}); fault != wire.Whole {
		t.Fatalf("%q: %v", head, fault)
	}
	x.Client = netip.MustParseAddr("192.0.2.77")
	x.Route = site()
	return x
}

func site() *filters.Site {
	return &filters.Site{Route: "orders", Params: []string{"tenant", "id"}, Claims: new(filters.Claims)}
}

func compile(t testing.TB, text string, s *filters.Site) Attribute {
	t.Helper()
	var c conf.Attribute
	if err := c.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	a, err := Compile(c, s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAttributeAppend(t *testing.T) {
	s := site()
	x := exchange(t, "/v1/acme/orders/17?b=1&a%62=x%20y+z%zz&empty=&flag&q=%61&q=second",
		"X-Key: one\r\nAccept: text/html\r\nx-key: two\r\nCookie: a=1; session=\"abc\"; Session=no\r\nCookie: late = 2 ; session=other\r\n")
	path := x.Request.Target.Path
	x.Params[0] = filters.Offset{From: 4, To: 8}
	x.Params[1] = filters.Offset{From: uint16(len(path) - 2), To: uint16(len(path))}
	f := func(text, want string) {
		t.Helper()
		a := compile(t, text, s)
		got, found := a.Append([]byte("="), x)
		if string(got) != "="+want || !found {
			t.Errorf("%s: %q, %v; want %q", text, got[1:], found, want)
		}
	}
	missing := func(text string) {
		t.Helper()
		a := compile(t, text, s)
		if got, found := a.Append(nil, x); found || len(got) > 0 {
			t.Errorf("%s: %q, %v; want none", text, got, found)
		}
	}
	f("client.ip", "192.0.2.77")
	f("client.ip/24", "192.0.2.0/24")
	f("client.ip/56", "192.0.2.77/32")
	f("header.X-Key", "one, two")
	f("header.accept", "text/html")
	f("cookie.a", "1")
	f("cookie.session", `"abc"`)
	f("cookie.Session", "no")
	f("cookie.late", "2")
	f("query.b", "1")
	f("query.ab", "x y z%zz")
	f("query.empty", "")
	f("query.flag", "")
	f("query.q", "a")
	f("path.tenant", "acme")
	f("path.id", "17")
	f("route", "orders")
	f("host", "api.example.com")
	missing("header.X-Other")
	missing("header.Authorization")
	missing("cookie.b")
	missing("query.a")
	missing("query.B")
	missing("principal")
	missing("principal.tenant")

	x.Client = netip.MustParseAddr("2001:db8:1:2:3:4:5:6")
	f("client.ip", "2001:db8:1:2:3:4:5:6")
	f("client.ip/24", "2001:db8:1:2::/64")
	f("client.ip/48", "2001:db8:1::/48")
	x.Identity.Principal = append(x.Identity.Principal, "corp|alice"...)
	x.Identity.SetClaim(s.Claims.Index("tenant"), []byte("t1"))
	x.Identity.SetClaim(s.Claims.Index("org.unit"), []byte("u7"))
	f("principal", "corp|alice")
	f("principal.tenant", "t1")
	f("principal.org.unit", "u7")
	x.Client = netip.Addr{}
	missing("client.ip")
	missing("client.ip/24")
}

func TestCompileRefuses(t *testing.T) {
	if _, err := Compile(conf.Attribute{Kind: conf.PathParam, Name: "other"}, site()); err == nil {
		t.Error("a parameter that the route has not")
	}
}

func compileKey(t testing.TB, texts ...string) *Key {
	t.Helper()
	var list conf.Attributes
	for _, text := range texts {
		var c conf.Attribute
		if err := c.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	k, err := CompileKey(list, site())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// What is one party has one key, and nothing else has.
func TestKeyAppend(t *testing.T) {
	f := func(k *Key, same bool, targets ...string) {
		t.Helper()
		a, b := k.Append(nil, exchange(t, targets[0], "")), k.Append(nil, exchange(t, targets[1], ""))
		if bytes.Equal(a, b) != same {
			t.Errorf("%s and %s: %q and %q", targets[0], targets[1], a, b)
		}
	}
	one := compileKey(t, "query.a")
	f(one, true, "/?a=1", "/x?b=2&a=1&a=3")
	f(one, true, "/?a=%31", "/?%61=1")
	f(one, false, "/?a=1", "/?a=2")
	f(one, false, "/?a=", "/")
	f(one, false, "/?a=%00", "/?a=")
	two := compileKey(t, "query.a", "query.b")
	f(two, false, "/?a=1&b=23", "/?a=12&b=3")
	f(two, false, "/?a=1", "/?b=1")
	f(two, false, "/?a=&b=1", "/?b=1")
	f(two, true, "/?a=1&b=2", "/?b=2&a=1")
}

func TestKeyByNetwork(t *testing.T) {
	f := func(text, a, b string, same bool) {
		t.Helper()
		k := compileKey(t, text)
		x, y := exchange(t, "/", ""), exchange(t, "/", "")
		x.Client, y.Client = netip.MustParseAddr(a), netip.MustParseAddr(b)
		if got := bytes.Equal(k.Append(nil, x), k.Append(nil, y)); got != same {
			t.Errorf("%s: %s and %s are the same: %v", text, a, b, got)
		}
	}
	f("client.ip", "192.0.2.1", "192.0.2.2", false)
	f("client.ip", "2001:db8::1", "2001:db8::2:0:0:1", true)
	f("client.ip", "2001:db8::1", "2001:db8:0:1::1", false)
	f("client.ip", "fe80::1%eth0", "fe80::1%eth1", true)
	f("client.ip/24", "192.0.2.1", "192.0.2.200", true)
	f("client.ip/24", "192.0.2.1", "192.0.3.1", false)
	f("client.ip/128", "2001:db8::1", "2001:db8::2", false)
}

func TestKeyLate(t *testing.T) {
	f := func(want bool, texts ...string) {
		t.Helper()
		if got := compileKey(t, texts...).Late(); got != want {
			t.Errorf("%v: late is %v", texts, got)
		}
	}
	f(false, "client.ip")
	f(false, "header.X-Key", "route")
	f(true, "principal")
	f(true, "client.ip", "principal.tenant")
}

// The two readings of bytes from outside never fail, and a key's bytes are never ambiguous.
func FuzzKey(f *testing.F) {
	f.Add("a=1", "a=1; b=2")
	f.Add("%61=%zz&=&a", " a = ;;=;a")
	f.Add("a%3D=1&a=%", "a")
	query, cookie := compileKey(f, "query.a"), Attribute{kind: conf.Cookie, name: "a"}
	f.Fuzz(func(t *testing.T, q, c string) {
		x := new(filters.Exchange)
		x.Request.Target.Query = []byte(q)
		key := query.Append(nil, x)
		value, found := appendQuery(nil, []byte(q), "a")
		if len(key) != 4+len(value) || found == bytes.Equal(key, []byte{0, 0, 0, 0}) {
			t.Errorf("query %q: key %q, value %q, %v", q, key, value, found)
		}
		if len(value) > len(q) {
			t.Errorf("query %q: %q grew", q, value)
		}
		if !x.Request.Add("Cookie", []byte(c)) {
			return
		}
		if got, _ := cookie.Append(nil, x); len(got) > len(c) {
			t.Errorf("cookie %q: %q grew", c, got)
		}
	})
}
