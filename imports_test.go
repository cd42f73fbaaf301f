package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// arrows are which of our packages a folder may import. The longest folder of the table that holds a package is its own;
// what that imports from itself is its affair. Tests are not judged: they build what they test from all sides.
var arrows = map[string][]string{
	"internal":      {},
	"conf":          {},
	"cache":         {"internal"},
	"lb":            {"conf", "internal"},
	"filters":       {"conf", "cache", "internal"},
	"gateway":       {"conf", "cache", "filters", "lb", "internal"},
	"gateway/admin": {"conf", "gateway", "internal"},
	"loadtest":      {},
	".":             {"conf", "filters", "gateway", "gateway/admin", "internal"}, // the command line; waf explains and tunes
}

// homes are the only folders that may import these libraries, so that each can be replaced in one place.
var homes = map[string][]string{
	"github.com/BurntSushi/toml":              {"conf"},
	"github.com/lestrrat-go/jwx":              {"internal/jose"},
	"github.com/coocood/freecache":            {"cache"},
	"github.com/valyala/fasthttp":             {"gateway", "loadtest"},
	"github.com/gofiber/fiber":                {"gateway/admin"},
	"github.com/redis/rueidis":                {"internal/state"},
	"github.com/corazawaf/coraza-coreruleset": {"filters/waf"},
	"github.com/pires/go-proxyproto":          {"gateway"},
}

func TestImports(t *testing.T) {
	for _, fault := range importFaults(t, os.DirFS(".")) {
		t.Error(fault)
	}
}

// importFaults judges all imports of the module's files in fsys.
func importFaults(t *testing.T, fsys fs.FS) (faults []string) {
	t.Helper()
	err := fs.WalkDir(fsys, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() != "." && strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case path.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		source, err := fs.ReadFile(fsys, file)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.ImportsOnly)
		if err != nil {
			return err
		}
		from := area(path.Dir(file))
		if from == "" {
			faults = append(faults, file+": "+path.Dir(file)+" has no place in the table of imports")
			return nil
		}
		for _, i := range parsed.Imports {
			if fault := judge(path.Dir(file), from, strings.Trim(i.Path.Value, `"`)); fault != "" {
				faults = append(faults, file+": "+fault)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return faults
}

// judge says what is wrong with an import of a folder in the area from, if anything is.
func judge(folder, from, imported string) string {
	if target, ours := strings.CutPrefix(imported, "sallyport/"); ours {
		if to := area(target); to == "" || to != from && !slices.Contains(arrows[from], to) {
			return from + " must not import " + imported
		}
		return ""
	}
	for library, folders := range homes {
		if within(imported, library) && !slices.ContainsFunc(folders, func(f string) bool { return within(folder, f) }) {
			return "only " + strings.Join(folders, " and ") + " may import " + library
		}
	}
	return ""
}

// area is the longest folder of the table that holds this one; empty if there is none.
func area(folder string) string {
	for ; folder != "."; folder = path.Dir(folder) {
		if _, ok := arrows[folder]; ok {
			return folder
		}
		if path.Dir(folder) == "." {
			return ""
		}
	}
	return "."
}

// within says whether a path is this one or below it.
func within(p, parent string) bool { return p == parent || strings.HasPrefix(p, parent+"/") }

func TestImportFaults(t *testing.T) {
	f := func(file, imports, want string) {
		t.Helper()
		source := fstest.MapFS{file: {Data: []byte("package p\nimport " + strconv.Quote(imports))}}
		if got := strings.Join(importFaults(t, source), "; "); got != want {
			t.Errorf("%s importing %s: %q, want %q", file, imports, got, want)
		}
	}
	f("lb/pool.go", "sallyport/conf", "")
	f("lb/pool.go", "sallyport/internal/wire", "")
	f("lb/inner/pool.go", "sallyport/lb", "")
	f("lb/pool.go", "sallyport/gateway", "lb/pool.go: lb must not import sallyport/gateway")
	f("lb/pool_test.go", "sallyport/gateway", "")
	f("lb/pool.go", "sallyport/confuse", "lb/pool.go: lb must not import sallyport/confuse")
	f("internal/wire/head.go", "sallyport/internal/slots", "")
	f("internal/wire/head.go", "sallyport/conf", "internal/wire/head.go: internal must not import sallyport/conf")
	f("gateway/serve.go", "sallyport/gateway/admin", "gateway/serve.go: gateway must not import sallyport/gateway/admin")
	f("gateway/admin/server.go", "sallyport/gateway", "")
	f("main.go", "sallyport/gateway/admin", "")
	f("main.go", "sallyport/lb", "main.go: . must not import sallyport/lb")
	f("other/a.go", "sallyport/conf", "other/a.go: other has no place in the table of imports")
	f("loadtest/stub/stub.go", "sallyport/conf", "loadtest/stub/stub.go: loadtest must not import sallyport/conf")
	f("filters/auth/auth.go", "github.com/lestrrat-go/jwx/v2/jwt", "filters/auth/auth.go: only internal/jose may import github.com/lestrrat-go/jwx")
	f("filters/auth/auth_test.go", "github.com/lestrrat-go/jwx/v2/jwt", "")
	f("gateway/serve.go", "github.com/gofiber/fiber/v2", "gateway/serve.go: only gateway/admin may import github.com/gofiber/fiber")
	f("internal/wire/head.go", "github.com/lestrrat-go/jwx/v2/jwt", "internal/wire/head.go: only internal/jose may import github.com/lestrrat-go/jwx")
	f("gateway/serve.go", "net/http", "")
}
