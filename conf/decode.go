package conf

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
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

// field is one key of a table, from the tags of a struct field:
//
//	toml:"name"     the key
//	default:"10s"   what it is when not written, as it would be written; of a list, separated by commas
//	required:"yes"  it must be written
//	min:"1s"        the least value, written like the value; max likewise
//	enum:"a|b"      the only values of a string, or of a list's elements
//	merge:"keys"    how a policy's value and a route's become one, see merge; the route's alone when not written
//	doc:"..."       one line for docs/configuration.md
type field struct {
	index    []int
	key      string
	standard string
	required bool
	min, max string
	enum     []string
	merge    string
	doc      string
	table    reflect.Type // set for the fields of Rules that are tables
}

func (d *decoder) fieldsOf(t reflect.Type) []field {
	if fs, ok := d.fields[t]; ok {
		return fs
	}
	fs := fieldsOf(t)
	if d.fields == nil {
		d.fields = map[reflect.Type][]field{}
	}
	d.fields[t] = fs
	return fs
}

func fieldsOf(t reflect.Type) []field {
	var fs []field
	for i := range t.NumField() {
		if t.Field(i).Anonymous {
			for _, f := range fieldsOf(t.Field(i).Type) {
				f.index = append([]int{i}, f.index...)
				fs = append(fs, f)
			}
			continue
		}
		tag := t.Field(i).Tag
		key := tag.Get("toml")
		if key == "" || key == "-" {
			continue
		}
		f := field{index: []int{i}, key: key, standard: tag.Get("default"), required: tag.Get("required") == "yes",
			min: tag.Get("min"), max: tag.Get("max"), merge: tag.Get("merge"), doc: tag.Get("doc")}
		if enum := tag.Get("enum"); enum != "" {
			f.enum = strings.Split(enum, "|")
		}
		fs = append(fs, f)
	}
	return fs
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

// fill sets a field to its default. A default that does not decode is a mistake of this package.
func (d *decoder) fill(f field, v reflect.Value) {
	if v.Kind() == reflect.Slice {
		parts := strings.Split(f.standard, ",")
		v.Set(reflect.MakeSlice(v.Type(), len(parts), len(parts)))
		for i, part := range parts {
			fillScalar(f.key, strings.TrimSpace(part), v.Index(i))
		}
		return
	}
	fillScalar(f.key, f.standard, v)
}

func fillScalar(key, text string, v reflect.Value) {
	if err := setScalar(text, v); err != nil {
		panic(fmt.Sprintf("BUG: default of %s: %v", key, err))
	}
}

func setScalar(text string, v reflect.Value) error {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(text == "true")
	case reflect.Int, reflect.Int64:
		i, err := strconv.ParseInt(text, 10, 64)
		v.SetInt(i)
		return err
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		v.SetFloat(f)
		return err
	default:
		return fmt.Errorf("a %s has no text form", v.Type())
	}
	return nil
}

func (d *decoder) value(n *node, v reflect.Value, enum []string) {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), enum)
		return
	}
	switch u := v.Addr().Interface().(type) {
	case fromNode:
		u.fromNode(d, n)
		return
	case encoding.TextUnmarshaler:
		if n.kind != kindString {
			d.unitless(n, u)
		} else if err := u.UnmarshalText([]byte(n.text)); err != nil {
			d.errorf(n.place, "%s: %v", n.key, err)
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.table(n, v)
	case reflect.Map:
		d.named(n, v)
	case reflect.Slice:
		d.list(n, v, enum)
	case reflect.String:
		d.text(n, v, enum)
	case reflect.Int, reflect.Int64:
		if n.kind != kindInteger {
			d.wrong(n, "a whole number")
			return
		}
		v.SetInt(n.integer)
	case reflect.Float64:
		switch n.kind {
		case kindInteger:
			v.SetFloat(float64(n.integer))
		case kindFloat:
			v.SetFloat(n.float)
		default:
			d.wrong(n, "a number")
		}
	case reflect.Bool:
		if n.kind != kindBool {
			d.wrong(n, "true or false")
			return
		}
		v.SetBool(n.truth)
	default:
		panic("BUG: no TOML form for " + v.Type().String())
	}
}

// unitless reports a value that is not the string which its unit type is written as.
func (d *decoder) unitless(n *node, u encoding.TextUnmarshaler) {
	if n.kind == kindInteger || n.kind == kindFloat {
		if err := u.UnmarshalText([]byte(n.text)); err != nil {
			d.errorf(n.place, "%s: %s", n.key, strings.Replace(err.Error(), strconv.Quote(n.text), n.text, 1))
			return
		}
	}
	d.wrong(n, "a string, "+exampleOf(u))
}

func exampleOf(u encoding.TextUnmarshaler) string {
	switch u.(type) {
	case *Duration:
		return `such as "30s"`
	case *Size:
		return `such as "64KiB"`
	case *Rate:
		return `such as "100/s"`
	case *Percent:
		return `such as "10%"`
	case *Attribute:
		return `such as "client.ip"`
	}
	return "in quotes"
}

func (d *decoder) text(n *node, v reflect.Value, enum []string) {
	switch {
	case n.kind != kindString && len(enum) > 0:
		d.wrong(n, oneOf(enum))
	case n.kind != kindString:
		d.wrong(n, "a string")
	case len(enum) > 0 && !slices.Contains(enum, n.text):
		if near := nearest(n.text, enum); near != "" && (strings.EqualFold(near, n.text) || !strings.ContainsAny(n.text, "0123456789")) {
			d.errorf(n.place, "%s is %q; did you mean %q?", n.key, n.text, near)
			return
		}
		d.errorf(n.place, "%s is %q; it takes %s", n.key, n.text, oneOf(enum))
	default:
		v.SetString(n.text)
	}
}

func oneOf(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = strconv.Quote(w)
	}
	if len(quoted) == 1 {
		return quoted[0]
	}
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}

func (d *decoder) list(n *node, v reflect.Value, enum []string) {
	if n.kind != kindArray {
		d.wrong(n, "a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.array), len(n.array)))
	for i, e := range n.array {
		e.key = n.key
		before := len(d.problems)
		d.value(e, v.Index(i), enum)
		if len(d.problems[before:].Errors()) > 0 {
			d.breaks(e)
		}
	}
}

// named decodes a table of things with names, or a table of strings. A struct with a Name field learns its name.
func (d *decoder) named(n *node, v reflect.Value) {
	if n.kind == kindArray && isTableMap(v.Type()) {
		d.breaks(n)
		d.errorf(n.place, "%s is a list; everything has a name: write [%s.NAME]", n.key, n.key)
		return
	}
	if n.kind != kindTable {
		d.wrong(n, "a table")
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.keys)))
	for _, key := range n.keys {
		e := reflect.New(v.Type().Elem()).Elem()
		before := len(d.problems)
		d.value(n.table[key], e, nil)
		if len(d.problems[before:].Errors()) > 0 && e.Kind() != reflect.Pointer {
			d.breaks(n.table[key])
		}
		if e.Kind() == reflect.Pointer && isNamed(e.Type().Elem()) {
			e.Elem().FieldByName("Name").SetString(key)
		}
		v.SetMapIndex(reflect.ValueOf(key), e)
	}
}

// bounds checks min and max.
func (d *decoder) bounds(n *node, f field, v reflect.Value) {
	if f.min == "" && f.max == "" {
		return
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	below := f.min != "" && compareScalar(v, f.min) < 0
	above := f.max != "" && compareScalar(v, f.max) > 0
	if !below && !above {
		return
	}
	switch {
	case f.max == "":
		d.errorf(n.place, "%s is %s; the least is %s", n.key, n.shown(), quoteLike(n, f.min))
	case f.min == "":
		d.errorf(n.place, "%s is %s; the most is %s", n.key, n.shown(), quoteLike(n, f.max))
	default:
		d.errorf(n.place, "%s is %s; it is from %s to %s", n.key, n.shown(), quoteLike(n, f.min), quoteLike(n, f.max))
	}
}

func quoteLike(n *node, text string) string {
	if n.kind == kindString {
		return strconv.Quote(text)
	}
	return text
}

func compareScalar(v reflect.Value, text string) int {
	bound := reflect.New(v.Type()).Elem()
	fillScalar("a bound", text, bound)
	switch {
	case v.CanInt():
		return compare(v.Int(), bound.Int())
	case v.CanFloat():
		return compare(v.Float(), bound.Float())
	}
	panic("BUG: a bound on a " + v.Type().String())
}

func compare[T int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// names returns the sorted keys of a map.
func names[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// isNamed reports whether a struct learns its name from the key that leads to it.
func isNamed(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	name, ok := t.FieldByName("Name")
	return ok && name.Tag.Get("toml") == "-"
}
