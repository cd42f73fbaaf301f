//go:build !race

package gateway

import (
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport/internal/jose"
)

// TestAllocations proves that serving allocates nothing: through a real socket, the whole path of a request.
func TestAllocations(t *testing.T) {
	signer, err := jose.NewSigner(jose.RS256)
	if err != nil {
		t.Fatal(err)
	}
	keys := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(keys, jose.JWKS(signer), 0o600); err != nil {
		t.Fatal(err)
	}
	token := func(scope string) string {
		claims, err := json.Marshal(map[string]any{"iss": "https://id.example", "aud": "api", "sub": "s", "scope": scope,
			"exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix()})
		if err != nil {
			t.Fatal(err)
		}
		signed, err := signer.Sign("at+jwt", claims)
		if err != nil {
			t.Fatal(err)
		}
		return "Authorization: Bearer " + signed
	}
	h := startWith(t, prologue+strings.ReplaceAll(`
[issuers.corp]
issuer    = "https://id.example"
audiences = ["api"]
jwks      = { file = "@KEYS@" }
[routes.open]
match = { path = "/open/*", methods = ["GET", "POST"] }
auth  = "anonymous"
to    = "app"
[routes.hello]
match   = { path = "/hello" }
auth    = "anonymous"
respond = { status = 200, body = "hello" }
[routes.secured]
match   = { path = "/secured/{id}" }
auth    = { any = ["issuer:corp"] }
require = { scopes_all = ["read"] }
rate    = { key = "principal", limit = "1000000/s" }
waf     = {}
headers = { remove = ["Server"], set = { "X-Frame-Options" = "DENY" } }
to      = "app"
[routes.limited]
match = { path = "/limited" }
auth  = "anonymous"
rate  = { key = "client.ip", limit = "1/h", burst = 1 }
to    = "app"
`, "@KEYS@", keys), nil)
	h.get(get("/limited")).is(t, 200, "")
	read, other := token("read"), token("other")
	f := func(name, request string, status int) {
		t.Helper()
		h.allocatesNothing(name, request, status)
	}
	f("forwarded", get("/open/x"), 200)
	f("forwarded with a body", "POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 200)
	f("answered here", get("/hello"), 200)
	f("token hit and WAF", get("/secured/1", read), 200)
	f("no token", get("/secured/1"), 401)
	f("wrong scope", get("/secured/1", other), 403)
	f("no route", get("/nowhere"), 404)
	f("wrong method", "PUT /open/x HTTP/1.1\r\nHost: a\r\n\r\n", 405)
	f("over the limit", get("/limited"), 429)
}

func TestAllocationsAtTheEdge(t *testing.T) {
	h := startWith(t, edgeConfig(t), nil)
	f := func(name, request string, status int) {
		t.Helper()
		h.allocatesNothing(name, request, status)
	}
	const put = "PUT /v1/orders/42 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
	f("rewritten", get("/v1/orders/42", "Cookie: a=b"), 200)
	f("with a schema", put+"Content-Length: 8\r\n\r\n{\"id\":1}", 200)
	f("against the schema", put+"Content-Length: 10\r\n\r\n{\"id\":\"1\"}", 422)
	f("another type", strings.Replace(put, "json", "xml", 1)+"Content-Length: 8\r\n\r\n{\"id\":1}", 415)
	f("denied address", get("/v1/orders/42", "X-Forwarded-For: 10.1.2.3"), 403)
	f("on a feed", get("/v1/orders/42", "X-Forwarded-For: 198.51.100.7"), 403)
	f("redirected", get("/old/a?b=c"), 308)
	f("masked", get("/person"), 200)
	f("decoded", get("/files/a%2Fb"), 200)
}

// get sends a request on a new connection.
func (h *harness) get(raw string) *answer { return h.send(raw) }

// allocatesNothing fails the test when a request costs an allocation.
func (h *harness) allocatesNothing(name, request string, status int) {
	h.t.Helper()
	c := h.dial()
	h.exchange(c, request, status)
	buffer := make([]byte, 32<<10)
	raw := []byte(request)
	for range 50 { // caches and automata fill on the cold path
		h.exchange(c, request, status)
	}
	allocated := testing.AllocsPerRun(200, func() {
		if _, err := c.Write(raw); err != nil {
			h.t.Fatal(err)
		}
		readAnswer(h.t, c, buffer)
	})
	if allocated > 0 {
		h.t.Errorf("%s: %v allocations", name, allocated)
	}
}

// exchange sends a request on a connection and reads its answer.
func (h *harness) exchange(c net.Conn, raw string, status int) {
	h.t.Helper()
	if _, err := io.WriteString(c, raw); err != nil {
		h.t.Fatal(err)
	}
	buffer := make([]byte, 32<<10)
	n := readAnswer(h.t, c, buffer)
	if line := string(buffer[:n]); !strings.HasPrefix(line, "HTTP/1.1 "+statusLines[status][9:12]) {
		h.t.Fatalf("want %d, got %s", status, line)
	}
}

// readAnswer reads one answer with a Content-Length, without allocating.
func readAnswer(t *testing.T, c net.Conn, buffer []byte) int {
	n, end := 0, -1
	for end < 0 || n < end {
		m, err := c.Read(buffer[n:])
		if err != nil {
			t.Fatal(err)
		}
		n += m
		if end < 0 {
			end = answerLength(buffer[:n])
		}
	}
	return n
}

// answerLength returns the length of the answer that b begins with, or -1 when its head is incomplete.
func answerLength(b []byte) int {
	const name = "Content-Length: "
	length := 0
	for i := range b {
		if rest := b[i:]; len(rest) >= len(name) && string(rest[:len(name)]) == name {
			length = 0
			for _, d := range rest[len(name):] {
				if d < '0' || d > '9' {
					break
				}
				length = length*10 + int(d-'0')
			}
		}
		if rest := b[i:]; len(rest) >= 4 && string(rest[:4]) == "\r\n\r\n" {
			return i + 4 + length
		}
	}
	return -1
}
