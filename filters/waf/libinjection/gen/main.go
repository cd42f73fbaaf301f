// Command gen writes the tables of package libinjection: the words of SQL and what they are, the fingerprints of injections,
// and the names of HTML that run scripts. They are facts which the C library collected; they come from the source of its Go
// port, in the version that go.mod names. Run it with "go generate ./filters/waf/libinjection".
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

func main() {
	log.SetFlags(0)
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/corazawaf/libinjection-go").Output()
	if err != nil {
		log.Fatal(err)
	}
	dir := strings.TrimSpace(string(out))
	var words, fingerprints []string
	for word, kind := range mapLiteral(filepath.Join(dir, "sqli_data.go"), "sqlKeywords") {
		if kind == "F" {
			fingerprints = append(fingerprints, word[1:])
		} else {
			words = append(words, kind+word)
		}
	}
	write("words.txt", words)
	write("fingerprints.txt", fingerprints)

	names := filepath.Join(dir, "xss_decls.go")
	var attributes []string
	for _, e := range structList(names, "blackEvents") {
		attributes = append(attributes, kinds[e[1]]+"ON"+e[0])
	}
	for _, e := range structList(names, "blacks") {
		attributes = append(attributes, kinds[e[1]]+e[0])
	}
	write("attributes.txt", attributes)
	var tags []string
	for _, e := range structList(names, "blackTags") {
		tags = append(tags, e[0])
	}
	write("tags.txt", tags)
}

// kinds are the letters for what an attribute's value can do.
var kinds = map[string]string{
	"attributeTypeBlack": "!", "attributeTypeAttrURL": "u", "attributeTypeStyle": "s", "attributeTypeAttrIndirect": "i",
}

func write(name string, lines []string) {
	slices.Sort(lines)
	if err := os.WriteFile(name, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Println(name, len(lines))
}

// literal finds the composite literal of a package variable.
func literal(file, name string) *ast.CompositeLit {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range g.Specs {
			if v, ok := s.(*ast.ValueSpec); ok && v.Names[0].Name == name && len(v.Values) == 1 {
				return v.Values[0].(*ast.CompositeLit)
			}
		}
	}
	log.Fatalf("%s has no %s", file, name)
	return nil
}

func text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.BasicLit:
		if e.Kind == token.CHAR {
			c, _, _, err := strconv.UnquoteChar(e.Value[1:], '\'')
			if err != nil {
				log.Fatal(err)
			}
			return string(c)
		}
		s, err := strconv.Unquote(e.Value)
		if err != nil {
			log.Fatal(err)
		}
		return s
	}
	log.Fatalf("unexpected %T", e)
	return ""
}

func mapLiteral(file, name string) map[string]string {
	m := map[string]string{}
	for _, e := range literal(file, name).Elts {
		kv := e.(*ast.KeyValueExpr)
		m[text(kv.Key)] = text(kv.Value)
	}
	return m
}

func structList(file, name string) (list [][2]string) {
	for _, e := range literal(file, name).Elts {
		if c, ok := e.(*ast.CompositeLit); ok {
			list = append(list, [2]string{text(c.Elts[0]), text(c.Elts[1])})
		} else {
			list = append(list, [2]string{text(e)})
		}
	}
	return list
}
