package gateway

import (
	"strings"
	"testing"
)

const routes = `
[routes.all]
match = { path = "/v1/*", methods = ["GET", "HEAD", "POST", "PUT"] }
auth  = "anonymous"
to    = "app"
[routes.hello]
match   = { path = "/hello" }
auth    = "anonymous"
respond = { status = 200, body = "hello" }
`

func get(path string, fields ...string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: a.example\r\n" + strings.Join(append(fields, ""), "\r\n") + "\r\n"
}

func TestForward(t *testing.T) {
	h := start(t, routes)
	h.send(get("/v1/x?size=5", "X-A: 1", "Connection: X-B, close", "X-B: 2", "Keep-Alive: 5", "TE: trailers",
		"X-Forwarded-For: 6.6.6.6", "X_Forwarded_For: 7.7.7.7", "Forwarded: for=6.6.6.6")).is(t, 200, "")
	sent := string(h.record.Bytes())
	f := func(want bool, part string) {
		t.Helper()
		if strings.Contains(sent, part) != want {
			t.Errorf("upstream got\n%s\n%q in it: want %v", sent, part, want)
		}
	}
	f(true, "GET /v1/x?size=5 HTTP/1.1\r\nHost: a.example\r\n")
	f(true, "\r\nX-A: 1\r\n")
	f(true, "\r\nX-Forwarded-For: 127.0.0.1\r\n")
	f(true, "\r\nX-Forwarded-Proto: http\r\n")
	f(true, "\r\nForwarded: for=127.0.0.1;")
	f(true, "\r\nVia: 1.1 ")
	f(true, "\r\nX-Request-ID: ")
	f(false, "X-B")
	f(false, "Keep-Alive")
	f(false, "Connection")
	f(false, "TE:")
	f(false, "6.6.6.6")
	f(false, "7.7.7.7")
}

func TestAnswers(t *testing.T) {
	h := start(t, routes)
	f := func(raw string, status int, reason string) {
		t.Helper()
		h.send(raw).is(t, status, reason)
	}
	f(get("/hello"), 200, "")
	f(get("/nowhere"), 404, "route.none")
	f("DELETE /v1/x HTTP/1.1\r\nHost: a\r\n\r\n", 405, "method.not_allowed")
	f("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 204, "")
	f(get("/v1/%2e%2e/hello"), 400, "normalize.dot_segments")
	f("GET /v1/x HTTP/1.1\r\n\r\n", 400, "framing.host")
	f("POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n", 413, "body.too_large")
	f("POST /v1/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200, "")
	f("POST /v1/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n", 400, "framing.chunk")
	f("HEAD /v1/x HTTP/1.1\r\nHost: a\r\n\r\n", 200, "")
	if got := h.send("PATCH /v1/x HTTP/1.1\r\nHost: a\r\n\r\n").Header.Get("Allow"); got != "GET, HEAD, POST, PUT" {
		t.Errorf("Allow: %q", got)
	}
}
