package conf

import "testing"

func TestFifteenLines(t *testing.T) {
	c, _, err := Load("testdata/fifteen-lines.good.toml")
	if err != nil {
		t.Fatal(err)
	}
	r := c.Routes["all"]
	if r.Name != "all" || r.Match.Path != "/v1/*" || r.To[0].Upstream != "app" || r.Auth.Any[0].Name != "corp" || r.Require[0].ScopesAny[0] != "api" {
		t.Errorf("route is %+v", r)
	}
	if l := c.Listeners["public"]; l.Limits.Headers != 100 || l.Timeouts.Header.String() != "5s" {
		t.Errorf("listener is %+v", l)
	}
	if got := c.At("routes", "all", "rate", "limit").String(); got != "testdata/fifteen-lines.good.toml:17:40" {
		t.Errorf("limit is at %s", got)
	}
}
