package conf

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

type kind uint8

const (
	kindTable kind = iota
	kindArray
	kindString
	kindInteger
	kindFloat
	kindBool
	kindTime
)

// node is one value of a configuration with its place: the tree that include and use are merged on, and that the structs are
// decoded from.
type node struct {
	kind  kind
	key   string
	name  Position // the key, or the header of the table
	place Position // the value
	dir   string   // absolute; what relative file paths in this value start from

	text    string // of a string; of other scalars as they would be written
	integer int64
	float   float64
	truth   bool
	array   []*node
	table   map[string]*node
	keys    []string // of table, in the order of the text
}

// source is one configuration file.
type source struct {
	name string // as the user named it, for messages
	dir  string // absolute
	text []byte
}

// parse reads a file into nodes. The TOML library judges the syntax and gives the values. It stops at the first mistake; only what is
// defined twice is set aside, so that the rest of the file is read too. The nodes are nil when the file is not TOML otherwise.
func (s source) parse() (*node, Problems) {
	var values map[string]any
	_, err := toml.Decode(string(s.text), &values)
	if err == nil {
		return s.node("", values, scanPlaces(string(s.text))), nil
	}
	first := s.syntax(err)
	root, repeats := scanRepeats(string(s.text))
	if !strings.Contains(first.Message, "already") || len(repeats) == 0 {
		return nil, Problems{first}
	}
	values = nil
	_, err = toml.Decode(string(s.without(repeats)), &values)
	last := math.MaxInt
	var problems Problems
	if err != nil {
		if p := s.syntax(err); !strings.Contains(p.Message, "already") {
			problems, last = append(problems, p), p.Line
		}
	}
	for _, r := range repeats {
		if r.line < last {
			problems = append(problems, s.repeated(r))
		}
	}
	if err != nil {
		return nil, problems
	}
	return s.node("", values, root), problems
}

// without returns the text with spaces in the place of the pairs that are defined a second time.
func (s source) without(repeats []repeat) []byte {
	text := slices.Clone(s.text)
	for _, r := range repeats {
		for i := r.from; i < r.to; i++ {
			if text[i] != '\n' {
				text[i] = ' '
			}
		}
	}
	return text
}

func (s source) repeated(r repeat) Problem {
	key := r.key
	if r.header {
		key = "[" + key + "]"
	}
	return Position{s.name, r.line, r.col}.Errorf("%s is already defined at %d:%d", key, r.first.line, r.first.col)
}

func (s source) syntax(err error) Problem {
	p := Position{File: s.name}
	syntax, ok := err.(toml.ParseError)
	if !ok {
		return p.Errorf("cannot read TOML: %v", err)
	}
	p.Line, p.Col = syntax.Position.Line, max(syntax.Position.Col, 1)
	return p.Errorf("not TOML: %s", strings.TrimSuffix(syntax.Message, "."))
}

func (s source) node(key string, value any, at *place) *node {
	n := &node{
		key:   key,
		name:  Position{s.name, at.line, at.col},
		place: Position{s.name, at.valueLine, at.valCol},
		dir:   s.dir,
	}
	switch v := value.(type) {
	case map[string]any:
		n.kind, n.table = kindTable, make(map[string]*node, len(v))
		for k, value := range v {
			n.table[k] = s.node(k, value, at.childOr(k))
			n.keys = append(n.keys, k)
		}
		slices.SortFunc(n.keys, func(a, b string) int { return comparePlaces(n.table[a], n.table[b]) })
	case []map[string]any:
		n.kind = kindArray
		for i, value := range v {
			n.array = append(n.array, s.node(key, value, at.elementOr(i)))
		}
	case []any:
		n.kind = kindArray
		for i, value := range v {
			n.array = append(n.array, s.node(key, value, at.elementOr(i)))
		}
	case string:
		n.kind, n.text = kindString, v
	case int64:
		n.kind, n.integer, n.text = kindInteger, v, strconv.FormatInt(v, 10)
	case float64:
		n.kind, n.float, n.text = kindFloat, v, formatFloat(v)
	case bool:
		n.kind, n.truth, n.text = kindBool, v, strconv.FormatBool(v)
	case time.Time:
		n.kind, n.text = kindTime, v.Format(time.RFC3339)
	default:
		panic(fmt.Sprintf("BUG: the TOML library gave a %T", value))
	}
	return n
}

func formatFloat(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func comparePlaces(a, b *node) int {
	if a.name.Line != b.name.Line {
		return a.name.Line - b.name.Line
	}
	if a.name.Col != b.name.Col {
		return a.name.Col - b.name.Col
	}
	if a.key < b.key {
		return -1
	}
	return 1
}

func (p *place) childOr(key string) *place {
	if c := p.table[key]; c != nil {
		return c
	}
	return p
}

func (p *place) elementOr(i int) *place {
	if i < len(p.array) {
		return p.array[i]
	}
	return p
}

// child returns the value of a key, nil when it is not written.
func (n *node) child(key string) *node {
	if n == nil {
		return nil
	}
	return n.table[key]
}

// set puts a value under a key, after the keys that are there.
func (n *node) set(key string, value *node) {
	if n.table == nil {
		n.table = map[string]*node{}
	}
	if _, there := n.table[key]; !there {
		n.keys = append(n.keys, key)
	}
	n.table[key] = value
}

// find follows a path of keys as far as it exists.
func (n *node) find(path ...string) (found *node, whole bool) {
	for _, key := range path {
		c := n.child(key)
		if c == nil {
			return n, false
		}
		n = c
	}
	return n, true
}

// shown returns the value as a message shows it.
func (n *node) shown() string {
	switch n.kind {
	case kindTable:
		return "a table"
	case kindArray:
		return "a list"
	case kindString:
		return strconv.Quote(n.text)
	}
	return n.text
}
