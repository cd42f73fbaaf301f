package gateway

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// cacheTable runs cases over real sockets, each on a path of its own. A case is named by the section of the RFC it is about
// and what it shows. Cases that wait do so together.
func cacheTable(t *testing.T, prefix string, cases func(f func(name string, triples ...string))) {
	h := startCache(t)
	var talks []*talk
	cases(func(name string, triples ...string) {
		path := fmt.Sprintf("%s/case-%d", prefix, len(talks)+1)
		talks = append(talks, &talk{cacheHarness: h, name: strings.ReplaceAll(name, "/", "|"), path: path, left: triples})
	})
	for round := 1; len(talks) > 0; round++ {
		var waiting []*talk
		var wait time.Duration
		for _, k := range talks {
			t.Run(fmt.Sprintf("%s, %d", k.name, round), func(t *testing.T) {
				k.t = t
				if d := k.steps(); d > 0 {
					waiting = append(waiting, k)
					wait = max(wait, d)
				}
			})
		}
		time.Sleep(wait)
		talks = waiting
	}
}

// httpDate is a date so many seconds from now.
func httpDate(seconds int) string {
	return time.Now().Add(time.Duration(seconds) * time.Second).UTC().Format(http.TimeFormat)
}

const (
	rfc850 = "Monday, 02-Jan-06 15:04:05 GMT"
	ansi   = "Mon Jan _2 15:04:05 2006"
)

func TestCacheFreshness(t *testing.T) {
	cacheTable(t, "/v1", func(f func(name string, triples ...string)) {
		reused := func(name, answer string) {
			f(name, "GET", answer, "origin", "GET", "", "stored|@age 0-7200")
		}
		fetched := func(name, answer string) {
			f(name, "GET", answer, "origin", "GET", answer, "origin")
		}
		cc := func(value string) string { return "200|Cache-Control: " + value }

		fetched("9111 4.2 nothing about freshness", "200")
		reused("9111 5.2.2.1 max-age", cc("max-age=3600"))
		fetched("9111 5.2.2.1 max-age=0", cc("max-age=0"))
		reused("9111 1.2.2 max-age beyond 2^31", cc("max-age=2147483649"))
		reused("9111 1.2.2 max-age beyond 2^64", cc("max-age=99999999999999999999999"))
		reused("9111 5.2 directives in any case", cc("MaX-aGe=3600"))
		reused("9111 5.2 leading zeros", cc("max-age=003600"))
		reused("9111 5.2 a quoted max-age", cc(`max-age="3600"`))
		fetched("9111 5.2 single quotes", cc("max-age='3600'"))
		fetched("9111 4.2.1 negative", cc("max-age=-3600"))
		fetched("9111 4.2.1 decimal", cc("max-age=3600.5"))
		fetched("9111 4.2.1 letters behind", cc("max-age=3600a"))
		fetched("9111 4.2.1 letters in front", cc("max-age=a3600"))
		fetched("9111 4.2.1 a space before =", cc("max-age =3600"))
		fetched("9111 4.2.1 a space behind =", cc("max-age= 3600"))
		fetched("9111 4.2.1 no value", cc("max-age"))
		fetched("9111 4.2.1 an empty value", cc("max-age="))
		fetched("9111 4.2.1 semicolons", cc("max-age=3600;public"))
		reused("9111 5.2.3 unknown directives", cc("foobar, max-age=3600, a=b"))
		fetched("9111 5.2.3 max-age inside a quoted extension", cc(`ext="max-age=3600"`))
		fetched("9111 5.2.3 max-age inside a quoted extension, then a stale one", cc(`ext="a, max-age=3600", max-age=0`))
		reused("9111 5.2.3 no-store inside a quoted extension", cc(`ext="no-store", max-age=3600`))
		fetched("9111 5.2 a quote without its end", cc(`ext="a, max-age=3600`))
		fetched("9111 4.2.1 the first max-age counts", cc("max-age=0, max-age=3600"))
		fetched("9111 4.2.1 the first max-age counts, in lines", "200|Cache-Control: max-age=0|Cache-Control: max-age=3600")
		reused("9111 4.2.1 the first max-age counts, fresh", cc("max-age=3600, max-age=0"))
		reused("9111 4.2.1 s-maxage before max-age", cc("s-maxage=3600, max-age=0"))
		reused("9111 4.2.1 s-maxage behind max-age", cc("max-age=0, s-maxage=3600"))
		fetched("9111 4.2.1 s-maxage is shorter", cc("max-age=3600, s-maxage=0"))
		reused("9111 4.2.1 max-age before Expires", cc("max-age=3600")+"|Expires: "+httpDate(-3600))
		fetched("9111 4.2.1 max-age=0 before Expires", cc("max-age=0")+"|Expires: "+httpDate(3600))
		reused("9111 5.3 Expires", "200|Expires: "+httpDate(3600))
		reused("9111 5.3 Expires far ahead", "200|Expires: Thu, 18 Nov 2286 20:46:40 GMT")
		reused("9111 5.3 Expires in RFC 850 form", "200|Expires: "+time.Now().Add(time.Hour).UTC().Format(rfc850))
		reused("9111 5.3 Expires in asctime form", "200|Expires: "+time.Now().Add(time.Hour).UTC().Format(ansi))
		reused("9111 4.2 Expires in upper case", "200|Expires: "+strings.ToUpper(httpDate(3600)))
		reused("9111 4.2 Expires in lower case", "200|Expires: "+strings.ToLower(httpDate(3600)))
		fetched("9111 5.3 Expires in the past", "200|Expires: "+httpDate(-3600))
		fetched("9111 5.3 Expires is the Date", "200|Date: "+httpDate(0)+"|Expires: "+httpDate(0))
		fetched("9111 5.3 Expires 0", "200|Expires: 0")
		fetched("9111 5.3 Expires empty", "200|Expires:")
		fetched("9111 4.2 Expires in another zone", "200|Expires: "+strings.Replace(httpDate(3600), "GMT", "UTC", 1))
		fetched("9111 4.2 Expires in Sydney", "200|Expires: "+strings.Replace(httpDate(3600), "GMT", "AEST", 1))
		fetched("9111 5.3 Expires with two spaces", "200|Expires: "+strings.Replace(httpDate(3600), " ", "  ", 1))
		fetched("9111 5.3 Expires without a comma", "200|Expires: "+strings.Replace(httpDate(3600), ",", "", 1))
		fetched("9111 5.3 Expires with dashes", "200|Expires: "+strings.Replace(time.Now().Add(time.Hour).UTC().Format("Mon, 02-Jan-2006 15:04:05 GMT"), "", "", 1))
		fetched("9111 5.3 Expires with a year of two digits", "200|Expires: "+time.Now().Add(time.Hour).UTC().Format("Mon, 02 Jan 06 15:04:05 GMT"))
		fetched("9111 5.3 Expires with dots in the time", "200|Expires: "+time.Now().Add(time.Hour).UTC().Format("Mon, 02 Jan 2006 15.04.05 GMT"))
		fetched("9111 5.3 Expires over two lines", "200|Expires: Thu|Expires: 18 Nov 2286 20:46:40 GMT")
		fetched("9111 4.2.1 the first Expires counts", "200|Expires: 0|Expires: "+httpDate(3600))
		reused("9111 4.2.1 Expires by a slow clock", "200|Date: "+httpDate(-30)+"|Expires: "+httpDate(60))
		fetched("9111 4.2.1 Expires by a fast clock", "200|Date: "+httpDate(600)+"|Expires: "+httpDate(300))
		fetched("9111 4.2.3 Age", cc("max-age=3600")+"|Age: 7200")
		fetched("9111 4.2.3 Age with Expires", "200|Age: 7200|Expires: "+httpDate(3600))
		fetched("9111 4.2.3 an old Date", cc("max-age=3600")+"|Date: "+httpDate(-7200))
		reused("9111 4.2.3 a Date ahead", cc("max-age=3600")+"|Date: "+httpDate(7200))
		reused("9111 5.1 Age that is no number", cc("max-age=3600")+"|Age: abc")
		reused("9111 5.1 Age negative", cc("max-age=3600")+"|Age: -7200")
		reused("9111 5.1 Age decimal", cc("max-age=3600")+"|Age: 7200.0")
		reused("9111 5.1 Age with a parameter", cc("max-age=3600")+"|Age: 7200;a=1")
		reused("9111 5.1 Age with letters behind", cc("max-age=3600")+"|Age: 7200a")
		fetched("9111 5.1 Age beyond 2^31", cc("max-age=3600")+"|Age: 2147483649")
		fetched("9111 5.1 Age beyond 2^64", cc("max-age=3600")+"|Age: 99999999999999999999")
		fetched("9111 5.1 the first Age counts", cc("max-age=3600")+"|Age: 7200, 0")
		reused("9111 5.1 the first Age counts, fresh", cc("max-age=3600")+"|Age: 0, 7200")
		reused("9111 5.1 the first Age counts, in lines", cc("max-age=3600")+"|Age: 0|Age: 7200")
		f("9111 5.1 Age is what was received and the time since", "GET", cc("max-age=3600")+"|Age: 30", "origin|Age: 30", "@wait 1100ms", "GET", "", "stored|@age 31-35")
		f("9111 4.2.3 Age includes how long the answer took", "GET", cc("max-age=3600")+"|@delay 1200ms", "origin", "GET", "", "stored|@age 1-5")
		f("9111 4.2 what was fresh grows stale", "GET", cc("max-age=1"), "origin", "@wait 1100ms", "GET", cc("max-age=1"), "origin")
		f("9111 5.2.2.1 Date is the origin's", "GET", cc("max-age=3600")+"|Date: "+httpDate(-60), "origin", "GET", "", "stored|@age 60-70|Date: "+httpDate(-60))
	})
}

func TestCacheHeuristics(t *testing.T) {
	cacheTable(t, "/v1", func(f func(name string, triples ...string)) {
		old := "|Last-Modified: " + httpDate(-3*24*3600)
		for _, status := range []string{"200", "203", "204", "300", "301", "308", "404", "405", "410", "414", "501"} {
			f("9111 4.2.2 heuristics for "+status, "GET", status+old, "origin|"+status, "GET", "", "stored|"+status)
		}
		for _, status := range []string{"201", "202", "302", "303", "307", "400", "403", "502", "503", "504", "599"} {
			f("9111 4.2.2 none for "+status, "GET", status+old, "origin|"+status, "GET", status+old, "origin|"+status)
		}
		f("9111 4.2.2 public makes any status cacheable", "GET", "599|Cache-Control: public"+old, "origin|599", "GET", "", "stored|599")
		f("9111 5.4 Pragma alone in an answer", "GET", "200|Pragma: no-cache"+old, "origin", "GET", "200", "origin|>If-Modified-Since: "+httpDate(-3*24*3600))
		f("9111 5.4 Pragma beside Cache-Control", "GET", "200|Pragma: no-cache|Cache-Control: max-age=3600", "origin", "GET", "", "stored")
		for _, status := range []string{"200", "201", "203", "204", "299", "302", "303", "307", "308", "400", "403", "404", "410", "418", "451", "499", "500", "502", "503", "504", "599"} {
			f("9111 3 explicit freshness for "+status, "GET", status+"|Cache-Control: max-age=3600", "origin|"+status, "GET", "", "stored|"+status)
			f("9111 4 stale "+status, "GET", status+"|Cache-Control: max-age=0", "origin|"+status, "GET", status, "origin|"+status)
		}
		f("9111 5.2.2.3 must-understand of a known status", "GET", "200|Cache-Control: max-age=3600, no-store, must-understand", "origin", "GET", "", "stored")
		f("9111 5.2.2.3 must-understand of an unknown status", "GET", "599|Cache-Control: max-age=3600, must-understand", "origin|599", "GET", "599", "origin|599")
	})
}

func TestCacheDirectives(t *testing.T) {
	cacheTable(t, "/v1", func(f func(name string, triples ...string)) {
		const fresh = "200|Cache-Control: max-age=3600"
		never := func(name, answer string) {
			f(name, "GET", answer, "origin", "GET", answer, "origin|>!If-None-Match")
		}
		never("9111 5.2.2.5 no-store", "200|Cache-Control: no-store")
		never("9111 5.2.2.5 no-store in any case", "200|Cache-Control: No-StOrE")
		never("9111 5.2.2.5 no-store beside max-age", "200|Cache-Control: max-age=3600, no-store|Expires: "+httpDate(3600))
		never("9111 5.2.2.5 no-store in another line", "200|Cache-Control: max-age=3600|Cache-Control: no-store")
		never("9111 5.2.2.7 private", "200|Cache-Control: private, max-age=3600")
		never("9111 5.2.2.4 no-cache without a validator", "200|Cache-Control: no-cache, max-age=3600")
		f("9111 5.2.2.4 no-cache is validated", "GET", `200|Cache-Control: no-cache|ETag: "a"`, "origin", "GET", `304|Cache-Control: no-cache|ETag: "a"`, `origin|>If-None-Match: "a"|@last`)
		f("9111 5.2.2.4 no-cache beside max-age is validated", "GET", `200|Cache-Control: max-age=3600, no-cache|ETag: "a"`, "origin", "GET", `304|ETag: "a"`, `origin|>If-None-Match: "a"|@last`)
		f("9111 5.2.2.4 no-cache with field names", "GET", fresh+`, no-cache="X-A, x-b"|X-A: 1|X-B: 2|X-C: 3`, "origin|X-A: 1", "GET", "", "stored|!X-A|!X-B|X-C: 3")
		f("9111 5.2.2.7 private with field names", "GET", fresh+`, private="X-A"|X-A: 1|X-C: 3`, "origin|X-A: 1", "GET", "", "stored|!X-A|X-C: 3")
		f("9111 5.2.2.2 must-revalidate while fresh", "GET", fresh+", must-revalidate", "origin", "GET", "", "stored")
		f("8246 immutable while fresh", "GET", fresh+", immutable", "origin", "GET", "", "stored")
		f("8246 immutable when stale", "GET", "200|Cache-Control: max-age=0, immutable", "origin", "GET", "200", "origin")

		f("9111 5.2.1.1 max-age=0", "GET", fresh, "origin", "GET|Cache-Control: max-age=0", fresh, "origin")
		f("9111 5.2.1.1 max-age", "GET", fresh+"|Age: 10", "origin", "GET|Cache-Control: max-age=5", fresh, "origin")
		f("9111 5.2.1.1 max-age that is enough", "GET", fresh+"|Age: 10", "origin", "GET|Cache-Control: max-age=600", "", "stored")
		f("9111 5.2.1.2 max-stale", "GET", "200|Cache-Control: max-age=1", "origin", "@wait 1100ms", "GET|Cache-Control: max-stale=600", "", "stored|@age 1-9")
		f("9111 5.2.1.2 max-stale without a value", "GET", "200|Cache-Control: max-age=1", "origin", "@wait 1100ms", "GET|Cache-Control: max-stale", "", "stored")
		f("9111 5.2.1.2 max-stale and must-revalidate", "GET", "200|Cache-Control: max-age=1, must-revalidate", "origin", "@wait 1100ms", "GET|Cache-Control: max-stale", "200", "origin")
		f("9111 5.2.1.3 min-fresh", "GET", fresh+"|Age: 3000", "origin", "GET|Cache-Control: min-fresh=1000", "200", "origin")
		f("9111 5.2.1.3 min-fresh that is enough", "GET", fresh+"|Age: 3000", "origin", "GET|Cache-Control: min-fresh=100", "", "stored")
		f("9111 5.2.1.4 no-cache", "GET", fresh, "origin", "GET|Cache-Control: no-cache", fresh, "origin", "GET", "", "stored|@last")
		f("9111 5.2.1.4 no-cache validates", "GET", fresh+`|ETag: "a"`, "origin", "GET|Cache-Control: no-cache", "304", `origin|>If-None-Match: "a"|@last`)
		f("9111 5.2.1.4 no-cache validates by date", "GET", fresh+"|Last-Modified: "+httpDate(-9999), "origin", "GET|Cache-Control: no-cache", "304", "origin|>If-Modified-Since: "+httpDate(-9999)+"|@last")
		f("9111 5.2.1.5 no-store", "GET|Cache-Control: no-store", fresh, "origin", "GET", fresh, "origin")
		f("9111 5.2.1.7 only-if-cached", "GET|Cache-Control: only-if-cached", "", "stored|504|@any", "GET", fresh, "origin", "GET|Cache-Control: only-if-cached", "", "stored")
		f("9111 5.4 Pragma in a request", "GET", fresh, "origin", "GET|Pragma: no-cache", fresh, "origin")
		f("9111 5.4 Pragma beside Cache-Control in a request", "GET", fresh, "origin", "GET|Pragma: no-cache|Cache-Control: max-age=600", "", "stored")

		f("9111 3.5 Authorization", "GET|Authorization: Basic eA==", fresh, "origin", "GET", fresh, "origin")
		f("9111 3.5 Authorization and public", "GET|Authorization: Basic eA==", fresh+", public", "origin", "GET", "", "stored")
		f("9111 3.5 Authorization and must-revalidate", "GET|Authorization: Basic eA==", fresh+", must-revalidate", "origin", "GET", "", "stored")
		f("9111 3.5 Authorization and s-maxage", "GET|Authorization: Basic eA==", "200|Cache-Control: s-maxage=3600", "origin", "GET", "", "stored")
		f("9111 3.5 what is everybody's may be used for it", "GET", fresh, "origin", "GET|Authorization: Basic eA==", "", "stored")
	})
}

func TestCacheTargeted(t *testing.T) {
	cacheTable(t, "/v1", func(f func(name string, triples ...string)) {
		reused := func(name, answer string) { f(name, "GET", answer, "origin", "GET", "", "stored") }
		fetched := func(name, answer string) { f(name, "GET", answer, "origin", "GET", answer, "origin") }
		cdn := func(value string) string { return "200|CDN-Cache-Control: " + value }
		reused("9213 2.2 max-age", cdn("max-age=3600"))
		reused("9213 2.2 before Cache-Control", cdn("max-age=3600")+"|Cache-Control: no-store")
		reused("9213 2.2 before Expires", cdn("max-age=3600")+"|Expires: "+httpDate(-60))
		fetched("9213 2.2 stale before Cache-Control", cdn("max-age=0")+"|Cache-Control: max-age=3600")
		fetched("9213 2.2 stale before Expires", cdn("max-age=0")+"|Expires: "+httpDate(3600))
		fetched("9213 2.2 no-store", cdn("no-store")+"|Cache-Control: max-age=3600")
		fetched("9213 2.2 private", cdn("private")+"|Cache-Control: max-age=3600")
		fetched("9213 2.2 no-cache", cdn("no-cache")+"|Cache-Control: max-age=3600")
		fetched("9213 2.2 Age counts", cdn("max-age=3600")+"|Age: 7200")
		reused("9213 2.1 unknown members", cdn("foo=bar, max-age=3600, baz=(1 2);a=b"))
		reused("9213 2.1 parameters", cdn("max-age=3600;a=b"))
		reused("9213 2.1 the last of a key counts", cdn("max-age=0, max-age=3600"))
		fetched("9213 2.1 a string is no lifetime", cdn(`max-age="3600"`)+"|Cache-Control: max-age=3600")
		fetched("9213 2.1 a decimal is no lifetime", cdn("max-age=3600.0")+"|Cache-Control: max-age=3600")
		fetched("9213 2.1 negative", cdn("max-age=-1")+"|Cache-Control: max-age=3600")
		reused("9213 2.1 what does not parse is ignored", cdn("max-age=0, &")+"|Cache-Control: max-age=3600")
		reused("9213 2.1 keys are in lower case", cdn("Max-Age=0")+"|Cache-Control: max-age=3600")
		reused("9213 2.1 a space before =", cdn("max-age =0")+"|Cache-Control: max-age=3600")
		reused("9213 2.1 a comma at the end", cdn("max-age=0,")+"|Cache-Control: max-age=3600")
		reused("9213 2.2 empty is ignored", "200|CDN-Cache-Control:|Cache-Control: max-age=3600")
		f("9213 3.1 passed on", "GET", cdn("max-age=3600"), "origin|CDN-Cache-Control: max-age=3600", "GET", "", "stored|CDN-Cache-Control: max-age=3600")
	})
}
