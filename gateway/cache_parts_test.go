package gateway

import (
	"strings"
	"testing"
)

func TestCacheRanges(t *testing.T) {
	cacheTable(t, "/v1", func(f func(name string, triples ...string)) {
		const whole = `200|Cache-Control: max-age=3600|ETag: "a"|Content-Type: text/plain|@body 0123456789`
		part := func(name, field, want string) {
			f(name, "GET", whole, "origin", "GET|Range: "+field, "", "stored|"+want)
		}
		part("9110 14.2 the beginning", "bytes=0-1", "206|@body 01|Content-Range: bytes 0-1/10|Content-Length: 2|Content-Type: text/plain")
		part("9110 14.2 the middle", "bytes=4-5", "206|@body 45|Content-Range: bytes 4-5/10")
		part("9110 14.2 from somewhere", "bytes=8-", "206|@body 89|Content-Range: bytes 8-9/10")
		part("9110 14.2 the end", "bytes=-3", "206|@body 789|Content-Range: bytes 7-9/10")
		part("9110 14.2 more than there is", "bytes=5-500", "206|@body 56789|Content-Range: bytes 5-9/10")
		part("9110 14.2 behind the end", "bytes=10-", "416|@body|Content-Range: bytes */10")
		part("9110 14.2 malformed is ignored", "bytes=5-4", "200|@body 0123456789")
		part("9110 14.2 another unit is ignored", "lines=1-2", "200|@body 0123456789")
		part("9110 14.2 several ranges may be ignored", "bytes=0-1,4-5", "200|@body 0123456789")
		part("9110 13.1.5 If-Range holds", `bytes=0-1|If-Range: "a"`, "206|@body 01")
		part("9110 13.1.5 If-Range does not hold", `bytes=0-1|If-Range: "b"`, "200|@body 0123456789")
		part("9110 13.1.5 If-Range is strong", `bytes=0-1|If-Range: W/"a"`, "200|@body 0123456789")
		part("9110 13.2.2 If-None-Match goes first", `bytes=0-1|If-None-Match: "a"`, "304")
		f("9110 14.2 not for HEAD", "GET", whole, "origin", "HEAD|Range: bytes=0-1", "", "stored|Content-Length: 10")
		f("9110 14.2 not of a 404", "GET", "404|Cache-Control: max-age=3600|@body 0123456789", "origin|404", "GET|Range: bytes=0-1", "", "stored|404|@body 0123456789")
		f("9111 4.3.1 a stale whole is validated as a whole", "GET", strings.Replace(whole, "3600", "0", 1), "origin",
			"GET|Range: bytes=0-1", "304", `origin|206|>If-None-Match: "a"|>!Range|@body 01`)
		const some = `206|Cache-Control: max-age=3600|ETag: "a"|Content-Range: bytes 2-5/10|@body 2345`
		f("9111 3.3 a part is passed on", "GET|Range: bytes=2-5", some, "origin|206|>Range: bytes=2-5", "GET", whole, "origin", "GET|Range: bytes=0-1", "", "stored|206|@body 01")
		f("9111 3.3 a part is reused", "GET|Range: bytes=2-5", some, "origin|206", "GET|Range: bytes=2-5", "", "stored|206|Content-Range: bytes 2-5/10|@age 0-5")
		f("9111 3.3 a part of a part", "GET|Range: bytes=2-5", some, "origin|206", "GET|Range: bytes=3-4", "", "stored|206|Content-Range: bytes 3-4/10|@body 34")
		f("9111 3.3 a suffix of a part", "GET|Range: bytes=-4", `206|Cache-Control: max-age=3600|ETag: "a"|Content-Range: bytes 6-9/10|@body 6789`, "origin|206", "GET|Range: bytes=-2", "", "stored|206|Content-Range: bytes 8-9/10|@body 89")
		f("9111 3.3 more than the part", "GET|Range: bytes=2-5", some, "origin|206", "GET|Range: bytes=2-6", "206|Content-Range: bytes 2-6/10|@body 23456", "origin|206|>Range: bytes=2-6")
		f("9111 3.3 a part of unknown length is not kept", "GET|Range: bytes=2-5", "206|Cache-Control: max-age=3600|Content-Range: bytes 2-5/*|@body 2345", "origin|206", "GET|Range: bytes=2-5", "206|Content-Range: bytes 2-5/*|@body 2345", "origin|206")
		f("9111 3.3 a stale part is asked for again", "GET|Range: bytes=2-5", "206|Cache-Control: max-age=0|Content-Range: bytes 2-5/10|@body 2345", "origin|206", "GET|Range: bytes=2-5", "206|Content-Range: bytes 2-5/10|@body 2345", "origin|206")
	})
}

func TestCacheStoring(t *testing.T) {
	cacheTable(t, "/v1", func(f func(name string, triples ...string)) {
		const fresh = "200|Cache-Control: max-age=3600|"
		for _, field := range []string{"Test-Header", "X-Test-Header", "Content-Foo", "Content-MD5", "Content-Security-Policy", "Server", "X-Frame-Options", "Link", "Clear-Site-Data"} {
			f("9111 3.1 stored: "+field, "GET", fresh+field+": a", "origin|"+field+": a", "GET", "", "stored|"+field+": a")
		}
		for _, field := range []string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Connection", "TE", "Upgrade"} {
			f("9111 3.1 not stored: "+field, "GET", fresh+field+": a", "origin", "GET", "", "stored|!"+field)
		}
		f("9111 3.1 not stored: what Connection names", "GET", fresh+"Connection: a, X-B|A: 1|X-B: 2|C: 3", "origin|!A", "GET", "", "stored|!A|!X-B|C: 3")
		f("9110 5.3 lines stay apart and in order", "GET", fresh+"X-A: 1|X-B: 2|X-A: 3", "origin", "GET", "", "stored|X-A: 1, 3|X-B: 2")
		f("9111 3.3 chunked", "GET", fresh+"@chunked", "origin", "GET", "", "stored|Content-Length: 23|!Transfer-Encoding")
		f("9111 3.3 an empty body", "GET", fresh+"@body", "origin", "GET", "", "stored|@body|Content-Length: 0")
		f("9111 3.3 not whole", "GET", fresh+"@cut", "origin|@cut", "GET", fresh, "origin")
		f("9111 3.3 chunked and not whole", "GET", fresh+"@chunked|@cut", "origin|@cut", "GET", fresh, "origin")
		f("9111 3 an answer without Date gets one", "GET", fresh, "origin", "GET", "", "stored|@age 0-5")
		f("9110 15.2 an interim answer is no answer", "GET", fresh+"@first 103|X-A: 1", "origin|X-A: 1|!X-Interim", "GET", "", "stored|!X-Interim|X-A: 1")
		f("9110 15.2 an interim answer's fields do not count", "GET", "200|Cache-Control: no-store|@first 103", "origin|!X-Interim|!Link", "GET", "200", "origin")
		f("9110 15.2 102", "GET", fresh+"@first 102", "origin", "GET", "", "stored|!X-Interim")
		f("9111 2 the query counts", "GET|@path @?a=1", fresh, "origin", "GET|@path @?a=2", fresh, "origin", "GET|@path @?a=1", "", "stored|@any", "GET", fresh, "origin")
		f("9111 2 the host counts", "GET|Host: one.example", fresh, "origin", "GET|Host: two.example", fresh, "origin", "GET|Host: ONE.example", fresh, "any", "GET|Host: two.example", "", "stored|@any")
		f("9111 2 the port counts", "GET|Host: one.example", fresh, "origin", "GET|Host: one.example:81", fresh, "origin")
		f("9110 9.3.1 a GET with content", "GET", fresh, "origin", "GET|Content-Length: 0", "", "stored")
		big := strings.Repeat("0123456789", 30_000)
		f("9111 3 a large body", "GET", fresh+"@body "+big, "origin", "GET", "", "stored", "GET|Range: bytes=100000-100004", "", "stored|206|@body 01234")
		f("9111 3 a large body in chunks", "GET", fresh+"@chunked|@body "+big, "origin", "GET", "", "stored")
		f("9111 3 Cookie does not matter", "GET|Cookie: a=1", fresh, "origin", "GET|Cookie: a=2", "", "stored")
		f("9111 7.3 Set-Cookie is not stored", "GET", fresh+"Set-Cookie: a=1", "origin|Set-Cookie: a=1", "GET", fresh, "origin|!Set-Cookie")
		f("6266 an attachment", "GET", fresh+"Content-Disposition: attachment; filename=a", "origin", "GET", "", "stored|Content-Disposition: attachment; filename=a")
	})
}

func TestCacheCookies(t *testing.T) {
	cacheTable(t, "/strip", func(f func(name string, triples ...string)) {
		f("strip", "GET", "200|Cache-Control: max-age=3600|Set-Cookie: a=1", "origin|Set-Cookie: a=1", "GET", "", "stored|!Set-Cookie")
		f("strip from a 304", "GET", `200|Cache-Control: max-age=0|ETag: "a"`, "origin", "GET", "304|Cache-Control: max-age=3600|Set-Cookie: a=1", "origin|@last|Set-Cookie: a=1", "GET", "", "stored|@last|!Set-Cookie")
	})
	cacheTable(t, "/cookies", func(f func(name string, triples ...string)) {
		f("store", "GET", "200|Cache-Control: max-age=3600|Set-Cookie: a=1", "origin|Set-Cookie: a=1", "GET", "", "stored|Set-Cookie: a=1")
	})
	cacheTable(t, "/v1", func(f func(name string, triples ...string)) {
		f("a 304's cookie is its client's", "GET", `200|Cache-Control: max-age=0|ETag: "a"`, "origin", "GET", "304|Cache-Control: max-age=3600|Set-Cookie: a=1", "origin|@last|Set-Cookie: a=1", "GET", "", "stored|@last|!Set-Cookie")
	})
}

func TestCacheRouteLifetime(t *testing.T) {
	cacheTable(t, "/ttl", func(f func(name string, triples ...string)) {
		f("where the origin says nothing", "GET", "200", "origin", "GET", "", "stored")
		f("before heuristics", "GET", "200|Last-Modified: "+httpDate(-1), "origin", "GET", "", "stored")
		f("a 404", "GET", "404", "origin|404", "GET", "", "stored|404")
		f("not a 500", "GET", "500", "origin|500", "GET", "500", "origin|500")
		f("not a 302", "GET", "302|Location: /x", "origin|302", "GET", "302", "origin|302")
		f("not against no-store", "GET", "200|Cache-Control: no-store", "origin", "GET", "200", "origin")
		f("not against max-age=0", "GET", "200|Cache-Control: max-age=0", "origin", "GET", "200", "origin")
		f("not against private", "GET", "200|Cache-Control: private", "origin", "GET", "200", "origin")
		big := strings.Repeat("0123456789", 10_000)
		f("a body beyond the limit streams past", "GET", "200|@body "+big, "origin", "GET", "200", "origin")
		f("a body of unknown length beyond the limit streams past", "GET", "200|@chunked|@body "+big, "origin", "GET", "200", "origin")
	})
}
