package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/conf"
	"sallyport/internal/apikey"
)

func runKeys(args ...string) (code int, out, stderr string) {
	var o, e bytes.Buffer
	code = keys(args, &o, &e)
	return code, o.String(), e.String()
}

// The first line is the key, and the stanzas behind the keys, joined, are a keys file.
func TestKeysNew(t *testing.T) {
	var file strings.Builder
	texts := map[string]string{}
	for _, args := range [][]string{{"new", "acme"}, {"new", "zeta", "--scopes", "a:read, b", "--expires", "90d", "--owner", `O'Neil "&" <sons> é`}} {
		code, out, stderr := runKeys(args...)
		if code != exitFine {
			t.Fatalf("%q: %d %s", args, code, stderr)
		}
		key, stanza, _ := strings.Cut(out, "\n")
		texts[args[1]] = key
		file.WriteString(stanza)
	}
	path := filepath.Join(t.TempDir(), "keys.toml")
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := conf.LoadKeys(path)
	if err != nil || len(all) != 2 {
		t.Fatalf("%v in\n%s", err, file.String())
	}
	for id, text := range texts {
		if got := all[id].Digest[0]; got != apikey.SumOf([]byte(text)).Digest() {
			t.Errorf("%s: digest %s", id, got)
		}
	}
	zeta := all["zeta"]
	if strings.Join(zeta.Scopes, "|") != "a:read|b" || zeta.Owner != `O'Neil "&" <sons> é` || zeta.Expires.IsZero() || !all["acme"].Expires.IsZero() {
		t.Errorf("%+v", zeta)
	}
	if strings.Contains(file.String(), texts["acme"]) {
		t.Error("the file holds a key")
	}
}

// A key is replaced without a gap: both secrets are good until the old one is dropped.
func TestKeysRotate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.toml")
	run := func(want int, args ...string) string {
		t.Helper()
		code, out, stderr := runKeys(args...)
		if code != want {
			t.Fatalf("%q: exit %d; want %d: %s", args, code, want, stderr)
		}
		return strings.TrimSpace(out)
	}
	digests := func() conf.Digests {
		t.Helper()
		all, err := conf.LoadKeys(path)
		if err != nil {
			t.Fatal(err)
		}
		return all["acme"].Digest
	}
	of := func(key string) string { return apikey.SumOf([]byte(key)).Digest() }

	first := run(exitFine, "new", "acme", "--scopes", "a", "--file", path)
	run(exitFine, "new", "other", "--file", path)
	second := run(exitFine, "new", "acme", "--file", path)
	if d := digests(); len(d) != 2 || d[0] != of(first) || d[1] != of(second) {
		t.Fatalf("%q", d)
	}
	third := run(exitFine, "new", "acme", "--file", path)
	if d := digests(); len(d) != 2 || d[0] != of(second) || d[1] != of(third) {
		t.Fatalf("%q", d)
	}
	run(exitFine, "expire", path, "acme", "--old")
	if d := digests(); len(d) != 1 || d[0] != of(third) {
		t.Fatalf("%q", d)
	}
	run(exitWrong, "expire", path, "acme", "--old")
	run(exitWrong, "expire", path, "nobody")
	run(exitFine, "expire", path, "acme", "--in", "7d")
	run(exitFine, "expire", path, "acme")
	list := run(exitFine, "list", path)
	if !strings.Contains(list, "acme") || !strings.Contains(list, "expired") || !strings.Contains(list, "never") || strings.Contains(list, "sha256") {
		t.Errorf("%s", list)
	}
	if strings.Count(list, "\n") != 2 {
		t.Errorf("%s", list)
	}
}

func TestKeysUsage(t *testing.T) {
	f := func(want int, args ...string) {
		t.Helper()
		if code, _, _ := runKeys(args...); code != want {
			t.Errorf("%q: exit %d; want %d", args, code, want)
		}
	}
	f(exitUsage)
	f(exitUsage, "make")
	f(exitUsage, "new")
	f(exitUsage, "new", "a", "b")
	f(exitUsage, "new", "a.b")
	f(exitUsage, "new", "")
	f(exitUsage, "new", "a", "--expires", "90")
	f(exitUsage, "new", "a", "--expires", "-1d")
	f(exitUsage, "new", "a", "--scopes", "a,,b")
	f(exitUsage, "new", "a", "--owner", "a\nb")
	f(exitUsage, "new", "a", "--nonsense")
	f(exitUsage, "list")
	f(exitUsage, "expire", "x")
	f(exitUsage, "expire", "x", "y", "--in", "1d", "--old")
	f(exitWrong, "list", "does-not-exist")
	f(exitFine, "--help")
	f(exitFine, "new", "--help")
}
