package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func TestFmt(t *testing.T) {
	dir := t.TempDir()
	untidy := writeFile(t, dir, "untidy.toml", "schema=1\n[gateway]\nthreads=2\n")
	tidy := writeFile(t, dir, "tidy.toml", "schema = 1\n")
	broken := writeFile(t, dir, "broken.toml", "schema =\n")
	f := func(wantCode int, wantOut, wantErr string, args ...string) {
		t.Helper()
		var out, stderr bytes.Buffer
		code := format(args, &out, &stderr)
		if got := strings.ReplaceAll(out.String(), dir+"/", ""); code != wantCode || got != wantOut || !strings.Contains(stderr.String(), wantErr) {
			t.Errorf("fmt %v: exit %d, want %d; got\n%s\nwant\n%s\n%s", args, code, wantCode, got, wantOut, &stderr)
		}
	}
	const formatted = "schema = 1\n\n[gateway]\nthreads = 2\n"
	f(exitFine, formatted, "", untidy)
	f(exitWrong, "untidy.toml\n", "", "-l", tidy, untidy)
	f(exitWrong, "", "broken.toml:1:", broken)
	f(exitWrong, "", "no such file", dir+"/nowhere.toml")
	f(exitUsage, "", "usage: ")
	f(exitFine, "", "", "-w", tidy, untidy)
	if text, err := os.ReadFile(untidy); err != nil || string(text) != formatted {
		t.Errorf("written was %q, %v", text, err)
	}
	f(exitFine, "", "", "-l", tidy, untidy)
}
