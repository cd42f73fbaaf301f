package gateway

import "testing"

func TestCacheVary(t *testing.T) {
	cacheTable(t, "/v1", func(f func(name string, triples ...string)) {
		const fresh = "200|Cache-Control: max-age=3600|Vary: "
		f("9111 4.1 a match", "GET|Foo: 1", fresh+"Foo", "origin", "GET|Foo: 1", "", "stored")
		f("9111 4.1 no match", "GET|Foo: 1", fresh+"Foo", "origin", "GET|Foo: 2", fresh+"Foo", "origin")
		f("9111 4.1 the request has it no more", "GET|Foo: 1", fresh+"Foo", "origin", "GET", fresh+"Foo", "origin")
		f("9111 4.1 the request has it now", "GET", fresh+"Foo", "origin", "GET|Foo: 1", fresh+"Foo", "origin")
		f("9111 4.1 neither has it", "GET", fresh+"Foo", "origin", "GET", "", "stored")
		f("9111 4.1 both variants are kept", "GET|Foo: 1", fresh+"Foo|@body one", "origin", "GET|Foo: 2", fresh+"Foo|@body two", "origin",
			"GET|Foo: 1", "", "stored|@body one", "GET|Foo: 2", "", "stored|@body two")
		f("9111 4.1 five variants are kept",
			"GET|Foo: 1", fresh+"Foo|@body 1", "origin", "GET|Foo: 2", fresh+"Foo|@body 2", "origin", "GET|Foo: 3", fresh+"Foo|@body 3", "origin",
			"GET|Foo: 4", fresh+"Foo|@body 4", "origin", "GET", fresh+"Foo|@body none", "origin",
			"GET|Foo: 3", "", "stored|@body 3", "GET|Foo: 1", "", "stored|@body 1", "GET", "", "stored|@body none", "GET|Foo: 4", "", "stored|@body 4")
		f("9111 4.1 a variant is validated by itself",
			"GET|Foo: 1", `200|Cache-Control: max-age=0|Vary: Foo|ETag: "1"|@body one`, "origin", "GET|Foo: 2", `200|Cache-Control: max-age=0|Vary: Foo|ETag: "2"|@body two`, "origin",
			"GET|Foo: 1", `304|ETag: "1"|Cache-Control: max-age=3600`, `origin|>If-None-Match: "1"|@body one`,
			"GET|Foo: 2", `304|ETag: "2"|Cache-Control: max-age=3600`, `origin|>If-None-Match: "2"|@body two`,
			"GET|Foo: 1", "", "stored|@body one", "GET|Foo: 2", "", "stored|@body two")
		f("9111 4.1 another answer without Vary is for all", "GET|Foo: 1", fresh+"Foo", "origin", "GET|Foo: 2", "200|Cache-Control: max-age=3600", "origin", "GET|Foo: 3", "", "stored")
		f("9111 4.1 fields that are not named do not matter", "GET|Foo: 1|Other: 1", fresh+"Foo", "origin", "GET|Foo: 1|Other: 2", "", "stored")
		f("9110 12.5.5 three fields", "GET|Foo: 1|Bar: 2|Baz: 3", fresh+"Foo, Bar, Baz", "origin", "GET|Foo: 1|Bar: 2|Baz: 3", "", "stored")
		f("9110 12.5.5 three fields in another order", "GET|Foo: 1|Bar: 2|Baz: 3", fresh+"Foo, Bar, Baz", "origin", "GET|Baz: 3|Bar: 2|Foo: 1", "", "stored")
		f("9110 12.5.5 three fields, one differs", "GET|Foo: 1|Bar: 2|Baz: 3", fresh+"Foo, Bar, Baz", "origin", "GET|Foo: 1|Bar: x|Baz: 3", fresh+"Foo, Bar, Baz", "origin")
		f("9110 12.5.5 three fields, one is missing", "GET|Foo: 1|Bar: 2|Baz: 3", fresh+"Foo, Bar, Baz", "origin", "GET|Foo: 1|Baz: 3", fresh+"Foo, Bar, Baz", "origin")
		f("9110 12.5.5 names in any case", "GET|Foo: 1", fresh+"fOO", "origin", "GET|foo: 1", "", "stored", "GET|FOO: 2", fresh+"fOO", "origin")
		f("9110 12.5.5 Vary in two lines", "GET|Foo: 1|Bar: 1", fresh+"Foo|Vary: Bar", "origin", "GET|Foo: 1|Bar: 2", fresh+"Foo|Vary: Bar", "origin")
		for _, all := range []string{"*", " *", "*, *", "Foo, *", "*, Foo", ", *", "*|Vary: Foo", "Foo|Vary: *", "*|Vary: *"} {
			f("9110 12.5.5 Vary: "+all, "GET|Foo: 1", fresh+all, "origin", "GET|Foo: 1", fresh+all, "origin")
		}
		f("9111 4.1 lines are combined", "GET|Foo: 1, 2", fresh+"Foo", "origin", "GET|Foo: 1|Foo: 2", "", "stored")
		f("9111 4.1 white space does not matter", "GET|Foo: 1,2", fresh+"Foo", "origin", "GET|Foo: 1 ,  2", "", "stored")
		f("9111 4.1 values are compared with their case", "GET|Foo: a", fresh+"Foo", "origin", "GET|Foo: A", fresh+"Foo", "origin")
		f("9111 4.1 Accept-Encoding by class", "GET|Accept-Encoding: gzip, br", fresh+"Accept-Encoding", "origin", "GET|Accept-Encoding: br;q=1.0,gzip", "", "stored")
		f("9111 4.1 Accept-Encoding of another class", "GET|Accept-Encoding: gzip, br", fresh+"Accept-Encoding", "origin", "GET|Accept-Encoding: gzip", fresh+"Accept-Encoding", "origin")
		f("9111 4.1 Accept-Encoding that excludes", "GET|Accept-Encoding: gzip", fresh+"Accept-Encoding", "origin", "GET|Accept-Encoding: gzip;q=0", fresh+"Accept-Encoding", "origin")
		f("9111 4.1 Accept-Language by preference", "GET|Accept-Language: en;q=0.5, de", fresh+"Accept-Language", "origin", "GET|Accept-Language: de, EN;q=0.5", "", "stored")
		f("9111 4.1 Accept-Language of another preference", "GET|Accept-Language: en, de", fresh+"Accept-Language", "origin", "GET|Accept-Language: de, en", fresh+"Accept-Language", "origin")
		f("9111 4.1 a 304 keeps the variant", "GET|Foo: 1", `200|Cache-Control: max-age=0|Vary: Foo|ETag: "1"`, "origin",
			"GET|Foo: 1", `304|ETag: "1"|Vary: Foo|Cache-Control: max-age=3600`, "origin|@last", "GET|Foo: 1", "", "stored|@last")
		f("9211 Cache-Status", "GET|Foo: 1", fresh+"Foo", "origin|Cache-Status: sallyport; fwd=uri-miss; stored",
			"GET|Foo: 2", fresh+"Foo", "origin|Cache-Status: sallyport; fwd=vary-miss; stored")
		f("9211 Cache-Status of others", "GET", "200|Cache-Control: no-store|Cache-Status: near; hit", "origin|Cache-Status: near; hit, sallyport; fwd=uri-miss")
	})
}

func TestCacheValidation(t *testing.T) {
	cacheTable(t, "/v1", func(f func(name string, triples ...string)) {
		const fresh = "200|Cache-Control: max-age=3600|"
		const stale = "200|Cache-Control: max-age=0|"
		matches := func(name, tag, ask string, want int) {
			status := map[int]string{200: "stored", 304: "stored|304|ETag: " + tag + "|Cache-Control: max-age=3600|!Content-Type|!Content-Length"}[want]
			f(name, "GET", fresh+"ETag: "+tag+"|Content-Type: text/plain", "origin", "GET|If-None-Match: "+ask, "", status)
		}
		matches("9110 13.1.2 strong", `"a"`, `"a"`, 304)
		matches("9110 13.1.2 another", `"a"`, `"b"`, 200)
		matches("9110 13.1.2 weak for strong", `"a"`, `W/"a"`, 304)
		matches("9110 13.1.2 strong for weak", `W/"a"`, `"a"`, 304)
		matches("9110 13.1.2 weak for weak", `W/"a"`, `W/"a"`, 304)
		matches("9110 8.8.3 the mark is in upper case", `W/"a"`, `w/"a"`, 200)
		matches("9110 8.8.3 the mark has a slash", `W/"a"`, `W"a"`, 200)
		matches("9110 13.1.2 first of a list", `"a"`, `"a", "b", "c"`, 304)
		matches("9110 13.1.2 second of a list", `"b"`, `"a", "b", "c"`, 304)
		matches("9110 13.1.2 last of a list", `"c"`, `"a","b","c"`, 304)
		matches("9110 13.1.2 none of a list", `"d"`, `"a","b","c"`, 200)
		matches("9110 13.1.2 in another line", `"c"`, "\"a\"|If-None-Match: \"c\"", 304)
		matches("9110 13.1.2 any", `"a"`, `*`, 304)
		matches("9110 8.8.3 a comma in a tag", `"a, b"`, `"a, b"`, 304)
		matches("9110 8.8.3 a backslash in a tag", `W/"a\b"`, `W/"a\b"`, 304)
		matches("9110 8.8.3 bytes beyond ASCII", "\"\xfc\"", "\"\xfc\"", 304)
		matches("9110 8.8.3 without quotes", `a`, `a`, 304)
		matches("9110 13.1.2 quotes belong to the tag", `"a"`, `a`, 200)
		f("9110 13.2.2 If-None-Match goes first", "GET", fresh+`ETag: "a"|Last-Modified: `+httpDate(-600), "origin", "GET|If-None-Match: \"b\"|If-Modified-Since: "+httpDate(0), "", "stored")
		f("9110 13.1.3 If-Modified-Since", "GET", fresh+"Last-Modified: "+httpDate(-600), "origin", "GET|If-Modified-Since: "+httpDate(-600), "", "stored|304")
		f("9110 13.1.3 later", "GET", fresh+"Last-Modified: "+httpDate(-600), "origin", "GET|If-Modified-Since: "+httpDate(-1), "", "stored|304")
		f("9110 13.1.3 earlier", "GET", fresh+"Last-Modified: "+httpDate(-600), "origin", "GET|If-Modified-Since: "+httpDate(-601), "", "stored")
		f("9110 13.1.3 in RFC 850 form", "GET", fresh+"Last-Modified: Mon, 02 Jan 2006 15:04:05 GMT", "origin", "GET|If-Modified-Since: Monday, 02-Jan-06 15:04:05 GMT", "", "stored|304")
		f("9111 4.3.2 without Last-Modified by Date", "GET", fresh+"Date: "+httpDate(-10), "origin", "GET|If-Modified-Since: "+httpDate(-10), "", "stored|304")
		f("9110 13.1.3 no date", "GET", fresh+"Last-Modified: "+httpDate(-600), "origin", "GET|If-Modified-Since: soon", "", "stored")
		f("9110 13.1 conditions are for 200", "GET", `404|Cache-Control: max-age=3600|ETag: "a"`, "origin|404", `GET|If-None-Match: "a"`, "", "stored|404")
		f("9111 4.3.2 a condition about what is not stored is passed on", `GET|If-None-Match: "a"`, `304|ETag: "a"`, `origin|304|>If-None-Match: "a"`, `GET|If-None-Match: "a"`, fresh+`ETag: "b"`, "origin", "GET", "", "stored")

		f("9111 4.3.1 by entity tag", "GET", stale+`ETag: "a"`, "origin", "GET", "304", `origin|>If-None-Match: "a"|@last`)
		f("9111 4.3.1 by date", "GET", stale+"Last-Modified: "+httpDate(-600), "origin", "GET", "304", "origin|>If-Modified-Since: "+httpDate(-600)+"|@last")
		f("9111 4.3.1 by both", "GET", stale+`ETag: W/"a"|Last-Modified: `+httpDate(-600), "origin", "GET", "304", `origin|>If-None-Match: W/"a"|>If-Modified-Since: `+httpDate(-600)+"|@last")
		f("9111 4.3.1 by neither", "GET", "200|Cache-Control: max-age=1", "origin", "@wait 1100ms", "GET", fresh, "origin|>!If-None-Match|>!If-Modified-Since")
		f("9111 4.3.3 a new answer", "GET", stale+`ETag: "a"`, "origin", "GET", fresh+`ETag: "b"`, "origin", "GET", "", `stored|ETag: "b"`)
		f("9111 4.3.3 a client's own condition is answered by the result", "GET", stale+`ETag: "a"`, "origin", `GET|If-None-Match: "a"`, `304|ETag: "a"`, `origin|304|>If-None-Match: "a"`)
		f("9111 4.3.3 a client's other condition is too", "GET", stale+`ETag: "a"|@body content`, "origin", `GET|If-None-Match: "old"`, `304|ETag: "a"`, `origin|>If-None-Match: "a"|@body content`)
		f("9111 4.3.3 a client's condition that the new answer meets", "GET", stale+`ETag: "a"`, "origin", `GET|If-None-Match: "b"`, fresh+`ETag: "b"`, `origin|304`, "GET", "", "stored")
		f("9111 4.3.4 a 304 freshens", "GET", stale+`ETag: "a"`, "origin", "GET", `304|ETag: "a"|Cache-Control: max-age=3600`, "origin|@last", "GET", "", "stored|@last")
		f("9111 4.3.4 a 304 freshens by Expires", "GET", "200|Expires: "+httpDate(-9)+`|ETag: "a"`, "origin", "GET", `304|Expires: `+httpDate(900), "origin|@last", "GET", "", "stored|@last")
		f("9111 4.3.4 a 304 about another answer", "GET", stale+`ETag: "a"`, "origin", "GET", `304|ETag: "b"|Cache-Control: max-age=3600`, "any|304")
		f("9111 4.3.4 a 304 with no-store", "GET", stale+`ETag: "a"`, "origin", "GET", `304|ETag: "a"|Cache-Control: no-store`, "origin|@last", "GET", "200", "origin|>!If-None-Match")
		f("9111 4.3.4 Age of a 304", "GET", stale+`ETag: "a"`, "origin", "GET", `304|Age: 100|Cache-Control: max-age=3600`, "origin|@last|@age 100-105", "GET", "", "stored|@last|@age 100-105")
		f("9111 4.3.4 the Age of before is gone", "GET", stale+`ETag: "a"|Age: 100`, "origin", "GET", `304|Cache-Control: max-age=3600`, "origin|@last|@age 0-5")
		updated := func(name, field, before, after string, want bool) {
			shown := map[bool]string{true: after, false: before}[want]
			f(name, "GET", stale+`ETag: "a"|`+field+": "+before, "origin", "GET", `304|Cache-Control: max-age=3600|`+field+": "+after, "origin|@last|"+field+": "+shown,
				"GET", "", "stored|@last|"+field+": "+shown)
		}
		updated("9111 3.2 a field is updated", "Test-Header", "old", "new", true)
		updated("9111 3.2 X- fields are", "X-Test-Header", "old", "new", true)
		updated("9111 3.2 Content- fields are", "Content-Foo", "old", "new", true)
		updated("9111 3.2 Content-Location is", "Content-Location", "/old", "/new", true)
		updated("9111 3.2 Content-Security-Policy is", "Content-Security-Policy", "default-src 'self'", "default-src 'none'", true)
		updated("9111 3.2 Last-Modified is", "Last-Modified", httpDate(-600), httpDate(-500), true)
		updated("9111 3.2 Surrogate-Key is", "Surrogate-Key", "one", "two", true)
		updated("9111 3.2 Content-Type is not", "Content-Type", "text/plain", "text/html", false)
		updated("9111 3.2 Content-Encoding is not", "Content-Encoding", "x-old", "x-new", false)
		f("9111 3.2 Content-Length is not", "GET", stale+`ETag: "a"|@body 12345`, "origin", "GET", `304|Content-Length: 3|Cache-Control: max-age=3600`, "origin|@body 12345|Content-Length: 5")
		f("9111 3.2 several lines replace one", "GET", stale+`ETag: "a"|X-A: 1`, "origin", "GET", "304|X-A: 2|x-a: 3", "origin|@last|X-A: 2, 3")
		f("9111 3.2 what a 304 does not have stays", "GET", stale+`ETag: "a"|X-A: 1`, "origin", "GET", "304", "origin|@last|X-A: 1")
		f("9111 3.1 what Connection names is not taken over", "GET", stale+`ETag: "a"|X-A: 1`, "origin", "GET", "304|Connection: X-A|X-A: 2|Cache-Control: max-age=60", "origin|@last|X-A: 1", "GET", "", "stored|@last|X-A: 1")
		f("9110 13.1.1 If-Match goes to the origin", "GET", fresh+`ETag: "a"`, "origin", `GET|If-Match: "b"`, "412", `origin|412|>If-Match: "b"`)
		f("9110 13.1.4 If-Unmodified-Since goes to the origin", "GET", fresh+`ETag: "a"`, "origin", "GET|If-Unmodified-Since: "+httpDate(-9), "412", "origin|412")
	})
}

func TestCacheHead(t *testing.T) {
	cacheTable(t, "/v1", func(f func(name string, triples ...string)) {
		const fresh = "200|Cache-Control: max-age=3600|"
		const stale = "200|Cache-Control: max-age=0|"
		f("9110 9.3.2 from a stored GET", "GET", fresh+"@body hello|X-A: 1", "origin", "HEAD", "", "stored|X-A: 1|Content-Length: 5")
		f("9110 9.3.2 nothing stored", "HEAD", fresh, "origin", "GET", fresh, "origin")
		f("9110 9.3.2 with a condition", "GET", fresh+`ETag: "a"`, "origin", `HEAD|If-None-Match: "a"`, "", "stored|304")
		f("9111 4.3.5 updates", "GET", stale+`ETag: "a"|X-A: 1|@body hello`, "origin", "HEAD", fresh+`ETag: "a"|X-A: 2|@body hello`, "origin|X-A: 2", "GET", "", "stored|@body hello|X-A: 2")
		f("9111 4.3.5 another entity tag", "GET", stale+`ETag: "a"`, "origin", "HEAD", fresh+`ETag: "b"`, "origin", "GET", fresh, "origin|>!If-None-Match")
		f("9111 4.3.5 another length", "GET", stale+`ETag: "a"|@body hello`, "origin", "HEAD", fresh+`ETag: "a"|@body hell`, "origin", "GET", fresh, "origin|>!If-None-Match")
		f("9111 4.3.5 another date", "GET", stale+"Last-Modified: "+httpDate(-600)+"|@body hello", "origin", "HEAD", fresh+"Last-Modified: "+httpDate(-500)+"|@body hello", "origin", "GET", fresh, "origin|>!If-Modified-Since")
		f("9111 4.3.5 gone", "GET", stale+`ETag: "a"`, "origin", "HEAD", "410", "origin|410", "GET", fresh, "origin|>!If-None-Match")
		f("9111 4.3.5 an error changes nothing", "GET", stale+`ETag: "a"`, "origin", "HEAD", "400", "origin|400", "GET", "304", `origin|>If-None-Match: "a"|@any`)
	})
}
