package conf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// JSONSchema returns a JSON Schema of the TOML, for editors, from the tags of the structs.
func JSONSchema() []byte {
	var b strings.Builder
	b.WriteString(`{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"Sallyport configuration",`)
	b.WriteString(strings.TrimPrefix(tableSchema(reflect.TypeFor[Config]()), "{"))
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(b.String()), "", " "); err != nil {
		panic("BUG: the JSON Schema is not JSON: " + err.Error())
	}
	indented.WriteByte('\n')
	return indented.Bytes()
}

func tableSchema(t reflect.Type) string {
	var properties, required []string
	for _, d := range describe(t) {
		properties = append(properties, jsonString(d.key)+":"+d.schema())
		if d.required {
			required = append(required, jsonString(d.key))
		}
	}
	s := `{"type":"object","properties":{` + strings.Join(properties, ",") + `},"additionalProperties":false`
	if len(required) > 0 {
		s += `,"required":[` + strings.Join(required, ",") + `]`
	}
	return s + "}"
}

// schema returns the JSON Schema of a key's value, with its bounds, default and documentation.
func (d described) schema() string {
	s := typeSchema(d.goType, d.enum)
	if d.named {
		s = `{"type":"object","additionalProperties":` + s + `}`
	}
	notes := `"description":` + jsonString(d.doc)
	if isNumber(d.goType) {
		if d.min != "" {
			notes += `,"minimum":` + d.min
		}
		if d.max != "" {
			notes += `,"maximum":` + d.max
		}
	}
	if d.standard != "" {
		notes += `,"default":` + defaultJSON(d)
	}
	return "{" + notes + "," + strings.TrimPrefix(s, "{")
}

func isNumber(t reflect.Type) bool {
	return t == reflect.TypeFor[int]() || t == reflect.TypeFor[float64]()
}

func defaultJSON(d described) string {
	switch d.goType.Kind() {
	case reflect.Bool:
		return d.standard
	case reflect.Slice:
		parts := strings.Split(d.standard, ",")
		for i, p := range parts {
			parts[i] = jsonString(strings.TrimSpace(p))
			if d.goType.Elem().Kind() == reflect.Int {
				parts[i] = strings.TrimSpace(p)
			}
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	if isNumber(d.goType) {
		return d.standard
	}
	return strconv.Quote(d.standard)
}

func typeSchema(t reflect.Type, enum []string) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if l, ok := leafOf(t); ok {
		if len(enum) > 0 {
			return `{"enum":` + jsonStrings(enum) + `}`
		}
		return l.schema
	}
	switch t {
	case reflect.TypeFor[Requires]():
		return oneOrList(tableSchema(reflect.TypeFor[Require]()))
	case reflect.TypeFor[Nodes]():
		return `{"type":"object","minProperties":1,"additionalProperties":{"oneOf":[{"type":"string"},` + tableSchema(reflect.TypeFor[Node]()) + `]}}`
	}
	switch t.Kind() {
	case reflect.Struct:
		return tableSchema(t)
	case reflect.Slice:
		return `{"type":"array","items":` + typeSchema(t.Elem(), enum) + `}`
	case reflect.Map:
		return `{"type":"object","additionalProperties":` + typeSchema(t.Elem(), nil) + `}`
	}
	panic(fmt.Sprintf("BUG: no JSON Schema for %s", t))
}

func jsonStrings(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = jsonString(s)
	}
	return "[" + strings.Join(quoted, ",") + "]"
}
