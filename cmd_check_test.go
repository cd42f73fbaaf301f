package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeFile(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const goodConfiguration = `schema = 1
[listeners.public]
address = ":8080"
[upstreams.app]
nodes = { a = "127.0.0.1:9000" }
[routes.all]
match = { path = "/*" }
auth  = "anonymous"
to    = "app"
`

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	good := writeFile(t, dir, "good.toml", goodConfiguration)
	bad := writeFile(t, dir, "bad.toml", strings.Replace(goodConfiguration, "to    = \"app\"", "to    = \"ap\"\nclour = 1", 1))
	doubtful := writeFile(t, dir, "doubtful.toml", goodConfiguration+"[gateway]\nadmin = { token = \"hunter2\" }\n")
	f := func(wantCode int, wantOut string, args ...string) {
		t.Helper()
		var out, stderr bytes.Buffer
		code := check(args, &out, &stderr)
		if got := strings.ReplaceAll(out.String(), dir+"/", ""); code != wantCode || got != wantOut {
			t.Errorf("check %v: exit %d, want %d; got\n%swant\n%s%s", args, code, wantCode, got, wantOut, &stderr)
		}
		if code == exitUsage && !strings.Contains(stderr.String(), "usage: ") {
			t.Errorf("check %v does not say how it is used: %q", args, &stderr)
		}
	}
	const warned = "doubtful.toml:11:19: warning: token is a secret in clear text; write { file = \"...\" } or { env = \"...\" }\n"
	const mistaken = "bad.toml:9:9: there is no upstream \"ap\"; did you mean \"app\"?\n" +
		"bad.toml:10:1: unknown key \"clour\"; the keys here are address, auth, cache, canary, concurrency, content, cors, cost, events, forward, headers, limits, mask, match, mirror, normalize, penalties, penalty, quota, rate, rates, redirect, request_headers, require, respond, rewrite, split, timeout, to, upgrade, use, waf\n"
	f(exitFine, "", good)
	f(exitFine, warned, doubtful)
	f(exitWrong, warned, "--strict", doubtful)
	f(exitWrong, warned, doubtful, "--strict")
	f(exitWrong, mistaken, bad)
	f(exitWrong, mistaken+warned, good, bad, doubtful)
	f(exitWrong, "nowhere.toml: cannot read the file: no such file or directory\n", filepath.Join(dir, "nowhere.toml"))
	f(exitUsage, "")
	f(exitUsage, "", "--format", "xml", good)
	f(exitUsage, "", "--colour", good)
}

func TestCheckFormats(t *testing.T) {
	bad := writeFile(t, t.TempDir(), "bad.toml", strings.Replace(goodConfiguration, "\"app\"", "\"<app>\"", 1))
	f := func(format, want string) {
		t.Helper()
		var out, stderr bytes.Buffer
		if code := check([]string{"--format", format, bad}, &out, &stderr); code != exitWrong {
			t.Errorf("exit %d: %s", code, &stderr)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, out.Bytes()); err != nil {
			t.Fatalf("%v:\n%s", err, &out)
		}
		if got := strings.ReplaceAll(compact.String(), bad, "bad.toml"); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	const message = `"there is no upstream \"<app>\"; did you mean \"app\"?"`
	f("json", `[{"file":"bad.toml","line":9,"col":9,"warning":false,"message":`+message+`}]`)
	f("sarif", `{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"tool":{"driver":{"name":"sallyport","rules":[{"id":"configuration"}]}},`+
		`"results":[{"ruleId":"configuration","level":"error","message":{"text":`+message+`},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"bad.toml"},"region":{"startLine":9,"startColumn":9}}}]}]}]}`)
}

func TestRender(t *testing.T) {
	dir := t.TempDir()
	good := writeFile(t, dir, "good.toml", goodConfiguration)
	var first, second, stderr bytes.Buffer
	if code := render([]string{good}, &first, &stderr); code != exitFine {
		t.Fatalf("exit %d: %s", code, &stderr)
	}
	rendered := writeFile(t, dir, "rendered.toml", first.String())
	if code := render([]string{rendered}, &second, &stderr); code != exitFine || first.String() != second.String() {
		t.Errorf("exit %d: %s; rendered again:\n%s", code, &stderr, &second)
	}
	if code := render(nil, &first, &stderr); code != exitUsage {
		t.Errorf("exit %d without a file", code)
	}
	if code := render([]string{writeFile(t, dir, "bad.toml", "schema = 2")}, &first, &stderr); code != exitWrong {
		t.Errorf("exit %d for a bad file", code)
	}
}
