package conf

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const merging = `schema = 1

[policies.one]
auth            = "anonymous"
rate            = { key = "client.ip", limit = "1/s" }
rates.a         = { key = "client.ip", limit = "2/s" }
waf             = { paranoia = 2, exclude = [{ rules = ["1"] }] }
headers         = { remove = ["A"], set = { X = "1", Y = "1" } }
timeout         = { request = "1s", attempt = "100ms" }
normalize       = { merge_slashes = false }
cache           = { ttl = "1s" }
concurrency     = { max = 1 }

[policies.two]
auth            = { any = ["issuer:corp"] }
require         = { scopes_any = ["two"] }
rates.b         = { key = "client.ip", limit = "3/s" }
waf             = { threshold = 7, exclude = [{ rules = ["2"] }] }
headers         = { remove = ["B"], set = { Y = "2" }, add = { Z = "2" } }
timeout         = { request = "2s" }

[routes.r]
match           = { path = "/*" }
use             = ["one", "two"]
require         = { scopes_all = ["r"] }
rate            = { key = "route", limit = "9/s" }
rates.b         = { key = "route", limit = "4/s" }
headers         = { set = { X = "3" } }
timeout         = { attempt = "300ms" }
to              = "app"

[routes.other]
match           = { path = "/other" }
use             = ["one"]
to              = "app"

[issuers.corp]
issuer    = "https://id.example.com"
audiences = ["a"]

[upstreams.app]
nodes = { a = "127.0.0.1:9000" }
`

func TestPoliciesBecomePartOfRoutes(t *testing.T) {
	c, _, err := Parse("x.toml", []byte(merging))
	if err != nil {
		t.Fatal(err)
	}
	r := c.Routes["r"]
	f := func(what string, got, want any) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	f("auth", r.Auth.Any, "[issuer:corp]")
	f("require", len(r.Require), 2)
	f("require of the policy", r.Require[0].ScopesAny, "[two]")
	f("require of the route", r.Require[1].ScopesAll, "[r]")
	f("rate", r.Rate.Limit, "[9/s]")
	f("rate's name", r.Rate.Name, "routes.r")
	f("rates", names(r.Rates), "[a b]")
	f("rate a", r.Rates["a"].Name, "policies.one.a")
	f("rate b", r.Rates["b"].Limit, "[4/s]")
	f("paranoia", r.WAF.Paranoia, 2)
	f("threshold", r.WAF.Threshold, 7)
	f("ruleset", r.WAF.Ruleset, "crs")
	f("exclude", r.WAF.Exclude[0].Rules[0]+r.WAF.Exclude[1].Rules[0], "12")
	f("remove", r.Headers.Remove, "[A B]")
	f("set", r.Headers.Set, "map[X:3 Y:2]")
	f("add", r.Headers.Add, "map[Z:2]")
	f("request", r.Timeout.Request, "2s")
	f("attempt", r.Timeout.Attempt, "300ms")
	f("merge_slashes", *r.Normalize.MergeSlashes, false)
	f("ttl", r.Cache.TTL, "1s")
	f("a shared limit's name", r.Concurrency.Name, "policies.one")
	if !reflect.DeepEqual(r.Concurrency, c.Routes["other"].Concurrency) {
		t.Error("two routes do not have the same limit of a policy")
	}
	f("the place of what a policy says", c.At("routes", "r", "waf", "threshold"), "x.toml:18:33")
	f("the place of what the route says", c.At("routes", "r", "timeout", "attempt"), "x.toml:29:31")
	f("the place of what nobody says", c.At("routes", "r", "waf", "over"), "x.toml:18:1")
	f("the place of nothing", c.At("nowhere"), "x.toml")
}

func TestInclude(t *testing.T) {
	dir := t.TempDir()
	f := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f("main.toml", "schema = 1\ninclude = [\"conf.d/*.toml\"]\n[listeners.public]\naddress = \":8080\"\n")
	f("conf.d/a.toml", "[upstreams.a]\nnodes = { a = \"127.0.0.1:9000\" }\n[issuers.corp]\nissuer = \"x\"\naudiences = [\"a\"]\njwks = { file = \"keys.json\" }\n")
	f("conf.d/b.toml", "[upstreams.b]\nnodes = { a = \"127.0.0.1:9000\" }\n[routes.r]\nmatch = { path = \"/\" }\nauth = \"anonymous\"\nto = \"a\"\n")
	f("conf.d/keys.json", "{}")
	main := filepath.Join(dir, "main.toml")
	c, warnings, err := Load(main)
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	if got := string(c.Issuers["corp"].JWKS.File); got != filepath.Join(dir, "conf.d/keys.json") {
		t.Errorf("a file is not relative to the file that names it: %s", got)
	}
	if got := c.At("routes", "r").String(); got != filepath.Join(dir, "conf.d/b.toml")+":3:1" {
		t.Errorf("the place is %s", got)
	}
	f("conf.d/c.toml", "[upstreams.a]\nnodes = { a = \"127.0.0.1:9001\" }\n[gateway]\nthread = 1\n")
	f("conf.d/d.toml", "this is not TOML\n")
	_, _, err = Load(main)
	want := strings.ReplaceAll(`DIR/conf.d/c.toml:1:1: upstreams.a is already defined at DIR/conf.d/a.toml:1:1
DIR/conf.d/c.toml:4:1: unknown key "thread"; did you mean "threads"?
DIR/conf.d/d.toml:1:6: not TOML: expected '.' or '=', but got 'i' instead`, "DIR", dir)
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	_, _, err := Parse("x.toml", []byte(`schema = 1
[listeners.public]
adress = ":8080"
limits = { headers = "many" }
[issuers.corp]
audiences = []
[routes.all]
match = { path = "v1", methods = ["get"] }
to = "ap"
rate = { key = "ip", limit = 5 }
[upstreams.app]
nodes = { a = "127.0.0.1" }
`))
	want := `x.toml:3:1: unknown key "adress"; did you mean "address"?
x.toml:4:22: headers is "many"; it takes a whole number
x.toml:5:1: issuer is missing: the iss of its tokens; an https URL where keys are discovered
x.toml:6:13: audiences is empty: no token would be taken
x.toml:7:1: auth is missing; write who is let in, "anonymous", { any = ["issuer:NAME"] } or { all = ["issuer:NAME", "mtls"] }
x.toml:8:18: path: "v1" is not a path; write "/v1"
x.toml:8:35: methods are compared with their case; write "GET"
x.toml:9:6: there is no upstream "ap"; did you mean "app"?
x.toml:10:16: key: "ip" is not an attribute; the attributes are client.ip, client.ip/24, principal, principal.CLAIM, header.NAME, cookie.NAME, query.NAME, path.NAME, route or host
x.toml:10:30: limit: 5 has no unit; write "5/s"
x.toml:12:15: node a: "127.0.0.1" has no port; write one such as "127.0.0.1:8080"`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestRepeatsDoNotHideOtherMistakes(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, _, err := Parse("x.toml", []byte(text))
		if err == nil || err.Error() != want {
			t.Errorf("got\n%v\nwant\n%s", err, want)
		}
	}
	f("schema = 1\nschema = 2\n[gateway]\nthread = 1\nname = 'a'\nname = 'b'\n", `x.toml:2:1: schema is already defined at 1:1
x.toml:4:1: unknown key "thread"; did you mean "threads"?
x.toml:6:1: name is already defined at 5:1`)
	f("schema = 1\nschema = 2\n[gateway]\n[gateway]\nname = \n", `x.toml:2:1: schema is already defined at 1:1
x.toml:4:1: [gateway] is already defined at 3:1`)
	f("schema = 1\nschema = 2\nx =\n[gateway]\n[gateway]\n", `x.toml:2:1: schema is already defined at 1:1
x.toml:3:4: not TOML: expected value but found '\n' instead`)
}
