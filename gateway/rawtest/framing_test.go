package rawtest

import (
	"strings"
	"testing"
)

// TestRefusedFraming: RFC 9112 section 6, and the ways in which two readers of one connection come apart.
func TestRefusedFraming(t *testing.T) {
	f := refused(t)
	body := func(name, fields, body, reason string) {
		t.Helper()
		f(name, post+fields+"\r\n"+body, 400, reason)
	}
	const (
		te  = "Transfer-Encoding: chunked\r\n"
		end = "0\r\n\r\n"
	)
	// Two lengths.
	body("Content-Length, then Transfer-Encoding", "Content-Length: 6\r\n"+te, end+"G", "framing.transfer_encoding")
	body("Transfer-Encoding, then Content-Length", te+"Content-Length: 6\r\n", end+"G", "framing.transfer_encoding")
	body("Transfer-Encoding with Content-Length: 0", te+"Content-Length: 0\r\n", end, "framing.transfer_encoding")
	body("Content-Length around a request", "Content-Length: 4\r\n"+te, "2e\r\n"+inner+end, "framing.transfer_encoding")
	body("two lengths that differ", "Content-Length: 5\r\nContent-Length: 6\r\n", "hello!", "framing.")
	body("two lengths that agree", "Content-Length: 5\r\nContent-Length: 5\r\n", "hello", "framing.")
	body("a list of lengths", "Content-Length: 5, 6\r\n", "hello!", "framing.length")
	body("a list of lengths that agree", "Content-Length: 5, 5\r\n", "hello", "framing.length")
	// Lengths that are no numbers.
	body("an empty length", "Content-Length:\r\n", "", "framing.length")
	body("a length with a sign", "Content-Length: +5\r\n", "hello", "framing.length")
	body("a negative length", "Content-Length: -5\r\n", "hello", "framing.length")
	body("a hexadecimal length", "Content-Length: 0x5\r\n", "hello", "framing.length")
	body("a length with a fraction", "Content-Length: 5.0\r\n", "hello", "framing.length")
	body("a length with an exponent", "Content-Length: 5e0\r\n", "hello", "framing.length")
	body("a length with a space inside", "Content-Length: 1 0\r\n", "0123456789", "framing.length")
	body("a length with an underscore", "Content-Length: 1_0\r\n", "0123456789", "framing.length")
	body("a length in quotes", "Content-Length: \"5\"\r\n", "hello", "framing.length")
	body("a length with a unit", "Content-Length: 5b\r\n", "hello", "framing.length")
	body("a length of letters", "Content-Length: five\r\n", "hello", "framing.length")
	body("a length beyond 64 bits", "Content-Length: 18446744073709551621\r\n", "hello", "framing.length")
	body("a length beyond 63 bits", "Content-Length: 9223372036854775808\r\n", "hello", "framing.length")
	body("a length beyond ASCII digits", "Content-Length: \xd9\xa5\r\n", "hello", "framing.length")
	// Codings.
	body("identity", "Transfer-Encoding: identity\r\n", "", "framing.transfer_encoding")
	body("identity with a length", "Transfer-Encoding: identity\r\nContent-Length: 5\r\n", "hello", "framing.transfer_encoding")
	body("gzip", "Transfer-Encoding: gzip\r\n", "", "framing.transfer_encoding")
	body("gzip, then chunked", "Transfer-Encoding: gzip, chunked\r\n", end, "framing.transfer_encoding")
	body("chunked that is not final", "Transfer-Encoding: chunked, gzip\r\n", end, "framing.transfer_encoding")
	body("chunked, identity", "Transfer-Encoding: chunked, identity\r\n", end, "framing.transfer_encoding")
	body("chunked twice in a list", "Transfer-Encoding: chunked, chunked\r\n", end, "framing.transfer_encoding")
	body("chunked in two fields", te+te, end, "framing.")
	body("chunked and identity in two fields", te+"Transfer-Encoding: identity\r\n", end, "framing.")
	body("chunked with a parameter", "Transfer-Encoding: chunked;q=1\r\n", end, "framing.transfer_encoding")
	body("chunked with a comma", "Transfer-Encoding: chunked,\r\n", end, "framing.transfer_encoding")
	body("a comma, then chunked", "Transfer-Encoding: ,chunked\r\n", end, "framing.transfer_encoding")
	body("chunked in quotes", "Transfer-Encoding: \"chunked\"\r\n", end, "framing.transfer_encoding")
	body("something like chunked", "Transfer-Encoding: xchunked\r\n", end, "framing.transfer_encoding")
	body("chunked, cut short", "Transfer-Encoding: chunke\r\n", end, "framing.transfer_encoding")
	body("an empty coding", "Transfer-Encoding:\r\n", end, "framing.transfer_encoding")
	body("chunked with a NUL", "Transfer-Encoding: chunked\x00\r\n", end, "framing.field_value")
	body("chunked behind a control", "Transfer-Encoding: \x0bchunked\r\n", end, "framing.field_value")
	f("chunked in HTTP/1.0", "POST / HTTP/1.0\r\n"+host+te+"\r\n"+end, 400, "framing.transfer_encoding")
	f("chunked with a length in a GET", get+te+"Content-Length: 5\r\n\r\n"+end, 400, "framing.transfer_encoding")
}

// TestRefusedChunks: RFC 9112 section 7.1. A body that fits the buffer is judged before the upstream sees a byte.
func TestRefusedChunks(t *testing.T) {
	f := refused(t)
	chunks := func(name, body, reason string) {
		t.Helper()
		f(name, post+"Transfer-Encoding: chunked\r\n\r\n"+body, 400, reason)
	}
	chunks("no size", "\r\nhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("a size that is no number", "z\r\nhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("a size with 0x", "0x5\r\nhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("a size with a sign", "+5\r\nhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("a negative size", "-5\r\nhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("a size with a space in front", " 5\r\nhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("a size with a space behind", "5 \r\nhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("a size with a tab behind", "5\t\r\nhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("a size with an underscore", "0_5\r\nhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("a size beyond 64 bits", "10000000000000005\r\nhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("a size of a hundred zeros", strings.Repeat("0", 100)+"5\r\nhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("a bare LF behind the size", "5\nhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("a bare CR behind the size", "5\rhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("CR CR LF behind the size", "5\r\r\nhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("a bare LF behind the data", "5\r\nhello\n0\r\n\r\n", "framing.chunk")
	chunks("no line end behind the data", "5\r\nhello0\r\n\r\n", "framing.chunk")
	chunks("two bytes instead of the line end", "5\r\nhelloXX0\r\n\r\n", "framing.chunk")
	chunks("data longer than its size", "4\r\nhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("a NUL in an extension", "5;a\x00b\r\nhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("a bare LF in an extension", "5;a\nb\r\nhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("a bare CR in an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("a long extension", "5;"+strings.Repeat("a", 4096)+"\r\nhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("a flood of extensions", strings.Repeat("1;"+strings.Repeat("a", 500)+"\r\nx\r\n", 20)+"0\r\n\r\n", "framing.chunk")
	chunks("an extension without a semicolon", "5 a=b\r\nhello\r\n0\r\n\r\n", "framing.chunk")
	chunks("a last chunk with a bare LF", "5\r\nhello\r\n0\n\r\n", "framing.chunk")
	chunks("a trailer without a colon", "5\r\nhello\r\n0\r\nnonsense\r\n\r\n", "framing.trailer")
	chunks("a trailer with a bare LF", "5\r\nhello\r\n0\r\nA: b\n\r\n", "framing.trailer")
	chunks("a folded trailer", "5\r\nhello\r\n0\r\nA: b\r\n c\r\n\r\n", "framing.trailer")
	chunks("a trailer with a space before its colon", "5\r\nhello\r\n0\r\nA : b\r\n\r\n", "framing.trailer")
	chunks("a Content-Length in the trailer", "5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n", "framing.trailer")
	chunks("a Transfer-Encoding in the trailer", "5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n", "framing.trailer")
	chunks("a Host in the trailer", "5\r\nhello\r\n0\r\nHost: other.example\r\n\r\n", "framing.trailer")
	chunks("an Authorization in the trailer", "5\r\nhello\r\n0\r\nAuthorization: Bearer x\r\n\r\n", "framing.trailer")
	chunks("a Cookie in the trailer", "5\r\nhello\r\n0\r\nCookie: a=b\r\n\r\n", "framing.trailer")
	chunks("X-Forwarded-For in the trailer", "5\r\nhello\r\n0\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n", "framing.trailer")
	chunks("a flood of trailers", "5\r\nhello\r\n0\r\n"+strings.Repeat("A: b\r\n", 1000)+"\r\n", "framing.trailer")
}

// TestRefusedByRoute: what has a reading, but no place to go, or is too much. The connection may go on.
func TestRefusedByRoute(t *testing.T) {
	f := refusedPolitely(t)
	const post = "POST /any/a HTTP/1.1\r\n" + host
	f("no such route", "GET /nowhere HTTP/1.1\r\n"+host+"\r\n", 404, "route.none")
	f("a method that the route has not", "POST /read/a HTTP/1.1\r\n"+host+"Content-Length: 0\r\n\r\n", 405, "method.not_allowed")
	f("a method that nobody has", "FOO /any/a HTTP/1.1\r\n"+host+"\r\n", 405, "method.not_allowed")
	f("a method in lower case", "get /any/a HTTP/1.1\r\n"+host+"\r\n", 405, "method.not_allowed")
	f("HEAD of a method that is not allowed", "HEAD /write/a HTTP/1.1\r\n"+host+"\r\n", 405, "")
	f("a body over the limit by its word", "POST /small/a HTTP/1.1\r\n"+host+"Content-Length: 2000\r\n\r\n", 413, "body.too_large")
	f("a body over the limit with its bytes", "POST /small/a HTTP/1.1\r\n"+host+"Content-Length: 2000\r\n\r\n"+strings.Repeat("x", 2000), 413, "body.too_large")
	f("chunks over the limit", "POST /small/a HTTP/1.1\r\n"+host+"Transfer-Encoding: chunked\r\n\r\n"+strings.Repeat("64\r\n"+strings.Repeat("x", 100)+"\r\n", 20)+"0\r\n\r\n", 413, "body.too_large")
	f("a body over the listener's limit", post+"Content-Length: 104857600\r\n\r\n", 413, "body.too_large")
	f("a body over the limit that waits for 100", "POST /small/a HTTP/1.1\r\n"+host+"Expect: 100-continue\r\nContent-Length: 2000\r\n\r\n", 413, "body.too_large")
	f("a length as long as may be", post+"Content-Length: 999999999999999999\r\n\r\n", 413, "body.too_large")
}

// TestTooLate: what does not come in time is answered, or not, and never sent on. The server's times are short here.
func TestTooLate(t *testing.T) {
	f := refusedLate(t)
	f("half a request line", "GET / HT", 408, "framing.head_timeout")
	f("half a head", get+"A: b\r\n", 408, "framing.head_timeout")
	f("half a body", post+"Content-Length: 5\r\n\r\nhe", 408, "framing.body_timeout")
	f("half a chunk", post+"Transfer-Encoding: chunked\r\n\r\n5\r\nhe", 408, "framing.body_timeout")
	f("half a chunk size", post+"Transfer-Encoding: chunked\r\n\r\n5", 408, "framing.body_timeout")
	f("half a trailer", post+"Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n", 408, "framing.body_timeout")
	f("a body that waits for nothing", post+"Content-Length: 5\r\n\r\n", 408, "framing.body_timeout")
}
