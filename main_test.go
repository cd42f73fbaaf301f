package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestHelp asks every command for help.
func TestHelp(t *testing.T) {
	f := func(want string, args ...string) {
		t.Helper()
		var out, stderr bytes.Buffer
		if code := dispatch(args, &out, &stderr); code != exitFine || !strings.Contains(out.String(), want) || stderr.Len() > 0 {
			t.Errorf("%q: exit code %d, %q, %q", args, code, out.String(), stderr.String())
		}
	}
	f("usage: sallyport COMMAND", "help")
	f("usage: sallyport COMMAND", "-h")
	f("usage: sallyport COMMAND", "--help")
	for _, c := range commands {
		f("usage: sallyport "+c.name, c.name, "--help")
	}
}
