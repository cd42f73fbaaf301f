package waf

import (
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/metrics"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/wire"
)

// newFilter compiles a filter for a route called r.
func newFilter(t testing.TB, c *conf.WAF, sets map[string]*conf.Ruleset) *Filter {
	t.Helper()
	f, err := NewRulesets().New(c, sets, nil, testSite())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func testSite() *filters.Site { return &filters.Site{Route: "r", Metrics: metrics.NewSet()} }

func defaults() *conf.WAF {
	return &conf.WAF{Ruleset: "crs", Paranoia: 1, Threshold: 5, Body: 1 << 10, Over: "refuse", Mode: conf.Enforce}
}

// exchange makes an exchange of a head; the body is in memory, whole or not.
func exchange(t testing.TB, head, body string, whole bool) *filters.Exchange {
	t.Helper()
	x := &filters.Exchange{Client: netip.MustParseAddr("192.0.2.1"), ID: []byte("id")}
	head = strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n"
	if n, fault := x.Request.Parse([]byte(head), &wire.Limits{Head: 16 << 10, Target: 8 << 10, Fields: 100}); n != len(head) {
		t.Fatalf("head %q: %v", head, fault)
	}
	x.Request.Body.SetBytes([]byte(body))
	if !whole {
		x.Request.Body.SetStream([]byte(body), rest{})
	}
	return x
}

// rest is what was not read of a body.
type rest struct{}

func (rest) Next() ([]byte, error) { return nil, io.EOF }
func (rest) Trailer() *wire.Head   { return nil }
func (rest) Close()                {}

const browser = "\nHost: shop.example\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/143.0\nAccept: */*"

func TestFilter(t *testing.T) {
	filter := newFilter(t, defaults(), nil)
	f := func(head, body, want string) {
		t.Helper()
		x := exchange(t, head, body, true)
		got := "next"
		if filter.Request(x) == filters.Done {
			got = x.Denial.Code
		}
		if got != want {
			t.Errorf("%s: %s, want %s: %s", head, got, want, x.Findings)
		}
	}
	f("GET /v1/orders?page=2&sort=name HTTP/1.1"+browser, "", "next")
	f("GET /v1/orders?q=1'%20or%20'1'='1 HTTP/1.1"+browser, "", "waf.blocked")
	f("DELETE /v1/orders/7 HTTP/1.1"+browser, "", "next")
	f("POST /v1/orders HTTP/1.1"+browser+"\nContent-Type: application/json\nContent-Length: 17", `{"name":"Jo Doe"}`, "next")
	f("POST /v1/orders HTTP/1.1"+browser+"\nContent-Type: application/json\nContent-Length: 41",
		`{"name":"<script>alert(document.cookie)"}`, "waf.blocked")
}

func TestFindings(t *testing.T) {
	filter := newFilter(t, defaults(), nil)
	x := exchange(t, "GET /?q=1'%20or%20'secret'='secret HTTP/1.1"+browser, "", true)
	filter.Request(x)
	got := string(x.Findings)
	for _, part := range []string{`"score":`, `"id":942100`, `"target":"ARGS:q"`} {
		if !strings.Contains(got, part) {
			t.Errorf("findings lack %s: %s", part, got)
		}
	}
	if strings.Contains(got, "secret") {
		t.Errorf("findings show a value: %s", got)
	}
}

func TestOver(t *testing.T) {
	f := func(over, want string) {
		t.Helper()
		c := defaults()
		c.Over = over
		head := "POST / HTTP/1.1" + browser + "\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 5000"
		x := exchange(t, head, "q=1'+or+'1'='1", false)
		got := "next"
		if newFilter(t, c, nil).Request(x) == filters.Done {
			got = x.Denial.Code
		}
		if got != want {
			t.Errorf("over = %s: %s, want %s", over, got, want)
		}
	}
	f("refuse", "body.too_large")
	f("prefix", "waf.blocked")
	f("pass", "next")
}

func TestShadow(t *testing.T) {
	c := defaults()
	c.Mode = conf.Shadow
	x := exchange(t, "GET /?q=1'%20or%20'1'='1 HTTP/1.1"+browser, "", true)
	if newFilter(t, c, nil).Request(x) != filters.Next || x.Shadowed == nil || x.Shadowed.Code != "waf.blocked" {
		t.Errorf("shadow: denial %v, shadowed %v", x.Denial, x.Shadowed)
	}
}

func TestExclude(t *testing.T) {
	f := func(e conf.Exclusion, head, want string) {
		t.Helper()
		c := defaults()
		c.Exclude = []conf.Exclusion{e}
		x := exchange(t, head+browser, "", true)
		got := "next"
		if newFilter(t, c, nil).Request(x) == filters.Done {
			got = x.Denial.Code
		}
		if got != want {
			t.Errorf("%+v: %s: %s, want %s", e, head, got, want)
		}
	}
	const q, p = "GET /?q=1'%20or%20'1'='1 HTTP/1.1", "GET /?p=1'%20or%20'1'='1 HTTP/1.1"
	f(conf.Exclusion{Rules: []string{"942000-942999"}}, q, "next")
	f(conf.Exclusion{Tags: []string{"attack-sqli"}}, q, "next")
	f(conf.Exclusion{Rules: []string{"942000-942999"}, Targets: []string{"ARGS:q"}}, q, "next")
	f(conf.Exclusion{Rules: []string{"942000-942999"}, Targets: []string{"ARGS:q"}}, p, "waf.blocked")
	f(conf.Exclusion{Targets: []string{"ARGS:/^q$/"}}, q, "next")
	f(conf.Exclusion{Rules: []string{"941000-941999"}}, q, "waf.blocked")

	c := defaults()
	c.Exclude = []conf.Exclusion{{Rules: []string{"1000"}}}
	if _, err := NewRulesets().New(c, nil, nil, testSite()); err == nil {
		t.Error("an exclusion of a rule that does not exist was accepted")
	}
}

func TestOwnFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) conf.Path {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return conf.Path(path)
	}
	f := func(base, name, text, head, want string) {
		t.Helper()
		c := defaults()
		c.Ruleset = "own"
		sets := map[string]*conf.Ruleset{"own": {Base: base, Files: []conf.Path{file(name, text)}}}
		x := exchange(t, head+browser, "", true)
		got := "next"
		if newFilter(t, c, sets).Request(x) == filters.Done {
			got = x.Denial.Code
		}
		if got != want {
			t.Errorf("%s: %s: %s, want %s", text, head, got, want)
		}
	}
	const q = "GET /?q=1'%20or%20'1'='1 HTTP/1.1"
	f("crs", "x.conf", `SecRule REQUEST_HEADERS:X-Probe "@streq 1" "id:1,phase:1,deny"`, "GET / HTTP/1.1\nX-Probe: 1", "waf.blocked")
	f("crs", "x.conf", `SecRule ARGS:debug "@rx ." "id:1,phase:2,pass,setvar:tx.inbound_anomaly_score_pl1=+5"`,
		"GET /?debug=1 HTTP/1.1", "waf.blocked")
	f("crs", "x.conf", `SecRuleRemoveByTag attack-sqli`, q, "next")
	f("crs", "x.conf", `SecRule REQUEST_FILENAME "@streq /" "id:1,phase:1,pass,nolog,ctl:ruleRemoveByTag=attack-sqli"`, q, "next")
	f("crs", "crs-setup.conf", `SecAction "id:900001,phase:1,pass,nolog,setvar:tx.blocking_paranoia_level=4"`,
		"GET /?q=%2b%2b HTTP/1.1", "waf.blocked")
	f("", "x.conf", `SecRule ARGS:a "@streq b" "id:1,phase:2,deny"`, "GET /?a=b HTTP/1.1", "waf.blocked")
	f("", "x.conf", `SecRule ARGS:a "@streq b" "id:1,phase:2,deny"`, q, "next")

	c := defaults()
	c.Ruleset = "own"
	sets := map[string]*conf.Ruleset{"own": {Base: "crs", Files: []conf.Path{file("bad.conf", "\nSecRule ARGS \"@rbl x\" \"id:7,deny\"")}}}
	_, err := NewRulesets().New(c, sets, nil, testSite())
	if err == nil || !strings.Contains(err.Error(), "bad.conf:2: rule 7: operator @rbl is not supported") {
		t.Errorf("error %v does not name file, line and rule", err)
	}
}
