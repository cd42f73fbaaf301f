package respcache

import (
	"testing"
	"time"
)

// now is the moment of the pure tests: Thu, 05 Nov 2026 12:00:00 GMT.
var now = time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC).Unix()

func TestFreshness(t *testing.T) {
	at := received{now * second, now * second}
	f := func(status int, lines string, lifetime, age int64) {
		t.Helper()
		var o origin
		readOrigin(&o, headOf(t, lines), status, at, 0)
		if o.lifetime != lifetime*second || o.initialAge != age*second {
			t.Errorf("%d %s: lifetime %d age %d", status, lines, o.lifetime/second, o.initialAge/second)
		}
	}
	const date = "Date: Thu, 05 Nov 2026 12:00:00 GMT|"
	f(200, date, 0, 0)
	f(200, "Cache-Control: max-age=60", 60, 0)
	f(200, date+"Cache-Control: max-age=60, s-maxage=5", 5, 0)
	f(200, date+"Cache-Control: s-maxage=60, max-age=5", 60, 0)
	f(200, date+"Cache-Control: max-age=60|Expires: Thu, 05 Nov 2020 12:00:00 GMT", 60, 0)
	f(200, date+"Cache-Control: max-age=0|Expires: Thu, 05 Nov 2030 12:00:00 GMT", 0, 0)
	f(200, date+"Cache-Control: max-age=x|Expires: Thu, 05 Nov 2030 12:00:00 GMT", 0, 0)
	f(200, date+"Expires: Thu, 05 Nov 2026 12:00:30 GMT", 30, 0)
	f(200, "Expires: Thu, 05 Nov 2026 12:00:30 GMT", 30, 0)
	f(200, date+"Expires: Thu, 05 Nov 2026 12:00:00 GMT", 0, 0)
	f(200, date+"Expires: Thu, 05 Nov 2026 11:00:00 GMT", 0, 0)
	f(200, date+"Expires: 0", 0, 0)
	f(200, date+"Expires: 0|Expires: Thu, 05 Nov 2030 12:00:00 GMT", 0, 0)
	f(200, date+"Expires: Thu|Expires: 05 Nov 2030 12:00:00 GMT", 0, 0)
	f(200, date+"Expires: Fri, 31 Dec 9999 23:59:59 GMT", maxSeconds, 0)
	f(200, "Date: Thu, 05 Nov 2026 11:59:00 GMT|Expires: Thu, 05 Nov 2026 12:00:30 GMT", 90, 60)
	f(200, "Date: Thu, 05 Nov 2026 12:01:00 GMT|Expires: Thu, 05 Nov 2026 12:00:30 GMT", 0, 0)
	f(200, "Date: nonsense|Expires: Thu, 05 Nov 2026 12:00:30 GMT", 30, 0)
	f(200, date+"Cache-Control: max-age=60|Age: 30", 60, 30)
	f(200, "Date: Thu, 05 Nov 2026 11:59:00 GMT|Cache-Control: max-age=60|Age: 30", 60, 60)
	f(200, date+"Cache-Control: max-age=60|Age: 0, 30", 60, 0)
	f(200, date+"Cache-Control: max-age=60|Age: 30, 0", 60, 30)
	f(200, date+"Cache-Control: max-age=60|Age: 30|Age: 0", 60, 30)
	f(200, date+"Cache-Control: max-age=60|Age: -30", 60, 0)
	f(200, date+"Cache-Control: max-age=60|Age: 30.5", 60, 0)
	f(200, date+"Cache-Control: max-age=60|Age: a30", 60, 0)
	f(200, date+"Cache-Control: max-age=60|Age: 30;a=1", 60, 0)
	f(200, date+"Cache-Control: max-age=60|Age: 9999999999999999999999", 60, maxSeconds)
	f(200, date+"CDN-Cache-Control: max-age=60|Cache-Control: max-age=5, s-maxage=1", 60, 0)
	f(200, date+"CDN-Cache-Control: max-age=60|Expires: Thu, 05 Nov 2026 12:00:30 GMT", 60, 0)
	f(200, date+"CDN-Cache-Control: private=x|Expires: Thu, 05 Nov 2026 12:00:30 GMT", 0, 0)
	f(200, date+"CDN-Cache-Control: max-age=60,|Cache-Control: max-age=5", 5, 0)

	const old = date + "Last-Modified: Thu, 05 Nov 2026 11:58:20 GMT|"
	for _, status := range []int{200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501} {
		f(status, old, 10, 0)
	}
	for _, status := range []int{201, 202, 302, 303, 307, 400, 403, 500, 502, 503, 504, 599} {
		f(status, old, 0, 0)
		f(status, old+"Cache-Control: public", 10, 0)
	}
	f(200, date+"Last-Modified: Tue, 05 Nov 2020 12:00:00 GMT", 24*3600, 0)
	f(404, date+"Last-Modified: Tue, 05 Nov 2020 12:00:00 GMT", 60, 0)
	f(200, date+"Last-Modified: Thu, 05 Nov 2026 12:58:20 GMT", 0, 0)
	f(200, date+"Last-Modified: nonsense", 0, 0)
}

func TestRouteLifetime(t *testing.T) {
	at := received{now * second, now * second}
	f := func(status int, lines string, lifetime int64) {
		t.Helper()
		var o origin
		readOrigin(&o, headOf(t, lines), status, at, 300*second)
		if o.lifetime != lifetime*second {
			t.Errorf("%d %s: lifetime %d", status, lines, o.lifetime/second)
		}
	}
	f(200, "", 300)
	f(200, "Last-Modified: Thu, 05 Nov 2026 11:58:20 GMT", 300)
	f(200, "Cache-Control: max-age=5", 5)
	f(200, "Cache-Control: max-age=0", 0)
	f(200, "Expires: 0", 0)
	f(404, "", 60)
	f(500, "", 0)
	f(302, "", 0)
}

// The age of an answer that took long includes the time it took (RFC 9111 section 4.2.3).
func TestResponseDelay(t *testing.T) {
	var o origin
	readOrigin(&o, headOf(t, "Cache-Control: max-age=60|Age: 10|Date: Thu, 05 Nov 2026 12:00:00 GMT"), 200, received{(now - 3) * second, now*second + 500}, 0)
	if o.initialAge != 13500 {
		t.Errorf("age %d ms", o.initialAge)
	}
}

func TestMayStore(t *testing.T) {
	f := func(status int, request, lines string, shared, want bool) {
		t.Helper()
		var o origin
		var asked directives
		parseDirectives(&asked, headOf(t, request))
		h := headOf(t, lines)
		readOrigin(&o, h, status, received{now * second, now * second}, 0)
		if got := mayStore(&o, &asked, status, h, shared); got != want {
			t.Errorf("%d %s (asked %q, shared %v): %v", status, lines, request, shared, got)
		}
	}
	const fresh = "Cache-Control: max-age=60"
	for _, status := range []int{200, 201, 203, 204, 299, 301, 302, 303, 307, 308, 400, 404, 410, 499, 500, 502, 503, 504, 599} {
		f(status, "", fresh, false, true)
	}
	f(206, "", fresh, false, true)
	f(206, "", "Last-Modified: Thu, 05 Nov 2026 11:58:20 GMT", false, false)
	f(304, "", fresh, false, false)
	f(103, "", fresh, false, false)
	f(200, "", "", false, false)
	f(200, "", "ETag: \"a\"", false, true)
	f(302, "", "ETag: \"a\"", false, false)
	f(200, "", "Cache-Control: max-age=0", false, false)
	f(200, "", "Cache-Control: max-age=0|ETag: \"a\"", false, true)
	f(200, "", "Cache-Control: no-cache|ETag: \"a\"", false, true)
	f(200, "", "Cache-Control: no-cache, max-age=60", false, false)
	f(200, "", "Cache-Control: max-age=60, no-cache=\"a\"", false, true)
	f(200, "", "Cache-Control: max-age=60, no-store", false, false)
	f(200, "", "Cache-Control: max-age=60, nO-StOrE", false, false)
	f(200, "", "Cache-Control: max-age=60, private", false, false)
	f(200, "", "Cache-Control: max-age=60, private=\"a\"", false, true)
	f(200, "", "Cache-Control: max-age=60, no-store, must-understand", false, true)
	f(599, "", "Cache-Control: max-age=60, no-store, must-understand", false, false)
	f(599, "", "Cache-Control: max-age=60, must-understand", false, false)
	f(200, "", "Cache-Control: max-age=60, a=\"", false, false)
	f(200, "Cache-Control: no-store", fresh, false, false)
	f(200, "Cache-Control: no-cache", fresh, false, true)
	f(200, "", fresh+"|Vary: Foo", false, true)
	f(200, "", fresh+"|Vary: *", false, false)
	f(200, "", fresh+"|Vary: Foo, *", false, false)
	f(200, "", fresh+"|Vary: *, Foo", false, false)
	f(200, "", fresh+"|Vary: Foo|Vary: *", false, false)
	f(200, "", fresh+"|Vary: , *", false, false)
	f(200, "", fresh, true, false)
	f(200, "", "Cache-Control: max-age=60, public", true, true)
	f(200, "", "Cache-Control: max-age=60, must-revalidate", true, true)
	f(200, "", "Cache-Control: s-maxage=60", true, true)
	f(200, "", "Cache-Control: max-age=60, proxy-revalidate", true, false)
	f(200, "", "Pragma: no-cache|Last-Modified: Thu, 05 Nov 2026 11:58:20 GMT", false, true)
	f(200, "", "CDN-Cache-Control: max-age=60|Cache-Control: no-store", false, true)
	f(200, "", "CDN-Cache-Control: private|Cache-Control: max-age=60", false, false)
	f(200, "", "CDN-Cache-Control: no-store|Cache-Control: max-age=60", false, false)
	f(200, "", "Cache-Control: max-age=60|Age: 7200", false, false)
	f(200, "", "Cache-Control: max-age=60, stale-while-revalidate=10000|Age: 7200", false, true)
}

func TestUse(t *testing.T) {
	names := [...]string{"serve", "serveStale", "refresh", "validate", "validateOnly"}
	f := func(l lifespan, age int64, request string, want use) {
		t.Helper()
		var asked directives
		parseDirectives(&asked, headOf(t, request))
		if got := l.use(age*second, &asked); got != want {
			t.Errorf("%+v of age %d, asked %q: %s, want %s", l, age, request, names[got], names[want])
		}
	}
	plain := lifespan{lifetime: 60 * second, staleIfError: 60 * second}
	swr := lifespan{lifetime: 60 * second, staleWhileRevalidate: 30 * second}
	strict := lifespan{lifetime: 60 * second, strict: true, staleWhileRevalidate: 30 * second}
	noCache := lifespan{lifetime: 60 * second, noCache: true}
	f(plain, 0, "", serve)
	f(plain, 59, "", serve)
	f(plain, 60, "", validate)
	f(plain, 61, "", validate)
	f(plain, 10, "Cache-Control: no-cache", validate)
	f(plain, 0, "Cache-Control: max-age=0", validate)
	f(plain, 10, "Cache-Control: max-age=10", serve)
	f(plain, 11, "Cache-Control: max-age=10", validate)
	f(plain, 11, "Cache-Control: max-age=bad", validate)
	f(plain, 10, "Cache-Control: min-fresh=50", serve)
	f(plain, 11, "Cache-Control: min-fresh=50", validate)
	f(plain, 70, "Cache-Control: max-stale", serveStale)
	f(plain, 70, "Cache-Control: max-stale=10", serveStale)
	f(plain, 71, "Cache-Control: max-stale=10", validate)
	f(plain, 70, "Cache-Control: max-stale=x", validate)
	f(plain, 70, "Cache-Control: max-stale, max-age=60", validate)
	f(swr, 60, "", refresh)
	f(swr, 89, "", refresh)
	f(swr, 90, "", validate)
	f(swr, 70, "Cache-Control: no-cache", validate)
	f(strict, 59, "", serve)
	f(strict, 60, "", validateOnly)
	f(strict, 70, "Cache-Control: max-stale", validateOnly)
	f(noCache, 0, "", validateOnly)
	f(noCache, 0, "Cache-Control: max-stale", validateOnly)
}

func TestSurvives(t *testing.T) {
	f := func(l lifespan, age int64, request string, want bool) {
		t.Helper()
		var asked directives
		parseDirectives(&asked, headOf(t, request))
		if got := l.survives(age*second, &asked); got != want {
			t.Errorf("%+v of age %d, asked %q: %v", l, age, request, got)
		}
	}
	plain := lifespan{lifetime: 60 * second, staleIfError: 60 * second}
	f(plain, 10, "", true)
	f(plain, 120, "", true)
	f(plain, 121, "", false)
	f(plain, 100, "Cache-Control: no-cache", false)
	f(plain, 100, "Cache-Control: max-age=10", false)
	f(plain, 200, "Cache-Control: stale-if-error=200", true)
	f(lifespan{lifetime: 60 * second, staleIfError: 60 * second, strict: true}, 61, "", false)
	f(lifespan{lifetime: 60 * second, staleIfError: 60 * second, strict: true}, 61, "Cache-Control: stale-if-error=200", false)
	f(lifespan{lifetime: 60 * second, staleIfError: 60 * second, noCache: true}, 10, "", false)
}
