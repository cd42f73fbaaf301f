package conf

import (
	"encoding"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// decoder fills structs from nodes and collects every mistake on the way.
type decoder struct {
	problems Problems
	fields   map[reflect.Type][]field
	broken   map[Position]bool // places of values that did not decode: nothing more is said about them
	meant    map[meaning]bool
}

// meaning is a key of a table that an unknown key was probably meant to be, so that it is not called missing too.
type meaning struct {
	table Position
	key   string
}

// fromNode is what a type implements whose TOML form is not one plain value or table.
type fromNode interface {
	fromNode(d *decoder, n *node)
}

func (d *decoder) errorf(at Position, format string, args ...any) {
	d.problems = append(d.problems, at.Errorf(format, args...))
}

func (d *decoder) warnf(at Position, format string, args ...any) {
	d.problems = append(d.problems, at.Warnf(format, args...))
}

// wrong reports a value of the wrong type; right says what it takes.
func (d *decoder) wrong(n *node, right string) {
	d.breaks(n)
	if n.key == "" {
		d.errorf(n.place, "this is %s; it takes %s", n.shown(), right)
		return
	}
	d.errorf(n.place, "%s is %s; it takes %s", n.key, n.shown(), right)
}

// failedAt reports whether n, or something inside it, did not decode.
func (d *decoder) failedAt(n *node) bool {
	if d.broken[n.place] {
		return true
	}
	for _, c := range n.table {
		if d.broken[c.name] || d.failedAt(c) {
			return true
		}
	}
	return slices.ContainsFunc(n.array, d.failedAt)
}

// into decodes a table into the struct that to points to.
func (d *decoder) into(n *node, to any) { d.table(n, reflect.ValueOf(to).Elem()) }

func (d *decoder) table(n *node, v reflect.Value) {
	if n.kind != kindTable {
		d.wrong(n, "a table")
		return
	}
	fs := d.fieldsOf(v.Type())
	for _, key := range n.keys {
		if !slices.ContainsFunc(fs, func(f field) bool { return f.key == key }) {
			d.unknown(n, n.table[key], fs)
		}
	}
	for _, f := range fs {
		d.field(n, f, v.FieldByIndex(f.index))
	}
}

func (d *decoder) unknown(table, n *node, fs []field) {
	d.breaks(n)
	keys := make([]string, len(fs))
	for i, f := range fs {
		keys[i] = f.key
	}
	if near := nearest(n.key, keys); near != "" {
		if d.meant == nil {
			d.meant = map[meaning]bool{}
		}
		d.meant[meaning{table.name, near}] = true
		d.errorf(n.name, "unknown key %q; did you mean %q?", n.key, near)
		return
	}
	if home := homeOf(n.key); home != "" {
		d.errorf(n.name, "unknown key %q; it belongs in %s", n.key, home)
		return
	}
	slices.Sort(keys)
	d.errorf(n.name, "unknown key %q; the keys here are %s", n.key, strings.Join(keys, ", "))
}

// breaks notes that a value did not decode.
func (d *decoder) breaks(n *node) {
	if d.broken == nil {
		d.broken = map[Position]bool{}
	}
	d.broken[n.name], d.broken[n.place] = true, true
}

func (d *decoder) field(n *node, f field, v reflect.Value) {
	c := n.child(f.key)
	switch {
	case c != nil:
		before := len(d.problems)
		d.value(c, v, f.enum)
		if len(d.problems) == before {
			d.bounds(c, f, v)
		}
		if len(d.problems[before:].Errors()) > 0 && (c.kind != kindTable || v.Kind() != reflect.Map) {
			d.breaks(c)
		}
	case f.required:
		if !d.meant[meaning{n.name, f.key}] {
			d.errorf(n.name, "%s is missing: %s", f.key, f.doc)
		}
		d.breaks(n)
	case f.standard != "":
		d.fill(f, v)
	case v.Kind() == reflect.Struct && !isLeaf(v):
		d.table(&node{kind: kindTable, key: f.key, name: n.name, place: n.place, dir: n.dir}, v)
	}
}

// isLeaf reports whether v's type reads itself and has no fields of its own to fill with defaults.
func isLeaf(v reflect.Value) bool {
	if _, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return true
	}
	_, ok := v.Addr().Interface().(fromNode)
	return ok
}

// names returns the sorted keys of a map.
func names[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
