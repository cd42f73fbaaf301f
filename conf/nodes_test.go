package conf

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadNodes(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "nodes.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		nodes, err := ReadNodes(Path(path))
		got := fmt.Sprint(nodes)
		if err != nil {
			got = strings.ReplaceAll(err.Error(), path, "FILE")
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%q gives\n%s\nwant\n%s", text, got, want)
		}
	}
	f(`a = "127.0.0.1:9000"`, `[{a 127.0.0.1:9000 1 }]`)
	f("b = { address = \"h:2\", weight = 3, zone = \"z\" }\na = \"h:1\"", `[{a h:1 1 } {b h:2 3 z}]`)
	f("[nodes]\na = \"h:1\"", `[{a h:1 1 }]`)
	f("nodes = { address = \"h:1\" }", `[{nodes h:1 1 }]`)
	f("", "FILE: there is no node in the file")
	f("a = 7", "FILE:1:5: ")
	f("a = {}", "FILE:1:")
	f("a = ", "FILE:1:")
}
