package gateway

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// edgeRoutes use the steps that know neither callers nor upstreams. @DIR@ stands for a folder.
const edgeRoutes = `
[feeds.bad]
file = "@DIR@/feed.txt"
[routes.orders]
match           = { path = "/v1/orders/{id}", methods = ["GET", "PUT"] }
auth            = "anonymous"
address         = { deny = ["10.0.0.0/8"], feeds = ["bad"] }
cors            = { origins = ["https://app.example"], methods = ["GET", "PUT"] }
content         = { schema = "@DIR@/schema.json" }
rewrite         = { path = "/api/{id}/orders" }
request_headers = { remove = ["Cookie"], set = { "X-Route" = "{route}-{path.id}" } }
headers         = { set = { "X-Frame-Options" = "DENY" }, remove = ["Server"] }
to              = "app"
[routes.files]
match     = { path = "/files/*" }
auth      = "anonymous"
normalize = { encoded_slash = "decode", dot_segments = "resolve" }
rewrite   = { strip_prefix = "/files" }
to        = "app"
[routes.old]
match    = { path = "/old/*" }
auth     = "anonymous"
redirect = { to = "https://{host}/new/{*}?{query}" }
[routes.person]
match   = { path = "/person" }
auth    = "anonymous"
mask    = { json = ["ssn"] }
respond = { body = '{"name":"a","ssn":"123"}', type = "application/json" }
`

// edgeConfig is a configuration with client addresses from X-Forwarded-For.
func edgeConfig(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"feed.txt":    "198.51.100.0/24\n",
		"schema.json": `{"type":"object","required":["id"],"properties":{"id":{"type":"integer"}}}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text := strings.Replace(prologue, "timeouts =", "client_ip = { trust = [\"127.0.0.0/8\"] }\ntimeouts =", 1) + edgeRoutes
	return strings.ReplaceAll(text, "@DIR@", dir)
}

func TestEdge(t *testing.T) {
	h := start(t, "")
	h.write(edgeConfig(t))
	if _, err := h.Reload(); err != nil {
		t.Fatal(err)
	}
	f := func(raw string, status int, reason string, fields ...string) {
		t.Helper()
		a := h.send(raw)
		a.is(t, status, reason)
		for i := 0; i < len(fields); i += 2 {
			if got := a.Header.Get(fields[i]); got != fields[i+1] {
				t.Errorf("%s: %q, want %q", fields[i], got, fields[i+1])
			}
		}
	}
	upstream := func(part string, want bool) {
		t.Helper()
		if sent := string(h.record.Bytes()); strings.Contains(sent, part) != want {
			t.Errorf("%q in what went upstream: want %v\n%s", part, want, sent)
		}
		h.record.Reset()
	}
	put := func(body string, fields ...string) string {
		fields = append(fields, "Host: a.example", "Content-Type: application/json", fmt.Sprintf("Content-Length: %d", len(body)), "", body)
		return "PUT /v1/orders/42 HTTP/1.1\r\n" + strings.Join(fields, "\r\n")
	}
	f(get("/v1/orders/42?size=5", "Cookie: a=b", "X-Route: mine"), 200, "", "X-Frame-Options", "DENY", "Vary", "Origin")
	if sent := string(h.record.Bytes()); !strings.HasPrefix(sent, "GET /api/42/orders?size=5 HTTP/1.1\r\n") ||
		!strings.Contains(sent, "\r\nX-Route: orders-42\r\n") || strings.Contains(sent, "Cookie") || strings.Contains(sent, "mine") {
		t.Errorf("upstream got\n%s", sent)
	}
	h.record.Reset()

	f(put(`{"id":1}`), 200, "")
	upstream(`{"id":1}`, true)
	f(put(`{"id":"1"}`), 422, "content.schema", "X-Frame-Options", "DENY")
	f(put(`{"id":1,"id":2}`), 422, "content.schema")
	f(strings.Replace(put(`{"id":1}`), "application/json", "text/plain", 1), 415, "content.type")
	f(get("/v1/orders/42", "X-Forwarded-For: 10.1.2.3"), 403, "address.denied", "X-Frame-Options", "DENY")
	f(get("/v1/orders/42", "X-Forwarded-For: 198.51.100.7"), 403, "feed.denied")
	f("DELETE /v1/orders/42 HTTP/1.1\r\nHost: a\r\n\r\n", 405, "method.not_allowed", "Allow", "GET, PUT")
	f("OPTIONS /v1/orders/42 HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example\r\nAccess-Control-Request-Method: PUT\r\n\r\n", 204, "",
		"Access-Control-Allow-Origin", "https://app.example", "Access-Control-Allow-Methods", "GET, PUT")
	f(strings.Replace(put(`[]`), "Host:", "Origin: https://app.example\r\nHost:", 1), 422, "content.schema",
		"Access-Control-Allow-Origin", "https://app.example")
	upstream("orders", false)

	f(get("/files/a%2Fb/c;v=1"), 200, "")
	upstream("GET /a/b/c;v=1 HTTP/1.1\r\n", true)
	f(get("/files/a/../b"), 200, "")
	upstream("GET /b HTTP/1.1\r\n", true)
	f(get("/files/..%2f..%2fv1/orders/42"), 400, "normalize.dot_segments")
	f(get("/files/../v1/orders/a%2Fb"), 400, "normalize.dot_segments")
	f(get("/v1/orders/a%2Fb"), 400, "normalize.encoded_slash")
	upstream("GET", false)

	f(get("/old/a/b?c=d"), 308, "", "Location", "https://a.example/new/a/b?c=d")
	f(get("/old"), 308, "", "Location", "https://a.example/new/")
	if a := h.send(get("/person")); a.body != `{"name":"a","ssn":"***"}` {
		t.Errorf("%s", a.body)
	}
}
