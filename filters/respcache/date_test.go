package respcache

import (
	"net/http"
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	now := time.Date(2026, 11, 5, 0, 0, 0, 0, time.UTC).Unix()
	f := func(in string, want time.Time) {
		t.Helper()
		if got, ok := parseDate([]byte(in), now); !ok || got != want.Unix() {
			t.Errorf("%q: %v %v, want %v", in, time.Unix(got, 0).UTC(), ok, want)
		}
	}
	bad := func(in string) {
		t.Helper()
		if got, ok := parseDate([]byte(in), now); ok {
			t.Errorf("%q was read as %v", in, time.Unix(got, 0).UTC())
		}
	}
	day := time.Date(1994, 11, 6, 8, 49, 37, 0, time.UTC)
	f("Sun, 06 Nov 1994 08:49:37 GMT", day)
	f("Sunday, 06-Nov-94 08:49:37 GMT", day)
	f("Sun Nov  6 08:49:37 1994", day)
	f("Sun Nov 16 08:49:37 1994", day.AddDate(0, 0, 10))
	f("sun, 06 nov 1994 08:49:37 gmt", day)
	f("SUN, 06 NOV 1994 08:49:37 GMT", day)
	f("Thu, 18 Aug 2050 02:01:18 GMT", time.Date(2050, 8, 18, 2, 1, 18, 0, time.UTC))
	f("Thursday, 18-Aug-50 02:01:18 GMT", time.Date(2050, 8, 18, 2, 1, 18, 0, time.UTC))
	f("Thursday, 18-Aug-77 02:01:18 GMT", time.Date(1977, 8, 18, 2, 1, 18, 0, time.UTC))
	f("Fri, 29 Feb 2036 00:00:00 GMT", time.Date(2036, 2, 29, 0, 0, 0, 0, time.UTC))
	f("Fri, 31 Dec 9999 23:59:59 GMT", time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC))
	f("Sat, 31 Dec 2016 23:59:60 GMT", time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC))
	f("Thu, 01 Jan 1970 00:00:00 GMT", time.Unix(0, 0))
	bad("")
	bad("0")
	bad("-1")
	bad("Sun, 06 Nov 1994 08:49:37 UTC")
	bad("Sun, 06 Nov 1994 08:49:37 AEST")
	bad("Sun, 06 Nov 1994 08:49:37 +0000")
	bad("Sun, 06 Nov 1994 08:49:37")
	bad("Sun, 06  Nov 1994 08:49:37 GMT")
	bad("Sun,  06 Nov 1994 08:49:37 GMT")
	bad("Sun 06 Nov 1994 08:49:37 GMT")
	bad("Sun, 06 Nov 94 08:49:37 GMT")
	bad("Sun, 6 Nov 1994 08:49:37 GMT")
	bad("Sun, 06-Nov-1994 08:49:37 GMT")
	bad("Sun, 06 Nov 1994 8:49:37 GMT")
	bad("Sun, 06 Nov 1994 08.49.37 GMT")
	bad("Sun, 06 Nov 1994 24:49:37 GMT")
	bad("Sun, 06 Nov 1994 08:60:37 GMT")
	bad("Sun, 30 Feb 1994 08:49:37 GMT")
	bad("Sun, 00 Feb 1994 08:49:37 GMT")
	bad("Sun, 06 Foo 1994 08:49:37 GMT")
	bad("Foo, 06 Nov 1994 08:49:37 GMT")
	bad("Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT")
	bad("\"Sun, 06 Nov 1994 08:49:37 GMT\"")
}

func FuzzParseDate(f *testing.F) {
	f.Add("Sun, 06 Nov 1994 08:49:37 GMT")
	f.Add("Sunday, 06-Nov-94 08:49:37 GMT")
	f.Add("Sun Nov  6 08:49:37 1994")
	now := time.Date(2026, 11, 5, 0, 0, 0, 0, time.UTC).Unix()
	f.Fuzz(func(t *testing.T, in string) {
		got, ok := parseDate([]byte(in), now)
		if !ok {
			return
		}
		again := time.Unix(got, 0).UTC().Format(http.TimeFormat)
		if second, ok := parseDate([]byte(again), now); !ok || second != got {
			t.Errorf("%q is %q, which is %d %v", in, again, second, ok)
		}
	})
}
