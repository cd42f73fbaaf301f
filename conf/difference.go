package conf

import (
	"reflect"
	"strings"
)

// Difference is a value that two configurations have different.
type Difference struct {
	Path     []string // the keys that lead to the value
	Old, New string   // as they stand in TOML; "" where it is not written and has no default
}

// Compare returns what the effective configurations differ in, policies as parts of their routes. Order in the files,
// defaults that are written, and the way to write a value make no difference. Secrets compare by their references.
func Compare(old, new *Config) []Difference {
	var list []Difference
	for _, f := range fieldsOf(reflect.TypeFor[Config]()) {
		if f.key != "include" && f.key != "policies" {
			list = differ(list, []string{f.key}, f, reflect.ValueOf(old).Elem().FieldByIndex(f.index), reflect.ValueOf(new).Elem().FieldByIndex(f.index))
		}
	}
	return list
}

// differ appends the differences of two values of one key.
func differ(list []Difference, path []string, f field, old, new reflect.Value) []Difference {
	was, is := written(f, old), written(f, new)
	if was == is {
		return list
	}
	if old.Kind() == reflect.Map && isTableMap(old.Type()) {
		both := map[string]bool{}
		for _, m := range []reflect.Value{old, new} {
			for _, k := range m.MapKeys() {
				both[k.String()] = true
			}
		}
		for _, name := range names(both) {
			key := reflect.ValueOf(name)
			list = differ(list, under(path, name), field{}, orNil(old.MapIndex(key), old), orNil(new.MapIndex(key), new))
		}
		return list
	}
	if was == "" || is == "" {
		return append(list, Difference{path, was, is})
	}
	if old.Kind() == reflect.Pointer {
		old, new = old.Elem(), new.Elem()
	}
	if !isTable(old.Type()) || isLeaf(old) {
		return append(list, Difference{path, was, is})
	}
	for _, f := range fieldsOf(old.Type()) {
		if f.key != "use" {
			list = differ(list, under(path, f.key), f, old.FieldByIndex(f.index), new.FieldByIndex(f.index))
		}
	}
	return list
}

// orNil returns the value of a map's key, a nil pointer when the key is not there.
func orNil(v, m reflect.Value) reflect.Value {
	if v.IsValid() {
		return v
	}
	return reflect.Zero(m.Type().Elem())
}

// written returns a value as it stands after its key, "" when nothing is written there.
func written(f field, v reflect.Value) string {
	if !isWritten(f, v) {
		return ""
	}
	return inline(v)
}

// String tells the difference in words.
func (d Difference) String() string {
	what := strings.Join(d.Path, ".")
	if kind := strings.TrimSuffix(d.Path[0], "s"); len(d.Path) > 1 && kind != d.Path[0] {
		what = kind + " " + d.Path[1]
		if rest := d.Path[2:]; len(rest) > 0 {
			what += ": " + strings.Join(rest, ".")
		}
	}
	switch {
	case d.Old == "":
		return what + " is new: " + d.New
	case d.New == "":
		return what + " is gone; it was " + d.Old
	}
	return what + " was " + d.Old + ", is " + d.New
}
