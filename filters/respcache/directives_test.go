package respcache

import (
	"fmt"
	"strings"
	"testing"

	"sallyport/internal/wire"
)

// headOf makes a head of lines "Name: value" separated by "|".
func headOf(t testing.TB, lines string) *wire.Head {
	t.Helper()
	var r wire.Reply
	text := "HTTP/1.1 200 OK\r\n"
	for _, line := range strings.Split(lines, "|") {
		if line != "" {
			text += line + "\r\n"
		}
	}
	text += "\r\n"
	if _, fault := r.Parse([]byte(text), wire.GET, &wire.Limits{Head: 64 << 10, Fields: 200}); fault != wire.Whole {
		t.Fatalf("%q: %v", text, fault)
	}
	return &r.Head
}

// String lists what is set, in a fixed order.
func (d directives) String() string {
	var parts []string
	for _, f := range []struct {
		name string
		seconds
	}{{"max-age", d.maxAge}, {"s-maxage", d.sMaxAge}, {"swr", d.staleWhileRevalidate}, {"sie", d.staleIfError}, {"min-fresh", d.minFresh}, {"max-stale", d.maxStale}} {
		switch {
		case f.bad:
			parts = append(parts, f.name+" bad")
		case f.given:
			parts = append(parts, fmt.Sprint(f.name, " ", f.n))
		}
	}
	for _, f := range []struct {
		on   bool
		name string
	}{{d.noStore, "no-store"}, {d.noCache, "no-cache"}, {d.private, "private"}, {d.public, "public"}, {d.mustRevalidate, "must-revalidate"},
		{d.proxyRevalidate, "proxy-revalidate"}, {d.mustUnderstand, "must-understand"}, {d.onlyIfCached, "only-if-cached"}, {d.malformed, "malformed"},
		{d.noCacheFields != nil, "no-cache=" + string(d.noCacheFields)}, {d.privateFields != nil, "private=" + string(d.privateFields)}} {
		if f.on {
			parts = append(parts, f.name)
		}
	}
	return strings.Join(parts, " ")
}

func TestDirectives(t *testing.T) {
	f := func(lines, want string) {
		t.Helper()
		var d directives
		parseDirectives(&d, headOf(t, lines))
		if got := d.String(); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", lines, got, want)
		}
	}
	f("", "")
	f("Cache-Control:", "")
	f("Cache-Control: max-age=3600", "max-age 3600")
	f("Cache-Control: MaX-aGe=3600, pUbLiC", "max-age 3600 public")
	f("Cache-Control: max-age=\"3600\"", "max-age 3600")
	f("Cache-Control: max-age='3600'", "max-age bad")
	f("Cache-Control: max-age=003600", "max-age 3600")
	f("Cache-Control: max-age=99999999999999999999", "max-age 2147483648")
	f("Cache-Control: max-age=-1", "max-age bad")
	f("Cache-Control: max-age=+1", "max-age bad")
	f("Cache-Control: max-age=1.0", "max-age bad")
	f("Cache-Control: max-age=3600a", "max-age bad")
	f("Cache-Control: max-age=a3600", "max-age bad")
	f("Cache-Control: max-age =3600", "max-age bad")
	f("Cache-Control: max-age= 3600", "max-age bad")
	f("Cache-Control: max-age 3600", "max-age bad")
	f("Cache-Control: max-age=", "max-age bad")
	f("Cache-Control: max-age", "max-age bad")
	f("Cache-Control: max-age=3600;public", "max-age bad")
	f("Cache-Control: ,, max-age=1 ,\t,public,", "max-age 1 public")
	f("Cache-Control: max-age=1800, max-age=1", "max-age 1800")
	f("Cache-Control: max-age=1|Cache-Control: max-age=1800", "max-age 1")
	f("Cache-Control: foobar, max-age=10, foo=bar", "max-age 10")
	f("Cache-Control: foo=\"max-age=3600\", max-age=10", "max-age 10")
	f("Cache-Control: foo=\"a, no-store\", max-age=10", "max-age 10")
	f("Cache-Control: foo=\"a\\\", no-store\", max-age=10", "max-age 10")
	f("Cache-Control: foo=\"a, no-store, max-age=10", "max-age 10 no-store malformed")
	f("Cache-Control: s-maxage=5, max-age=10", "max-age 10 s-maxage 5")
	f("Cache-Control: no-store, no-cache, private, must-revalidate, proxy-revalidate, must-understand",
		"no-store no-cache private must-revalidate proxy-revalidate must-understand")
	f("Cache-Control: no-store=1", "no-store")
	f("Cache-Control: no-cache=\"Set-Cookie, X-A\", max-age=1", "max-age 1 no-cache=Set-Cookie, X-A")
	f("Cache-Control: no-cache=x-a", "no-cache=x-a")
	f("Cache-Control: no-cache=\"\"", "no-cache")
	f("Cache-Control: no-cache=\"a b\"", "no-cache")
	f("Cache-Control: no-cache=\"a\", no-cache=\"b\"", "no-cache no-cache=a")
	f("Cache-Control: private=\"a\"", "private=a")
	f("Cache-Control: private=\"a\", private", "private private=a")
	f("Cache-Control: stale-while-revalidate=5, stale-if-error=6", "swr 5 sie 6")
	f("Cache-Control: max-stale, min-fresh=3, only-if-cached", "min-fresh 3 max-stale 2147483648 only-if-cached")
	f("Cache-Control: max-stale=9", "max-stale 9")
	f("Cache-Control: max-stale=x", "max-stale bad")
}

func TestTargeted(t *testing.T) {
	f := func(lines, want string) {
		t.Helper()
		var d directives
		if !parseTargeted(&d, headOf(t, lines)) {
			t.Errorf("%s: ignored", lines)
		}
		if got := d.String(); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", lines, got, want)
		}
	}
	ignored := func(lines string) {
		t.Helper()
		var d directives
		if parseTargeted(&d, headOf(t, lines)) {
			t.Errorf("%s: %v", lines, d)
		}
	}
	f("CDN-Cache-Control: max-age=10", "max-age 10")
	f("CDN-Cache-Control: max-age=10, max-age=20", "max-age 20")
	f("CDN-Cache-Control: max-age=10|CDN-Cache-Control: private", "max-age 10 private")
	f("CDN-Cache-Control: max-age=10;foo=bar;b, foo=(a \"b\" 1);q=1.5, bar=:YWJj:, baz=?0, d=@1659578233, s=%\"a%c3%bc\"", "max-age 10")
	f("CDN-Cache-Control: max-age=\"10\"", "")
	f("CDN-Cache-Control: max-age=10.0", "")
	f("CDN-Cache-Control: max-age=-10", "max-age bad")
	f("CDN-Cache-Control: max-age=999999999999999", "max-age 2147483648")
	f("CDN-Cache-Control: max-age", "")
	f("CDN-Cache-Control: no-store, no-cache=?0, private=?1", "no-store private")
	f("CDN-Cache-Control: no-store=1", "")
	f("CDN-Cache-Control: no-cache=\"a, b\"", "no-cache=a, b")
	f("CDN-Cache-Control: must-revalidate ,\tstale-if-error=5", "sie 5 must-revalidate")
	ignored("Cache-Control: max-age=10")
	ignored("CDN-Cache-Control:")
	ignored("CDN-Cache-Control: max-age=10,")
	ignored("CDN-Cache-Control: ,max-age=10")
	ignored("CDN-Cache-Control: max-age=10|CDN-Cache-Control:")
	ignored("CDN-Cache-Control: Max-Age=10")
	ignored("CDN-Cache-Control: max-age =10")
	ignored("CDN-Cache-Control: max-age= 10")
	ignored("CDN-Cache-Control: max-age=10 private")
	ignored("CDN-Cache-Control: max-age='10'")
	ignored("CDN-Cache-Control: max-age=1234567890123456")
	ignored("CDN-Cache-Control: max-age=10, &foo")
	ignored("CDN-Cache-Control: max-age=10, foo=\"a")
	ignored("CDN-Cache-Control: max-age=10, foo=(a b")
	ignored("CDN-Cache-Control: max-age=10, foo=(a\"b\")")
	ignored("CDN-Cache-Control: max-age=10, foo=?2")
	ignored("CDN-Cache-Control: max-age=10, foo=:a")
	ignored("CDN-Cache-Control: max-age=10, foo=1.")
	ignored("CDN-Cache-Control: max-age=10, foo=1.2345")
	ignored("CDN-Cache-Control: max-age=10, foo=@1.5")
	ignored("CDN-Cache-Control: max-age=10, foo=%\"%C3\"")
	ignored("CDN-Cache-Control: max-age=10; 1=2")
}

func FuzzDirectives(f *testing.F) {
	f.Add("max-age=3600, no-cache=\"a, b\", private", "max-age=3;a=1, foo=(1 2), b=?1")
	f.Add("foo=\"a\\\", no-store\", max-age=10", "a=%\"b\", c=:YQ==:, d=@1")
	f.Fuzz(func(t *testing.T, cacheControl, targeted string) {
		var h wire.Head
		if !h.AddKnown(wire.CacheControl, []byte(cacheControl)) || !h.AddKnown(wire.CDNCacheControl, []byte(targeted)) {
			return
		}
		var d, again directives
		parseDirectives(&d, &h)
		for _, s := range []seconds{d.maxAge, d.sMaxAge, d.minFresh, d.maxStale, d.staleIfError, d.staleWhileRevalidate} {
			if s.n < 0 || s.n > maxSeconds {
				t.Errorf("%d seconds", s.n)
			}
		}
		// What one field says in two lines it says in one.
		var joined wire.Head
		if half := strings.IndexByte(cacheControl, ','); half >= 0 && !strings.Contains(cacheControl, "\"") {
			joined.AddKnown(wire.CacheControl, []byte(cacheControl[:half]))
			joined.AddKnown(wire.CacheControl, []byte(cacheControl[half+1:]))
			parseDirectives(&again, &joined)
			if again.String() != d.String() {
				t.Errorf("%q is %v in one line and %v in two", cacheControl, d, again)
			}
		}
		parseTargeted(&d, &h)
	})
}
