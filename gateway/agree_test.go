package gateway

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/conf"
	"sallyport/internal/jose"
)

// agreeRoutes use everything that decides, but for rates: a server and an explanation cannot count together.
const agreeRoutes = `
[issuers.corp]
issuer    = "https://id.example"
audiences = ["api"]
jwks      = { file = "@DIR@/keys.json" }
[keys.partners]
file   = "@DIR@/partners.toml"
header = "X-API-Key"
[policies.base]
headers = { set = { "X-Frame-Options" = "DENY" } }
address = { deny = ["10.0.0.0/8"] }
[policies.secure]
auth    = { any = ["issuer:corp"] }
require = { scopes_any = ["read", "write"] }
[routes.orders-read]
match   = { host = "api.example", path = "/v1/orders/{id}", methods = ["GET", "HEAD"] }
use     = ["base", "secure"]
require = { claims = { tenant = ["t1", "t2"] } }
to      = "app"
[routes.orders-write]
match   = { host = "api.example", path = "/v1/orders", methods = ["POST", "PUT"] }
use     = ["base", "secure"]
require = { scopes_all = ["write"] }
content = { types = ["application/json"], schema = "@DIR@/schema.json" }
limits  = { body = "64B" }
to      = "app"
[routes.orders-tenant]
match   = { host = "*.example", path = "/v1/tenants/{tenant}/*" }
use     = ["base", "secure"]
require = { claims = { tenant = { equals = "path.tenant" } } }
to      = { app = 90, other = 10 }
[routes.beta]
match   = { host = "api.example", path = "/v1/orders/{id}", methods = ["GET"], headers = { "X-Beta" = "1" } }
auth    = "anonymous"
respond = { status = 202, body = "beta" }
[routes.partners]
match       = { path = "/partners/*" }
auth        = { any = ["keys:partners", "issuer:corp"] }
concurrency = { max = 1000 }
to          = "app"
[routes.files]
match     = { path = "/files/*" }
auth      = "anonymous"
normalize = { encoded_slash = "decode", dot_segments = "resolve" }
rewrite   = { strip_prefix = "/files" }
to        = "app"
[routes.files-private]
match     = { path = "/files/private/*" }
use       = ["secure"]
normalize = { dot_segments = "resolve", path_parameters = "reject", merge_slashes = false }
to        = "app"
[routes.page]
match = { path = "/page" }
auth  = "anonymous"
cors  = { origins = ["https://app.example"], methods = ["GET", "PUT"] }
waf   = { paranoia = 1 }
to    = "app"
[routes.watched]
match   = { path = "/watched/{x}" }
auth    = { any = ["issuer:corp"] }
require = { scopes_all = ["admin"], mode = "shadow" }
address = { deny = ["192.0.2.0/24"], mode = "shadow" }
to      = "app"
[routes.old]
match    = { path = "/old/*", methods = ["GET"] }
auth     = "anonymous"
redirect = { to = "https://{host}/new/{*}?{query}" }
`

// agreeWorld makes the files that agreeRoutes name, credentials by what they are, and whom to assume in place of the good ones.
func agreeWorld(t *testing.T) (tables string, credentials map[string]string, assumed map[string]*conf.TestAs) {
	t.Helper()
	dir := t.TempDir()
	signer, err := jose.NewSigner(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := jose.NewSigner(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"keys.json":     string(jose.JWKS(signer)),
		"partners.toml": "",
		"schema.json":   `{"type":"object","required":["id"],"properties":{"id":{"type":"integer"}}}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	credentials, assumed = map[string]string{"none": ""}, map[string]*conf.TestAs{}
	token := func(name string, s *jose.Signer, changes map[string]any) {
		claims := map[string]any{"iss": "https://id.example", "aud": "api", "sub": name, "scope": "read", "tenant": "t1",
			"exp": time.Now().Add(time.Hour).Unix()}
		for k, v := range changes {
			claims[k] = v
		}
		text, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := s.Sign("at+jwt", text)
		if err != nil {
			t.Fatal(err)
		}
		credentials[name] = "Authorization: Bearer " + signed
		assumed[name] = &conf.TestAs{Issuer: "corp", Claims: conf.JSON(text)}
	}
	token("reader", signer, nil)
	token("writer", signer, map[string]any{"scope": "read write", "tenant": "t2"})
	token("stray", signer, map[string]any{"tenant": "t9"})
	token("scopeless", signer, map[string]any{"scope": ""})
	good := maps.Clone(assumed)
	token("expired", signer, map[string]any{"exp": time.Now().Add(-time.Hour).Unix()})
	token("elsewhere", signer, map[string]any{"aud": "other"})
	token("forged", stranger, nil)
	credentials["broken"] = "Authorization: Bearer a.b"
	credentials["basic"] = "Authorization: Basic YTpi"
	credentials["key"] = "X-API-Key: nobody"
	credentials["twice"] = credentials["reader"] + "\r\n" + credentials["writer"]
	return strings.ReplaceAll(agreeRoutes, "@DIR@", dir), credentials, good
}

// asked is a generated request.
type asked struct {
	method, host, target, body string
	fields                     []string
	caller, client             string
}

// ask generates a request that is odd in some places and not in others.
func ask(r *rand.Rand, callers []string) asked {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	q := asked{
		method: pick("GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", "BREW"),
		host:   pick("api.example", "api.example", "API.example:80", "shop.example", "a.b.example", "example", "elsewhere.test", "api.example."),
		target: pick("/v1/orders/42", "/v1/orders", "/v1/tenants/t1/x", "/v1/tenants/t2", "/partners/x", "/files/a", "/files/private/a",
			"/page", "/watched/1", "/old/a/b", "/nowhere", "/", "/v1/orders/"),
		client: pick("198.51.100.1", "192.0.2.7", "10.1.2.3", "2001:db8::1"),
		caller: callers[r.IntN(len(callers))],
	}
	if r.IntN(3) == 0 {
		at := r.IntN(len(q.target)) + 1
		q.target = q.target[:at] + pick("/", "//", "/./", "/../", "%2F", "%2f..%2f", "%5C", "\\", "%252F", "%2e%2e/", ";a=b", "%", "%zz", "%00", "%41",
			"%c0%af", "#", "..;/", "a", "é", "|", "/%2e/", "?/../", "%3f") + q.target[at:]
	}
	if r.IntN(4) == 0 {
		q.target += pick("?a=b", "?", "?q=1%20union%20select%201,2--%20-", "?q=<script>alert(1)</script>", "?%zz", "?a=b&a=c", "?q=../../etc/passwd", "?a#b")
	}
	if q.method == "POST" || q.method == "PUT" || r.IntN(10) == 0 {
		q.body = pick(`{"id":1}`, `{"id":"1"}`, `[]`, `{"id":1,"id":2}`, "x=1", strings.Repeat("x", 100), `{"id":`, "")
		q.fields = append(q.fields, "Content-Type: "+pick("application/json", "application/json; charset=utf-8", "text/plain", "nonsense"))
	}
	for range r.IntN(3) {
		q.fields = append(q.fields, pick("X-Beta: 1", "X-Beta: 2", "X_Beta: 1", "Origin: https://app.example", "Access-Control-Request-Method: PUT",
			"User-Agent: sqlmap/1.0", "Accept: */*", "Expect: 200-ok", "Bad Name: x", "X-Control: \x01", "Content-Length: x", "Content-Type: a/b",
			"X-Long: "+strings.Repeat("y", 200), " folded", "Cookie: a=b", "X-API-Key: x", "Upgrade: websocket"))
	}
	return q
}

// send sends the request on a connection of its own.
func (q *asked) send(h *harness, id int, credential string) (status int) {
	h.t.Helper()
	c, err := net.Dial("tcp", h.address)
	if err != nil {
		h.t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	fields := append([]string{"Host: " + q.host, fmt.Sprintf("X-Request-ID: q%d", id), "X-Forwarded-For: " + q.client}, q.fields...)
	if credential != "" {
		fields = append(fields, credential)
	}
	if q.body != "" && !slices.Contains(q.fields, "Content-Length: x") {
		fields = append(fields, fmt.Sprintf("Content-Length: %d", len(q.body)))
	}
	if _, err := fmt.Fprintf(c, "%s %s HTTP/1.1\r\n%s\r\n\r\n%s", q.method, q.target, strings.Join(fields, "\r\n"), q.body); err != nil {
		h.t.Fatal(err)
	}
	a, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: q.method})
	if err != nil {
		h.t.Fatalf("%q %q %q: %v", q.method, q.target, q.fields, err)
	}
	io.Copy(io.Discard, a.Body)
	return a.StatusCode
}

// question is the same request for an explanation.
func (q *asked) question(credential string) Question {
	fields := q.fields
	if credential != "" {
		fields = append(fields[:len(fields):len(fields)], strings.Split(credential, "\r\n")...)
	}
	return Question{Method: q.method, URL: "http://" + q.host + q.target, Fields: fields, Body: []byte(q.body), From: netip.MustParseAddr(q.client)}
}

// TestExplainAgrees proves that an explanation and the running server decide the same: route, status and reason.
func TestExplainAgrees(t *testing.T) {
	tables, credentials, assumed := agreeWorld(t)
	log := filepath.Join(t.TempDir(), "access.log")
	text := strings.NewReplacer(
		"timeouts =", "client_ip = { trust = [\"127.0.0.0/8\"] }\ntimeouts =",
		`to = "off"`, fmt.Sprintf("to = %q, sample_2xx = \"100%%\"", log),
		"[upstreams.app]", "[upstreams.other]\nnodes = { a = \"@UPSTREAM@\" }\n[upstreams.app]",
	).Replace(prologue) + tables
	h := startWith(t, text, nil)
	c, _, err := conf.Load(h.file)
	if err != nil {
		t.Fatal(err)
	}
	o, problems := NewOffline(c)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	defer o.Close()

	callers := []string{"none", "reader", "reader", "writer", "stray", "scopeless", "expired", "elsewhere", "forged", "broken", "basic", "key", "twice"}
	r := rand.New(rand.NewPCG(1, 2))
	const many = 4000
	requests := make([]asked, many)
	statuses := make([]int, many)
	for i := range requests {
		requests[i] = ask(r, callers)
		statuses[i] = requests[i].send(h, i, credentials[requests[i].caller])
	}
	h.access.Load().flush()
	served := readLines(t, log)
	seen := map[string]int{}
	for i := range requests {
		q := &requests[i]
		d, err := o.Decide(q.question(credentials[q.caller]))
		if err != nil {
			t.Errorf("%+v: %v", q, err)
			continue
		}
		line, ok := served[fmt.Sprintf("q%d", i)]
		if !ok {
			if d.Decision != "refuse" || d.Route != "" { // what has no reading has no id of the client's
				t.Errorf("%+v: no access line; explained\n%s", q, d)
			}
			line.Reason = d.Reason
		}
		same := d.reply.Status == statuses[i] || d.Decision == "forward" && line.Origin == "upstream" // whose status it is then
		if !same || d.Route != line.Route || d.Reason != line.Reason {
			t.Errorf("%+v\nserved: %+v, explained:\n%s", q, line, d)
		}
		if as := assumed[q.caller]; as != nil {
			question := q.question("")
			question.As = as
			a, err := o.Decide(question)
			if err != nil || a.Route != d.Route || a.Decision != d.Decision || a.Reason != d.Reason {
				t.Errorf("%+v\nwith the token:\n%sassumed (%v):\n%s", q, d, err, a)
			}
		}
		seen[d.Route+" "+d.Decision+" "+d.Reason]++
	}
	if len(seen) < 60 {
		t.Errorf("only %d different decisions were generated: %v", len(seen), seen)
	}
}

// accessLine is what the tests read of the access log.
type accessLine struct {
	ID     string `json:"request_id"`
	Route  string `json:"route"`
	Origin string `json:"origin"`
	Reason string `json:"reason"`
}

// readLines reads an access log, by request id.
func readLines(t *testing.T, file string) map[string]accessLine {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := map[string]accessLine{}
	for d := json.NewDecoder(f); ; {
		var l accessLine
		if err := d.Decode(&l); err == io.EOF {
			return lines
		} else if err != nil {
			t.Fatal(err)
		}
		lines[l.ID] = l
	}
}
