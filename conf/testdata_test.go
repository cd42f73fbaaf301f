package conf

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var rewriteWants = flag.Bool("rewrite", false, "write what was found into the first lines of testdata/*.bad.toml and *.warn.toml; read the difference before you keep it")

// TestBadFiles loads every testdata/*.bad.toml, each with one mistake, which is named in its first line, and every *.warn.toml with one
// doubtful thing.
func TestBadFiles(t *testing.T) {
	dir := fixtures(t)
	f := func(pattern string, found func(Problems, error) Problems, least int) {
		t.Helper()
		files, err := filepath.Glob("testdata/" + pattern)
		if err != nil || len(files) < least {
			t.Fatalf("%d files match %s, at least %d should: %v", len(files), pattern, least, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(dir, filepath.Base(file))
			_, warnings, err := Parse(name, text)
			got := strings.ReplaceAll(found(warnings, err).Error(), name+":", "")
			got = strings.ReplaceAll(got, dir+"/", "")
			got = strings.ReplaceAll(got, time.Now().Add(24*time.Hour).UTC().Format(time.DateOnly), "TOMORROW")
			first, rest, _ := bytes.Cut(text, []byte("\n"))
			if *rewriteWants {
				text = append([]byte("# want: "+got+"\n"), rest...)
				if err := os.WriteFile(file, text, 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if want := strings.TrimPrefix(string(first), "# want: "); got != want {
				t.Errorf("%s:\n got %s\nwant %s", file, got, want)
			}
		}
	}
	f("*.bad.toml", func(_ Problems, err error) Problems {
		mistakes, _ := err.(Problems)
		return mistakes
	}, 100)
	f("*.warn.toml", func(warnings Problems, err error) Problems {
		mistakes, _ := err.(Problems)
		return append(mistakes, warnings...)
	}, 10)
}

// TestGoodFiles loads every testdata/*.good.toml, without a warning.
func TestGoodFiles(t *testing.T) {
	t.Setenv("SALLYPORT_ADMIN_TOKEN", "hunter2")
	dir := fixtures(t)
	files, err := filepath.Glob("testdata/*.good.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no good files: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, warnings, err := Parse(filepath.Join(dir, filepath.Base(file)), text)
		if err != nil {
			t.Errorf("%s:\n%v", file, err)
		}
		if len(warnings) > 0 {
			t.Errorf("%s:\n%v", file, warnings)
		}
	}
}
