package conf

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestRenderLoadsToTheSame(t *testing.T) {
	t.Setenv("SALLYPORT_ADMIN_TOKEN", "hunter2")
	dir := fixtures(t)
	files, err := filepath.Glob("testdata/*.good.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		first, _, err := Parse(filepath.Join(dir, filepath.Base(file)), text)
		if err != nil {
			t.Fatal(err)
		}
		rendered := first.Render()
		second, warnings, err := Parse("elsewhere/rendered.toml", []byte(rendered))
		if err != nil || len(warnings) > 0 {
			t.Errorf("%s renders to what does not load: %v %v\n%s", file, err, warnings, rendered)
			continue
		}
		if again := second.Render(); again != rendered {
			t.Errorf("%s renders to\n%s\nwhich renders to\n%s", file, rendered, again)
		}
		comparable(first)
		comparable(second)
		if !reflect.DeepEqual(first, second) {
			t.Errorf("%s renders to something else:\n%s", file, rendered)
		}
	}
}

// comparable drops what a rendered configuration does not have: the policies, which are part of the routes, and the places.
func comparable(c *Config) {
	c.root, c.file, c.sources, c.Include, c.Policies = nil, "", nil, nil, map[string]*Policy{}
	for _, r := range c.Routes {
		r.Use = nil
	}
}

func TestRenderHidesSecrets(t *testing.T) {
	c, _, err := Parse("x.toml", []byte("schema = 1\n[gateway]\nadmin = { token = \"hunter2\" }\n"))
	if err != nil {
		t.Fatal(err)
	}
	if rendered := c.Render(); strings.Contains(rendered, "hunter2") {
		t.Errorf("the secret is shown:\n%s", rendered)
	}
	if value, err := c.Gateway.Admin.Token.Value(); value != "hunter2" || err != nil {
		t.Errorf("the secret is %q, %v", value, err)
	}
}

func TestTOMLString(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := tomlString(in); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	f(``, `""`)
	f(`a b`, `"a b"`)
	f(`a"b\c`, `"a\"b\\c"`)
	f("a\tb\nc\r\x00\x7f", `"a\tb\nc\r\u0000\u007F"`)
	f("é", `"é"`)
}
