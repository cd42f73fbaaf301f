package conf

import (
	"reflect"
	"strings"
)

// homeOf says where a key belongs that stands in the wrong table, "" when it belongs nowhere or in many places.
func homeOf(key string) string {
	homes := findHomes(reflect.TypeFor[Config](), "", key, nil)
	if len(homes) == 0 || len(homes) > 3 {
		return ""
	}
	return strings.Join(homes, " or ")
}

// findHomes appends the tables below the struct t, which stands at path, that have a key.
func findHomes(t reflect.Type, path, key string, homes []string) []string {
	for _, f := range fieldsOf(t) {
		if f.key == key {
			home := "[" + path + "]"
			if path == "" {
				home = "the top of the file"
			}
			homes = append(homes, home)
		}
		inner, below := t.FieldByIndex(f.index).Type, strings.TrimPrefix(path+"."+f.key, ".")
		if inner.Kind() == reflect.Map {
			inner, below = inner.Elem(), below+".NAME"
		}
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && inner.PkgPath() == t.PkgPath() && len(fieldsOf(inner)) > 0 {
			homes = findHomes(inner, below, key, homes)
		}
	}
	return homes
}
