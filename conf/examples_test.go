package conf

import (
	"os"
	"path/filepath"
	"testing"
)

// TestExamples loads every example configuration, without a warning. The certificates that one of them names are made here.
func TestExamples(t *testing.T) {
	dir := fixtures(t)
	for _, name := range []string{"server", "edge"} {
		for _, end := range []string{".pem", ".key"} {
			text, err := os.ReadFile(filepath.Join(dir, "a"+end))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name+end), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	files, err := filepath.Glob("../deploy/examples/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if formatted, err := Format(file, text); err != nil || string(formatted) != string(text) {
			t.Errorf("%s is not formatted, %v; run: go run . fmt -w %s", file, err, filepath.ToSlash(file[len("../"):]))
		}
		if filepath.Base(file) == "partners.keys.toml" {
			continue
		}
		if _, warnings, err := Parse(filepath.Join(dir, filepath.Base(file)), text); err != nil || len(warnings) > 0 {
			t.Errorf("%s: %v\n%v", file, err, warnings)
		}
	}
}
