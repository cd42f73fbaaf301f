package gateway

import "testing"

func TestCacheInvalidation(t *testing.T) {
	cacheTable(t, "/v1", func(f func(name string, triples ...string)) {
		const fresh = "200|Cache-Control: max-age=3600|"
		for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "M-SEARCH"} {
			f("9111 4.4 "+method, "GET", fresh, "origin", method, "200", "origin", "GET", fresh, "origin")
			f("9111 4.4 "+method+" answered by a redirection", "GET", fresh, "origin", method, "303|Location: /other", "origin|303", "GET", fresh, "origin")
			f("9111 4.4 "+method+" that failed", "GET", fresh, "origin", method, "500", "origin|500", "GET", "", "stored|@any")
			f("9111 4.4 "+method+" that was refused", "GET", fresh, "origin", method, "403", "origin|403", "GET", "", "stored|@any")
		}
		f("9110 9.2.1 OPTIONS is safe", "GET", fresh, "origin", "OPTIONS", "200", "origin", "GET", "", "stored|@any")
		f("9111 4.4 all variants", "GET|Foo: 1", fresh+"Vary: Foo", "origin", "GET|Foo: 2", fresh+"Vary: Foo", "origin", "POST", "200", "origin",
			"GET|Foo: 1", fresh+"Vary: Foo", "origin", "GET|Foo: 2", fresh+"Vary: Foo", "origin")
		f("9111 4.4 Location", "GET|@path @-l", fresh, "origin", "POST", "201|Location: @SELF-l", "origin|201", "GET|@path @-l", fresh, "origin")
		f("9111 4.4 Location as a whole URL", "GET|@path @-l", fresh, "origin", "POST", "201|Location: http://a.example@SELF-l", "origin|201", "GET|@path @-l", fresh, "origin")
		f("9111 4.4 Content-Location", "GET|@path @-l", fresh, "origin", "PUT", "200|Content-Location: @SELF-l", "origin", "GET|@path @-l", fresh, "origin")
		f("9111 4.4 Location on another host", "GET|@path @-l", fresh, "origin", "POST", "201|Location: http://b.example@SELF-l", "origin|201", "GET|@path @-l", "", "stored|@any")
		f("9111 4.4 Location of a failure", "GET|@path @-l", fresh, "origin", "POST", "500|Location: @SELF-l", "origin|500", "GET|@path @-l", "", "stored|@any")
		f("9111 4.4 another URL stays", "GET|@path @-l", fresh, "origin", "POST", "200", "origin", "GET|@path @-l", "", "stored|@any")
		f("9110 9.3.3 the answer to a POST is not that of a GET", "POST", fresh, "origin", "GET", fresh, "origin")
	})
	cacheTable(t, "/split", func(f func(name string, triples ...string)) {
		f("9111 4.4 through a route without a cache", "GET", "200|Cache-Control: max-age=3600", "origin", "POST", "200", "origin", "GET", "200", "origin")
	})
}

func TestCacheStale(t *testing.T) {
	cacheTable(t, "/v1", func(f func(name string, triples ...string)) {
		for _, failure := range []string{"@close", "500", "502", "503", "504"} {
			answer, status := failure, "|"+failure
			if failure == "@close" {
				answer, status = "200|@close", "|502|@any"
			}
			serves := func(name, cc string) {
				f("5861 4 "+name+" on "+failure, "GET", "200|Cache-Control: "+cc, "origin", "@wait 1100ms", "GET", answer, "origin|@last|@age 1-9")
			}
			forbids := func(name, cc string) {
				f(name+" on "+failure, "GET", "200|Cache-Control: "+cc, "origin", "@wait 1100ms", "GET", answer, "origin"+status)
			}
			serves("stale-if-error", "max-age=1, stale-if-error=3600")
			serves("without a word", "max-age=1")
			forbids("5861 4 beyond stale-if-error", "max-age=1, stale-if-error=0")
			forbids("9111 5.2.2.2 must-revalidate", "max-age=1, must-revalidate, stale-if-error=3600")
			forbids("9111 5.2.2.8 proxy-revalidate", "max-age=1, proxy-revalidate")
			forbids("9111 5.2.2.10 s-maxage", "s-maxage=1")
			forbids("9111 5.2.2.4 no-cache", "max-age=1, no-cache, stale-if-error=3600|ETag: \"a\"")
		}
		f("5861 4 an error of the client's is none", "GET", "200|Cache-Control: max-age=1, stale-if-error=3600", "origin", "@wait 1100ms", "GET", "404", "origin|404")
		f("9111 5.2.1.4 no-cache wants no stale answer", "GET", "200|Cache-Control: max-age=3600", "origin", "GET|Cache-Control: no-cache", "503", "origin|503")
		f("5861 3 stale-while-revalidate", "GET", "200|Cache-Control: max-age=1, stale-while-revalidate=3600|@body old", "origin", "@wait 1100ms",
			"GET", "200|Cache-Control: max-age=3600|@body new", "any|@body old|@age 1-9", "@wait 300ms", "GET", "", "stored|@body new|@age 0-3")
		f("5861 3 revalidated by a 304", "GET", `200|Cache-Control: max-age=1, stale-while-revalidate=3600|ETag: "a"|@body old`, "origin", "@wait 1100ms",
			"GET", `304|ETag: "a"|Cache-Control: max-age=3600`, "any|@body old", "@wait 300ms", "GET", "", "stored|@body old|@age 0-3")
		f("5861 3 beyond its window", "GET", "200|Cache-Control: max-age=1, stale-while-revalidate=0|@body old", "origin", "@wait 1100ms", "GET", "200|@body new", "origin")
		f("5861 3 not against must-revalidate", "GET", "200|Cache-Control: max-age=1, stale-while-revalidate=3600, must-revalidate", "origin", "@wait 1100ms", "GET", "200", "origin")
		f("5861 3 a client may refuse", "GET", "200|Cache-Control: max-age=1, stale-while-revalidate=3600", "origin", "@wait 1100ms", "GET|Cache-Control: no-cache", "200", "origin")
	})
}
