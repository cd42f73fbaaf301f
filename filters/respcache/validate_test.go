package respcache

import "testing"

func TestAnyTag(t *testing.T) {
	f := func(list, tag string, want bool) {
		t.Helper()
		if got := anyTag([]byte(list), []byte(tag)); got != want {
			t.Errorf("%s in %s: %v", tag, list, got)
		}
	}
	f(`"a"`, `"a"`, true)
	f(`"a"`, `"b"`, false)
	f(`W/"a"`, `"a"`, true)
	f(`"a"`, `W/"a"`, true)
	f(`W/"a"`, `W/"a"`, true)
	f(`w/"a"`, `"a"`, false)
	f(`"a", "b", "c"`, `"a"`, true)
	f(`"a", "b", "c"`, `"c"`, true)
	f(`"a","b"`, `"b"`, true)
	f(`"a, b"`, `"a, b"`, true)
	f(`"a, b"`, `"b"`, false)
	f(`"a\"`, `"a\"`, true)
	f(`"a\", "b"`, `"b"`, true)
	f("\"\xfcber\"", "\"\xfcber\"", true)
	f(`*`, `"a"`, true)
	f(`*`, ``, true)
	f(`"a"`, ``, false)
	f(``, ``, false)
	f(`a`, `a`, true)
	f(`a`, `"a"`, false)
	f(`"a"`, `a`, false)
	f(`"a`, `"a"`, false)
}

func TestNotModified(t *testing.T) {
	const now = 1_800_000_000
	modified, _ := parseDate([]byte("Mon, 01 Jan 2024 00:00:00 GMT"), now)
	f := func(request, stored string, want bool) {
		t.Helper()
		if got := notModified(headOf(t, request), headOf(t, stored), modified, now); got != want {
			t.Errorf("%s for %s: %v", request, stored, got)
		}
	}
	f(`If-None-Match: "a"`, `ETag: "a"`, true)
	f(`If-None-Match: "b"|If-None-Match: "a"`, `ETag: "a"`, true)
	f(`If-None-Match: "b"|If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT`, `ETag: "a"`, false)
	f(`If-None-Match: "b"|If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT`, ``, false)
	f(`If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT`, ``, true)
	f(`If-Modified-Since: Mon, 01 Jan 2024 00:00:01 GMT`, ``, true)
	f(`If-Modified-Since: Sun, 31 Dec 2023 23:59:59 GMT`, ``, false)
	f(`If-Modified-Since: Monday, 01-Jan-24 00:00:00 GMT`, ``, true)
	f(`If-Modified-Since: yesterday`, ``, false)
}

func TestRangeCondition(t *testing.T) {
	const now = 1_800_000_000
	modified, _ := parseDate([]byte("Mon, 01 Jan 2024 00:00:00 GMT"), now)
	f := func(condition, stored string, date int64, want bool) {
		t.Helper()
		if got := rangeCondition([]byte(condition), headOf(t, stored), modified, date, now); got != want {
			t.Errorf("%s for %s: %v", condition, stored, got)
		}
	}
	f(`"a"`, `ETag: "a"`, modified, true)
	f(`"b"`, `ETag: "a"`, modified, false)
	f(`W/"a"`, `ETag: W/"a"`, modified, false)
	f(`"a"`, ``, modified, false)
	f(`Mon, 01 Jan 2024 00:00:00 GMT`, ``, modified+60, true)
	f(`Mon, 01 Jan 2024 00:00:00 GMT`, ``, modified+59, false)
	f(`Mon, 01 Jan 2024 00:00:01 GMT`, ``, modified+60, false)
	f(`Sun, 31 Dec 2023 00:00:00 GMT`, ``, modified+60, false)
	f(`nonsense`, ``, modified+60, false)
}
