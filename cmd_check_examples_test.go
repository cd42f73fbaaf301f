package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// TestExamplesCheck checks the examples as an operator does; the one with certificates needs files that only the operator has.
func TestExamplesCheck(t *testing.T) {
	files, err := filepath.Glob("deploy/examples/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		if base := filepath.Base(file); base == "mtls.toml" || strings.HasSuffix(base, ".keys.toml") {
			continue
		}
		var out, stderr bytes.Buffer
		if code := check([]string{"--strict", file}, &out, &stderr); code != exitFine {
			t.Errorf("%s: exit %d\n%s%s", file, code, &out, &stderr)
		}
	}
}
