package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDiff(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	old := write("old.toml", `schema = 1
[listeners.public]
address = "127.0.0.1:0"
[policies.p]
rate = { key = "client.ip", limit = "10/s" }
[routes.a]
match = { path = "/a/*" }
use = ["p"]
auth = "anonymous"
respond = {}
[routes.gone]
match = { path = "/gone" }
auth = "anonymous"
respond = {}
[routes.same]
match = { path = "/same" }
auth = "anonymous"
respond = { status = 200 }
`)
	changed := write("new.toml", `schema = 1
[listeners.public]
address = "127.0.0.1:0"
[routes.same]
match = { path = "/same" }
auth = "anonymous"
respond = {}
[routes.a]
match = { path = "/a/*" }
rate = { key = "client.ip", limit = "1/s" }
auth = "anonymous"
address = { deny = ["10.0.0.0/8"] }
respond = {}
[routes.more]
match = { path = "/more" }
auth = "anonymous"
respond = {}
`)
	log := write("access.log", `{"time":"2026-11-24T12:00:00.000Z","client":"10.1.2.3","method":"GET","host":"h","path":"/a/x","status":200}
{"time":"2026-11-24T12:00:01.000Z","client":"192.0.2.1","method":"GET","host":"h","path":"/a/x","query":"q=1","status":200}
{"time":"2026-11-24T12:00:01.100Z","client":"192.0.2.1","method":"GET","host":"h","path":"/a/x","status":200}
{"time":"2026-11-24T12:00:09.000Z","client":"192.0.2.1","method":"GET","host":"h","path":"/a/x","status":200}
{"time":"2026-11-24T12:00:09.000Z","client":"192.0.2.1","method":"GET","host":"h","path":"/gone","status":200}
{"time":"2026-11-24T12:00:09.000Z","client":"192.0.2.1","method":"GET","host":"h","path":"/same","status":200}
{"time":"2026-11-24T12:00:09.000Z","client":"192.0.2.1","method":"GET","host":"h","path":"/same","principal":"who|x","status":200}
`)
	f := func(code int, want []string, args ...string) {
		t.Helper()
		var out, stderr bytes.Buffer
		if got := dispatch(append([]string{"diff"}, args...), &out, &stderr); got != code {
			t.Fatalf("%v: exit %d\n%s%s", args, got, &out, &stderr)
		}
		for _, line := range want {
			if !strings.Contains(out.String()+stderr.String(), line) {
				t.Errorf("%v: %q is not in\n%s%s", args, line, &out, &stderr)
			}
		}
	}
	differences := []string{
		`route a: address is new: { deny = ["10.0.0.0/8"]`,
		`route a: rate.limit was "10/s", is "1/s"`,
		`route gone is gone; it was {`,
		`route more is new: { match = { path = "/more" }`,
	}
	f(exitFine, differences, old, changed)
	f(exitFine, append(differences, "7 requests replayed, 3 change their verdict", "route a: 1 from respond 200 to refuse 403 address.denied",
		"route a: 1 from respond 200 to refuse 429 rate.client\n  GET h/a/x from 192.0.2.1", "route gone: 1 from respond 200 to refuse 404 route.none",
		"1 not compared"), "--replay", log, old, changed)
	f(exitFine, []string{"no difference"}, old, old)
	f(exitWrong, []string{"schema"}, old, write("bad.toml", "schema = 2"))
	f(exitWrong, []string{"access.log:2: not a line"}, "--replay", write("access.log", "{\"path\":\"/\",\"method\":\"GET\"}\n{"), old, changed)
	f(exitUsage, []string{"usage"}, old)
}
