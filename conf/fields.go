package conf

import (
	"reflect"
	"strings"
)

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

// isNamed reports whether a struct learns its name from the key that leads to it.
func isNamed(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	name, ok := t.FieldByName("Name")
	return ok && name.Tag.Get("toml") == "-"
}
