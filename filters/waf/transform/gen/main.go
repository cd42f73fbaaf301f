// Command gen writes entities.txt, the named character references of HTML with their characters, as golang.org/x/net/html
// lists them. Run it with "go generate ./filters/waf/transform".
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
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/net").Output()
	if err != nil {
		log.Fatal(err)
	}
	file := filepath.Join(strings.TrimSpace(string(out)), "html", "entity.go")
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		log.Fatal(err)
	}
	var lines []string
	ast.Inspect(f, func(n ast.Node) bool {
		kv, ok := n.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		name, err := strconv.Unquote(kv.Key.(*ast.BasicLit).Value)
		if err != nil {
			log.Fatal(err)
		}
		characters := []ast.Expr{kv.Value}
		if list, ok := kv.Value.(*ast.CompositeLit); ok {
			characters = list.Elts
		}
		line := name
		for _, c := range characters {
			r, _, _, err := strconv.UnquoteChar(strings.Trim(c.(*ast.BasicLit).Value, "'"), '\'')
			if err != nil {
				log.Fatal(err)
			}
			line += fmt.Sprintf(" %x", r)
		}
		lines = append(lines, line)
		return false
	})
	slices.Sort(lines)
	if err := os.WriteFile("entities.txt", []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Println("entities.txt", len(lines))
}
