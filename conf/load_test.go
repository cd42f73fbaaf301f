package conf

import "testing"

const fifteen = `schema = 1

[listeners.public]
address = ":8080"

[issuers.corp]
issuer    = "https://id.example.com"
audiences = ["https://api.example.com"]

[upstreams.app]
nodes = { a = "127.0.0.1:9000" }

[routes.all]
match   = { path = "/v1/*" }
auth    = { any = ["issuer:corp"] }
require = { scopes_any = ["api"] }
rate    = { key = "principal", limit = "50/s" }
to      = "app"
`

func TestFifteenLines(t *testing.T) {
	c, warnings, err := Parse("sallyport.toml", []byte(fifteen))
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) > 0 {
		t.Error(warnings)
	}
	r := c.Routes["all"]
	if r.Name != "all" || r.Match.Path != "/v1/*" || r.To[0].Upstream != "app" || r.Auth.Any[0].Name != "corp" || r.Require[0].ScopesAny[0] != "api" {
		t.Errorf("route is %+v", r)
	}
	if l := c.Listeners["public"]; l.Limits.Headers != 100 || l.Timeouts.Header.String() != "5s" {
		t.Errorf("listener is %+v", l)
	}
	if got := c.At("routes", "all", "rate", "limit").String(); got != "sallyport.toml:17:40" {
		t.Errorf("limit is at %s", got)
	}
}
