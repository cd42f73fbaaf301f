package conf

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// TestAudit audits a sound route to which one risk is added.
func TestAudit(t *testing.T) {
	const sound = `schema = 1
[listeners.public]
address = "127.0.0.1:8080"
LISTENER
[issuers.corp]
issuer = "https://id.example.com"
audiences = ["a"]
types = ["at+jwt"]
ISSUER
[upstreams.app]
nodes = { a = "127.0.0.1:9000" }
UPSTREAM
[routes.r]
ROUTE
[tests.t]
request = { url = "https://a.example/" }
expect = { route = "r" }
REST
`
	const route = "match = { path = \"/*\" }\nauth = { any = [\"issuer:corp\"] }\nrequire = { scopes_any = [\"a\"] }\nto = \"app\"\n"
	const limited = route + "rate = { key = \"principal\", limit = \"5/s\" }\n"
	const open = "match = { path = \"/*\", methods = [\"GET\"] }\nauth = \"anonymous\"\nto = \"app\"\nrate = { key = \"client.ip\", limit = \"5/s\" }\n[routes.known]\nuse = []\nmatch = { path = \"/known\" }\nrespond = {}\nauth = { any = [\"issuer:corp\"] }\n[tests.known]\nrequest = { url = \"https://a.example/\" }\nexpect = { route = \"known\" }\n"
	f := func(place, text string, want ...string) {
		t.Helper()
		whole := sound
		for _, p := range []string{"LISTENER", "ISSUER", "UPSTREAM", "ROUTE", "REST"} {
			with := ""
			if p == place {
				with = text
			} else if p == "ROUTE" {
				with = limited
			}
			whole = strings.Replace(whole, p+"\n", with+"\n", 1)
		}
		c, _, err := Parse("x.toml", []byte(whole))
		if err != nil {
			t.Fatalf("%v\n%s", err, whole)
		}
		var got []string
		for _, x := range c.Audit() {
			got = append(got, x.Severity.String()+" "+x.Code)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	f("", "")
	f("LISTENER", `proxy_protocol = { from = ["0.0.0.0/0"] }`, "high proxy-from-everywhere")
	f("LISTENER", `client_ip = { trust = ["::/0"] }`, "high trust-everywhere")
	f("LISTENER", `limits = { body = "1GiB" }`, "low large-bodies")
	f("LISTENER", `timeouts = { header = "1m", idle = "1h" }`, "low long-timeout", "low long-timeout")
	f("LISTENER", `normalize = { encoded_slash = "decode", dot_segments = "resolve", underscore_headers = "keep" }`, "medium underscore-headers", "low encoded-slash", "low dot-segments")
	f("ISSUER", `skew = "5m"`, "low long-skew")
	f("ISSUER", `jwks = { max_stale = "30d" }`, "medium stale-keys")
	f("UPSTREAM", `retry = { attempts = 5 }`, "medium retry-storm")
	f("UPSTREAM", "[upstreams.spare]\nnodes = { a = \"192.0.2.1:80\" }", "medium clear-text-upstream", "low unused")
	f("UPSTREAM", "[upstreams.spare]\nnodes = { a = \"10.0.0.1:80\", b = \"10.0.0.2:80\" }", "low no-health", "low unused")
	f("REST", "[state]\naddresses = [\"192.0.2.1:6379\"]\npassword = \"x\"\n", "medium clear-text-state", "medium literal-secret")
	f("REST", "[gateway]\nadmin = { listen = \"10.0.0.1:9090\", token = \"x\" }\n", "medium admin-exposed", "medium literal-secret")
	f("REST", "[routes.s]\nmatch = { path = \"/s\" }\nauth = \"anonymous\"\nrespond = {}\n", "low untested-routes")
	f("ROUTE", route, "medium no-limit")
	f("ROUTE", strings.Replace(limited, "require = { scopes_any = [\"a\"] }", "", 1), "medium no-require")
	f("ROUTE", open)
	f("ROUTE", strings.Replace(open, `["GET"]`, `["GET", "POST"]`, 1), "high anonymous-write", "low no-waf")
	f("ROUTE", strings.Replace(open, `rate = { key = "client.ip", limit = "5/s" }`, "", 1), "high no-limit")
	f("ROUTE", strings.Replace(open, `"client.ip"`, `"header.X-Key"`, 1), "medium key-of-the-clients-choice")
	f("ROUTE", limited+`waf = { mode = "shadow" }`, "medium waf-not-enforced")
	f("ROUTE", limited+`waf = { over = "pass", exclude = [{ rules = ["942000-942999"] }] }`, "low waf-bodies-over", "low wide-exclusion")
	f("ROUTE", limited+`address = { deny = ["10.0.0.0/8"], mode = "shadow" }`, "medium not-enforced")
	f("ROUTE", limited+`penalty = {}`, "medium not-enforced")
	f("ROUTE", limited+`cors = { origins = ["https://*.example.com"], credentials = true }`, "high cors-wildcard-credentials")
	f("ROUTE", limited+`cors = { origins = ["*"] }`, "medium cors-everywhere")
	f("ROUTE", limited+`cache = { set_cookie = "store" }`, "high stored-cookies")
	f("ROUTE", limited+`cache = { vary_on = ["header.Accept-Language"] }`, "medium shared-answers")
	f("ROUTE", limited+`normalize = { encoded_slash = "keep" }`, "low encoded-slash")
}

func TestAuditOfExamples(t *testing.T) {
	c, _, err := Load(filepath.Join("..", "deploy", "examples", "oauth-api.toml"))
	if err != nil {
		t.Fatal(err)
	}
	if a := c.Audit(); a.Score() < 90 {
		t.Errorf("score %d: %v", a.Score(), a)
	}
}
