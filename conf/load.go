package conf

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"
)

// Load reads a configuration and everything that it includes. Warnings are doubtful things that do not keep it from loading. A
// non-nil error is a Problems that holds every mistake at once; then the Config is nil.
func Load(path string) (*Config, Problems, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, Problems{{File: path, Message: readError(err)}}
	}
	return Parse(path, text)
}

// Parse is Load with the text of the first file given. Files that it names are still read, relative to the folder of name.
func Parse(name string, text []byte) (*Config, Problems, error) {
	var l loader
	first, err := newSource(name, text)
	if err != nil {
		return nil, nil, Problems{{File: name, Message: err.Error()}}
	}
	root := l.load(first)
	if root == nil {
		return nil, l.problems.Sorted().Warnings(), l.problems.Sorted().Errors()
	}
	c := l.config(root, name)
	c.sources = append([]string{name}, l.sources...)
	all := l.problems.Sorted()
	if mistakes := all.Errors(); mistakes != nil {
		return nil, all.Warnings(), mistakes
	}
	return c, all.Warnings(), nil
}

func newSource(name string, text []byte) (source, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return source{}, fmt.Errorf("cannot find the folder of the file: %w", err)
	}
	return source{name: name, dir: filepath.Dir(path), text: text}, nil
}

// readError says why a file cannot be read, without its name.
func readError(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return "cannot read the file: " + err.Error()
}

// loader makes a Config out of files.
type loader struct {
	decoder
	sources []string // files that were included, and the folders where more could appear
}

// load parses a file and merges into it what it includes. It returns nil when the file is not TOML.
func (l *loader) load(s source) *node {
	root, problems := s.parse()
	l.problems = append(l.problems, problems...)
	if root == nil {
		return nil
	}
	include := root.child("include")
	if include == nil || include.kind != kindArray {
		return root
	}
	for _, pattern := range include.array {
		if pattern.kind == kindString {
			l.include(root, pattern)
		}
	}
	return root
}

// include merges the files that match a pattern, in the order of their names.
func (l *loader) include(root, pattern *node) {
	full := pattern.text
	if !filepath.IsAbs(full) {
		full = filepath.Join(pattern.dir, full)
	}
	matches, err := filepath.Glob(full)
	if err != nil {
		l.errorf(pattern.place, "include: %q is not a pattern: %v", pattern.text, err)
		return
	}
	if len(matches) == 0 {
		if !hasGlob(pattern.text) {
			l.errorf(pattern.place, "include: there is no file %q", pattern.text)
		} else {
			l.warnf(pattern.place, "include: no file matches %q", pattern.text)
		}
	}
	slices.Sort(matches)
	l.sources = append(l.sources, matches...)
	if hasGlob(pattern.text) {
		l.sources = append(l.sources, filepath.Dir(full))
	}
	for _, path := range matches {
		text, err := os.ReadFile(path)
		if err != nil {
			l.errorf(pattern.place, "include: %s: %s", path, readError(err))
			continue
		}
		name := path
		if !filepath.IsAbs(pattern.text) {
			name = shownName(pattern, path)
		}
		part, problems := source{name: name, dir: filepath.Dir(path), text: text}.parse()
		l.problems = append(l.problems, problems...)
		if part != nil {
			l.merge(root, part)
		}
	}
}

// shownName returns an included file's name as seen from where the including file's name is seen from.
func shownName(pattern *node, path string) string {
	rel, err := filepath.Rel(pattern.dir, path)
	if err != nil {
		return path
	}
	return filepath.Join(filepath.Dir(pattern.place.File), rel)
}

func hasGlob(pattern string) bool {
	for _, c := range pattern {
		if c == '*' || c == '?' || c == '[' {
			return true
		}
	}
	return false
}

// merge adds the tables of an included file to root. What is there already is a mistake that names both places.
func (l *loader) merge(root, part *node) {
	for _, key := range part.keys {
		n, there := part.table[key], root.child(key)
		switch {
		case key == "include":
			l.errorf(n.name, "include stands in the first file only")
		case key == "schema" && there != nil && there.integer == n.integer:
		case there == nil:
			root.set(key, n)
		case isNames(key) && n.kind == kindTable && there.kind == kindTable:
			for _, name := range n.keys {
				if other := there.child(name); other != nil {
					l.errorf(n.table[name].name, "%s.%s is already defined at %s", key, name, other.name)
					continue
				}
				there.set(name, n.table[name])
			}
		default:
			l.errorf(n.name, "%s is already defined at %s", key, there.name)
		}
	}
}

// isNames reports whether a top-level key is a table of things with names.
func isNames(key string) bool {
	for _, f := range fieldsOf(reflect.TypeFor[Config]()) {
		if f.key == key {
			return reflect.TypeFor[Config]().FieldByIndex(f.index).Type.Kind() == reflect.Map
		}
	}
	return false
}

// config decodes the merged tree. Routes are decoded with the rules of their policies; the tree that is kept has them too.
func (l *loader) config(root *node, name string) *Config {
	c := &Config{file: name}
	for _, family := range []string{"policies", "routes"} {
		if n := root.child(family); n != nil {
			for name, rules := range n.table {
				nameLimits(family+"."+name, rules)
			}
		}
	}
	kept := *root
	if routes := root.child("routes"); routes != nil && routes.kind == kindTable {
		kept.table = map[string]*node{}
		for key, n := range root.table {
			kept.table[key] = n
		}
		kept.table["routes"] = l.effectiveRoutes(routes, root.child("policies"))
	}
	c.root = &kept
	l.into(&kept, c)
	(&validator{decoder: &l.decoder, c: c, now: time.Now()}).all()
	return c
}

func (l *loader) effectiveRoutes(routes, policies *node) *node {
	rules := rulesFields()
	merged := *routes
	merged.table, merged.keys = map[string]*node{}, nil
	for _, name := range routes.keys {
		route := routes.table[name]
		if route.kind == kindTable {
			route = effective(route, policies, rules)
		}
		merged.set(name, route)
	}
	return &merged
}

// rulesFields returns the fields of Rules with the struct types of their tables.
func rulesFields() []field {
	t := reflect.TypeFor[Rules]()
	fs := fieldsOf(t)
	for i, f := range fs {
		inner := t.FieldByIndex(f.index).Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			fs[i].table = inner
		}
	}
	return fs
}
