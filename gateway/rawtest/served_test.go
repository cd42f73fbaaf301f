package rawtest

import (
	"strings"
	"testing"
)

// TestServedRequestLine: everything that is legal passes, and the upstream sees the canonical form of it.
func TestServedRequestLine(t *testing.T) {
	f := served(t)
	f("GET", get+"\r\n", 1, starts("GET / HTTP/1.1\r\n"), has("\r\nHost: app.example\r\n"))
	f("HEAD", "HEAD / HTTP/1.1\r\n"+host+"\r\n", 1, starts("HEAD / HTTP/1.1\r\n"))
	f("DELETE", "DELETE / HTTP/1.1\r\n"+host+"\r\n", 1, starts("DELETE / HTTP/1.1\r\n"))
	f("OPTIONS", "OPTIONS /a HTTP/1.1\r\n"+host+"\r\n", 1, starts("OPTIONS /a HTTP/1.1\r\n"))
	f("a registered method", "PROPFIND /a HTTP/1.1\r\n"+host+"\r\n", 1, starts("PROPFIND /a HTTP/1.1\r\n"))
	f("a method with a dash", "M-SEARCH /a HTTP/1.1\r\n"+host+"\r\n", 1, starts("M-SEARCH /a HTTP/1.1\r\n"))
	f("an empty line in front", "\r\n"+get+"\r\n", 1, starts("GET / HTTP/1.1\r\n"))
	f("absolute form", "GET http://app.example/a?b HTTP/1.1\r\n"+host+"\r\n", 1, starts("GET /a?b HTTP/1.1\r\n"), has("\r\nHost: app.example\r\n"))
	f("absolute form without a path", "GET http://app.example HTTP/1.1\r\n"+host+"\r\n", 1, starts("GET / HTTP/1.1\r\n"))
	f("absolute form with a query alone", "GET http://app.example?a HTTP/1.1\r\n"+host+"\r\n", 1, starts("GET /?a HTTP/1.1\r\n"))
	f("absolute form with another letter case", "GET HTTP://APP.example/a HTTP/1.1\r\n"+host+"\r\n", 1, starts("GET /a HTTP/1.1\r\n"))
	f("absolute form with https", "GET https://app.example/a HTTP/1.1\r\n"+host+"\r\n", 1, starts("GET /a HTTP/1.1\r\n"))
	f("absolute form with a port", "GET http://app.example:8080/a HTTP/1.1\r\nHost: app.example:8080\r\n\r\n", 1, has("\r\nHost: app.example:8080\r\n"))
	f("HTTP/1.0", "GET /a HTTP/1.0\r\n"+host+"\r\n", 1, starts("GET /a HTTP/1.1\r\n"), has("\r\nHost: app.example\r\n"), closes)
	f("HTTP/1.0 without a Host", "GET /a HTTP/1.0\r\n\r\n", 1, starts("GET /a HTTP/1.1\r\n"), has("ost: app\r\n"), closes)
	f("HTTP/1.0 that stays open", "GET /a HTTP/1.0\r\n"+host+"Connection: keep-alive\r\n\r\n", 1, starts("GET /a HTTP/1.1\r\n"))
	f("an endless path", "GET /"+strings.Repeat("a", 7<<10)+" HTTP/1.1\r\n"+host+"\r\n", 1, starts("GET /aaaa"))
}

// TestServedTarget: one canonical form (RFC 3986 section 6.2.2); the query is for the application and passes as it is.
func TestServedTarget(t *testing.T) {
	f := served(t)
	target := func(name, target, want string) {
		t.Helper()
		f(name, "GET "+target+" HTTP/1.1\r\n"+host+"\r\n", 1, starts("GET "+want+" HTTP/1.1\r\n"))
	}
	target("letters, digits and marks", "/aZ09-._~", "/aZ09-._~")
	target("sub-delimiters", "/!$&'()*+,=:@", "/!$&'()*+,=:@")
	target("an encoded letter", "/%61", "/a")
	target("an encoded tilde", "/%7Ea", "/~a")
	target("lower-case digits", "/%c3%a4", "/%C3%A4")
	target("an encoded space", "/a%20b", "/a%20b")
	target("an encoded percent", "/100%25", "/100%25")
	target("an encoded question mark", "/a%3fb", "/a%3Fb")
	target("an encoded hash", "/a%23b", "/a%23b")
	target("what should be encoded", "/a|b", "/a%7Cb")
	target("three dots", "/.../a", "/.../a")
	target("a hidden file", "/.well-known/a", "/.well-known/a")
	target("dots in a name", "/a..b", "/a..b")
	target("a slash at the end", "/a/", "/a/")
	target("two slashes", "/a//b", "/a/b")
	target("two slashes in front", "//a", "/a")
	target("an empty query", "/a?", "/a?")
	target("a query", "/a?b=c&d=%2f%2e%2e/..//\\;x", "/a?b=c&d=%2f%2e%2e/..//\\;x")
	target("a query with a broken encoding", "/a?b=%zz%", "/a?b=%zz%")
	target("a query with a question mark", "/a?b?c", "/a?b?c")
	target("a query with a URL", "/a?u=http://b@c/../d", "/a?u=http://b@c/../d")
	target("resolved where the route says so", "/relaxed/a/../b", "/relaxed/b")
	target("resolved though encoded", "/relaxed/a/%2e%2e/b", "/relaxed/b")
	target("an encoded slash kept where the route says so", "/relaxed/a%2fb", "/relaxed/a%2Fb")
	target("a parameter", "/a;b=c/d", "/a;b=c/d")
	target("an encoded slash decoded where the route says so", "/decoded/a%2fb", "/decoded/a/b")
}

// TestServedFields: odd, and legal.
func TestServedFields(t *testing.T) {
	f := served(t)
	line := func(name, field, want string) {
		t.Helper()
		f(name, get+field+"\r\n\r\n", 1, has("\r\n"+want+"\r\n"))
	}
	line("an ordinary one", "A: b", "A: b")
	line("no space behind the colon", "A:b", "A:b")
	line("every mark that a name may have", "!#$%&'*+-.^`|~: c", "!#$%&'*+-.^`|~: c")
	line("a name of digits", "123: c", "123: c")
	line("a name in mixed case", "aBc: d", "aBc: d")
	line("an empty value", "A:", "A:")
	line("colons in the value", "A: b:c: d", "A: b:c: d")
	line("a tab in the value", "A: b\tc", "A: b\tc")
	line("bytes beyond ASCII", "A: \xe4\xff", "A: \xe4\xff")
	line("quotes and commas", "A: \"b, c\"; d=\"\\\"\"", "A: \"b, c\"; d=\"\\\"\"")
	line("a value like a request", "A: GET / HTTP/1.1", "A: GET / HTTP/1.1")
	line("a cookie", "Cookie: a=b; c=d", "Cookie: a=b; c=d")
	line("a token", "Authorization: Bearer a.b.c", "Authorization: Bearer a.b.c")
	f("white space around a value", get+"A: \t b \t \r\nB: c\r\n\r\n", 1, has("b"), has("\r\nB: c\r\n"))
	f("a name with an underscore", get+"A_b: c\r\n\r\n", 1, has("\r\nA_b: c\r\n"))
	f("a field twice", get+"A: b\r\nA: c\r\n\r\n", 1, has("\r\nA: b\r\nA: c\r\n"))
	f("two Accept", get+"Accept: a/b\r\nAccept: c/d\r\n\r\n", 1, has("Accept: a/b\r\n"), has("Accept: c/d\r\n"))
	f("two cookies", get+"Cookie: a=b\r\nCookie: c=d\r\n\r\n", 1, has("a=b"), has("c=d"))
	f("nearly 16 KiB of fields", get+strings.Repeat("Some-Field: "+strings.Repeat("v", 186)+"\r\n", 79)+"\r\n", 1, has("Some-Field: vvv"))
	f("one field of 15 KiB", get+"A: "+strings.Repeat("b", 15<<10)+"\r\n\r\n", 1, has("A: bbb"))
	f("100 fields", get+strings.Repeat("A: b\r\n", 99)+"\r\n", 1, has("A: b\r\n"))
	f("a Host with a port", "GET / HTTP/1.1\r\nHost: app.example:8080\r\n\r\n", 1, has("\r\nHost: app.example:8080\r\n"))
	f("a Host of IPv4", "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n", 1, has("\r\nHost: 127.0.0.1:8080\r\n"))
	f("a Host of IPv6", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 1, has("\r\nHost: [::1]:8080\r\n"))
	f("a Host with an underscore", "GET / HTTP/1.1\r\nHost: my_app.example\r\n\r\n", 1, has("\r\nHost: my_app.example\r\n"))
	f("a Host in capitals", "GET / HTTP/1.1\r\nHost: APP.EXAMPLE\r\n\r\n", 1, has("\r\nHost: "))
	f("a Host that is not the first field", "GET / HTTP/1.1\r\nA: b\r\n"+host+"\r\n", 1, has("\r\nHost: app.example\r\n"))
}

// TestServedHopByHop: RFC 9110 section 7.6.1, and what strangers say about where they come from.
func TestServedHopByHop(t *testing.T) {
	f := served(t)
	f("Connection and what it names", get+"Connection: keep-alive, A\r\nA: b\r\nC: d\r\n\r\n", 1, lacks("\r\nA: b"), has("\r\nC: d\r\n"), lacks("keep-alive"))
	f("Connection in two fields", get+"Connection: A\r\nConnection: B\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", 1, lacks("\r\nA: 1"), lacks("\r\nB: 2"), has("\r\nC: 3\r\n"))
	f("Connection that names the Host", get+"Connection: Host\r\n\r\n", 1, has("\r\nHost: app.example\r\n"))
	f("Connection that names the length", post+"Connection: Content-Length\r\nContent-Length: 5\r\n\r\nhello", 1, has("Content-Length: 5\r\n"), body("hello"))
	f("Connection that names X-Forwarded-For", get+"Connection: X-Forwarded-For\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n", 1, has("X-Forwarded-For: 127.0.0.1\r\n"), lacks("192.0.2.1"))
	f("Connection: close", get+"Connection: close\r\n\r\n", 1, lacks("close"), closes)
	f("Connection: Close, in a list", get+"Connection: foo, Close\r\n\r\n", 1, closes)
	f("Keep-Alive", get+"Keep-Alive: timeout=5\r\n\r\n", 1, lacks("Keep-Alive"))
	f("Proxy-Connection", get+"Proxy-Connection: keep-alive\r\n\r\n", 1, lacks("Proxy-Connection"))
	f("Proxy-Authorization", get+"Proxy-Authorization: Basic YTpi\r\n\r\n", 1, lacks("Proxy-Authorization"))
	f("TE", get+"TE: trailers\r\nConnection: TE\r\n\r\n", 1, lacks("\r\nTE:"))
	f("an upgrade to HTTP/2", get+"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAA\r\n\r\n", 1, lacks("Upgrade"), lacks("HTTP2-Settings"))
	f("an upgrade that the route has not", get+"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", 1, lacks("\r\nUpgrade:"))
	f("X-Forwarded-For of a stranger", get+"X-Forwarded-For: 192.0.2.1\r\n\r\n", 1, has("X-Forwarded-For: 127.0.0.1\r\n"), lacks("192.0.2.1"))
	f("Forwarded of a stranger", get+"Forwarded: for=192.0.2.1\r\n\r\n", 1, has("\r\nForwarded: for=127.0.0.1"), lacks("192.0.2.1"))
	f("X-Forwarded-Proto and -Host of a stranger", get+"X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example\r\n\r\n", 1, has("X-Forwarded-Proto: http\r\n"), lacks("evil.example"))
	f("X-Real-IP of a stranger", get+"X-Real-IP: 192.0.2.1\r\n\r\n", 1, lacks("192.0.2.1"))
	f("X_Forwarded_For of a stranger", get+"X_Forwarded_For: 192.0.2.1\r\n\r\n", 1, lacks("192.0.2.1"))
	f("X-Forwarded_For of a stranger", get+"X-Forwarded_For: 192.0.2.1\r\n\r\n", 1, lacks("192.0.2.1"))
	f("a request id of a stranger", get+"X-Request-ID: mine\r\n\r\n", 1, has("X-Request-ID: "), lacks("mine"))
}

// TestServedBodies: RFC 9112 sections 6 and 7.
func TestServedBodies(t *testing.T) {
	f := served(t)
	const chunked = "Transfer-Encoding: chunked\r\n"
	f("a length", post+"Content-Length: 5\r\n\r\nhello", 1, has("Content-Length: 5\r\n"), body("hello"))
	f("no length", post+"\r\n", 1, body(""))
	f("a length of nothing", post+"Content-Length: 0\r\n\r\n", 1, body(""))
	f("a length with zeros in front", post+"Content-Length: 0005\r\n\r\nhello", 1, body("hello"))
	f("a length with white space around", post+"Content-Length: \t5 \r\n\r\nhello", 1, body("hello"))
	f("GET with a body", get+"Content-Length: 5\r\n\r\nhello", 1, body("hello"))
	f("DELETE with a body", "DELETE /a HTTP/1.1\r\n"+host+"Content-Length: 5\r\n\r\nhello", 1, body("hello"))
	f("PUT with a body like a request", "PUT /a HTTP/1.1\r\n"+host+"Content-Length: "+length(inner)+"\r\n\r\n"+inner, 1, body(inner))
	f("a body with NULs", post+"Content-Length: 3\r\n\r\n\x00\x01\x02", 1, body("\x00\x01\x02"))
	f("HTTP/1.0 with a body", "POST /a HTTP/1.0\r\n"+host+"Content-Length: 5\r\n\r\nhello", 1, body("hello"), closes)
	f("a body of 100 KiB", post+"Content-Length: 102400\r\n\r\n"+strings.Repeat("b", 100<<10), 1, body(strings.Repeat("b", 100<<10)))
	f("no chunks", post+chunked+"\r\n0\r\n\r\n", 1, body(""))
	f("a chunk", post+chunked+"\r\n5\r\nhello\r\n0\r\n\r\n", 1, body("hello"))
	f("chunks", post+chunked+"\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", 1, body("hello"))
	f("a chunk of hexadecimal size", post+chunked+"\r\n1a\r\n"+strings.Repeat("x", 26)+"\r\n0\r\n\r\n", 1, body(strings.Repeat("x", 26)))
	f("a chunk of upper-case size", post+chunked+"\r\n1A\r\n"+strings.Repeat("x", 26)+"\r\n0\r\n\r\n", 1, body(strings.Repeat("x", 26)))
	f("a size with zeros in front", post+chunked+"\r\n0005\r\nhello\r\n000\r\n\r\n", 1, body("hello"))
	f("a chunk extension", post+chunked+"\r\n5;a=b\r\nhello\r\n0\r\n\r\n", 1, body("hello"), lacks("a=b"))
	f("a chunk extension in quotes", post+chunked+"\r\n5;a=\"b c\"\r\nhello\r\n0;d\r\n\r\n", 1, body("hello"))
	f("Chunked in capitals", post+"Transfer-Encoding: CHUNKED\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 1, body("hello"))
	f("chunked in a GET", get+chunked+"\r\n5\r\nhello\r\n0\r\n\r\n", 1, body("hello"))
	f("a chunk like a request", post+chunked+"\r\n"+hex(inner)+"\r\n"+inner+"\r\n0\r\n\r\n", 1, body(inner))
	f("a trailer", post+chunked+"Trailer: A\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n", 1, body("hello"))
	f("100 KiB of chunks", post+chunked+"\r\n"+strings.Repeat("400\r\n"+strings.Repeat("c", 1024)+"\r\n", 100)+"0\r\n\r\n", 1, body(strings.Repeat("c", 100<<10)))
	f("an expectation, and the body at once", post+"Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", 1, lacks("Expect"), body("hello"))
	f("an expectation in another letter case", post+"Expect: 100-Continue\r\nContent-Length: 5\r\n\r\nhello", 1, lacks("Expect"), body("hello"))
	f("an expectation without a body", get+"Expect: 100-continue\r\n\r\n", 1, lacks("Expect"))
	f("an expectation in HTTP/1.0", "POST / HTTP/1.0\r\n"+host+"Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", 1, body("hello"), closes)
}

// TestServedPipelines: RFC 9112 section 9.3.2: each request is answered, in its order.
func TestServedPipelines(t *testing.T) {
	f := served(t)
	one := func(path string) string { return "GET " + path + " HTTP/1.1\r\n" + host + "\r\n" }
	f("two", one("/1")+one("/2"), 2, has("GET /1 HTTP/1.1\r\n"), has("GET /2 HTTP/1.1\r\n"))
	f("twenty", strings.Repeat(one("/n"), 20), 20, has("GET /n HTTP/1.1\r\n"))
	f("five hundred", strings.Repeat(one("/n"), 500), 500, has("GET /n HTTP/1.1\r\n"))
	f("an empty line between", one("/1")+"\r\n"+one("/2"), 2, has("GET /2 HTTP/1.1\r\n"))
	f("bodies between", post+"Content-Length: 5\r\n\r\nhello"+one("/2")+post+"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"+one("/4"), 4,
		has("hello"), has("GET /2 HTTP/1.1\r\n"), has("GET /4 HTTP/1.1\r\n"))
	f("the last one closes", one("/1")+"GET /2 HTTP/1.1\r\n"+host+"Connection: close\r\n\r\n", 2, has("GET /2 HTTP/1.1\r\n"), closes)
	f("what follows a close is not read", "GET /1 HTTP/1.1\r\n"+host+"Connection: close\r\n\r\n"+one("/2"), 1, lacks("/2"), closes)
	f("HEAD between", "HEAD /1 HTTP/1.1\r\n"+host+"\r\n"+one("/2"), 2, has("HEAD /1 HTTP/1.1\r\n"), has("GET /2 HTTP/1.1\r\n"))
}
