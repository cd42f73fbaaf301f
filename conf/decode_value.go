package conf

import (
	"encoding"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

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
