package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestAuditCommand(t *testing.T) {
	dir := t.TempDir()
	risky := writeFile(t, dir, "risky.toml", goodConfiguration)
	bad := writeFile(t, dir, "bad.toml", "schema = 2\n")
	f := func(wantCode int, wantFirst string, args ...string) {
		t.Helper()
		var out, stderr bytes.Buffer
		code := audit(args, &out, &stderr)
		first, _, _ := strings.Cut(strings.ReplaceAll(out.String(), dir+"/", ""), "\n")
		if code != wantCode || first != wantFirst {
			t.Errorf("audit %v: exit %d, want %d; got\n%s\nwant\n%s\n%s", args, code, wantCode, first, wantFirst, &stderr)
		}
	}
	const first = `risky.toml:6:1: high: no-limit: route all has no rate limit; write rate = { key = "client.ip", limit = "100/s" } or the like`
	f(exitFine, first, risky)
	f(exitWrong, first, risky, "--fail", "medium")
	f(exitWrong, "", bad)
	f(exitUsage, "")
	f(exitUsage, "", risky, "--fail", "worst")
	f(exitUsage, "", risky, bad)
	var out, stderr bytes.Buffer
	var report auditReport
	if code := audit([]string{"--format", "json", risky}, &out, &stderr); code != exitFine || json.Unmarshal(out.Bytes(), &report) != nil || report.Score != report.Findings.Score() || report.Score == 0 {
		t.Errorf("exit %d, %s%s", code, &out, &stderr)
	}
}
