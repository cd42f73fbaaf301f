package conf

import (
	"reflect"
	"strings"
)

// described is one key of the schema, for the reference, the JSON Schema and render.
type described struct {
	field
	goType reflect.Type // without a pointer
	named  bool         // a table of things with names; goType is then one of them
}

// describe returns the keys of a struct.
func describe(t reflect.Type) []described {
	fs := fieldsOf(t)
	ds := make([]described, len(fs))
	for i, f := range fs {
		inner := t.FieldByIndex(f.index).Type
		ds[i] = described{field: f, goType: inner}
		if inner.Kind() == reflect.Map && inner.Elem().Kind() == reflect.Pointer && isTable(inner.Elem().Elem()) {
			ds[i].named, inner = true, inner.Elem()
		}
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		ds[i].goType = inner
	}
	return ds
}

// isTable reports whether a type is a struct whose fields are keys.
func isTable(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && len(fieldsOf(t)) > 0
}

// leaf is how a type that is written as one value is documented.
type leaf struct {
	name   string // as the reference calls it
	schema string // JSON Schema
}

const (
	durationSchema  = `{"type":"string","pattern":"^([0-9]+d)?([0-9.]+(ns|us|ms|s|m|h))*$","examples":["30s"]}`
	sizeSchema      = `{"type":"string","pattern":"^[0-9]+(B|KiB|MiB|GiB)$","examples":["64KiB"]}`
	rateSchema      = `{"type":"string","pattern":"^[0-9]+/(s|m|h|d|[0-9].*)$","examples":["100/s"]}`
	percentSchema   = `{"type":"string","pattern":"^[0-9.]+%$","examples":["10%"]}`
	attributeSchema = `{"type":"string","pattern":"^(client\\.ip(/[0-9]+)?|principal(\\..+)?|(header|cookie|query|path)\\..+|route|host)$"}`
	textSchema      = `{"type":"string"}`
	authListSchema  = `{"type":"array","minItems":1,"items":{"type":"string","pattern":"^((issuer|keys|basic|signature|mtls):.+|mtls)$"}}`
)

func oneOrList(schema string) string {
	return `{"oneOf":[` + schema + `,{"type":"array","minItems":1,"items":` + schema + `}]}`
}

// leafOf describes a type that is not a table or a list of its own.
func leafOf(t reflect.Type) (leaf, bool) {
	switch t {
	case reflect.TypeFor[Duration]():
		return leaf{"duration", durationSchema}, true
	case reflect.TypeFor[Size]():
		return leaf{"size", sizeSchema}, true
	case reflect.TypeFor[Rate]():
		return leaf{"rate", rateSchema}, true
	case reflect.TypeFor[Rates]():
		return leaf{"rate or list", oneOrList(rateSchema)}, true
	case reflect.TypeFor[Percent]():
		return leaf{"percentage", percentSchema}, true
	case reflect.TypeFor[Attribute]():
		return leaf{"attribute", attributeSchema}, true
	case reflect.TypeFor[Attributes]():
		return leaf{"attribute or list", oneOrList(attributeSchema)}, true
	case reflect.TypeFor[Secret]():
		return leaf{"secret", `{"oneOf":[{"type":"string"},{"type":"object","properties":{"file":{"type":"string"},"env":{"type":"string"}},"additionalProperties":false,"minProperties":1,"maxProperties":1}]}`}, true
	case reflect.TypeFor[Path]():
		return leaf{"file", textSchema}, true
	case reflect.TypeFor[Folder]():
		return leaf{"folder", textSchema}, true
	case reflect.TypeFor[Output]():
		return leaf{"`stdout`, `stderr`, `off` or a file", textSchema}, true
	case reflect.TypeFor[Network]():
		return leaf{"network", textSchema}, true
	case reflect.TypeFor[Balance]():
		return leaf{"p2c, least, round-robin, random or hash:ATTRIBUTE", `{"type":"string","pattern":"^(p2c|least|round-robin|random|hash:.+)$"}`}, true
	case reflect.TypeFor[Auth]():
		return leaf{"\"anonymous\" or a table", `{"oneOf":[{"const":"anonymous"},{"type":"object","properties":{"any":` + authListSchema + `,"all":` + authListSchema + `},"additionalProperties":false,"minProperties":1,"maxProperties":1}]}`}, true
	case reflect.TypeFor[Targets]():
		return leaf{"name, or table of weights", `{"oneOf":[{"type":"string"},{"type":"object","additionalProperties":{"type":"integer","minimum":0}}]}`}, true
	case reflect.TypeFor[ClaimRules]():
		return leaf{"table", `{"type":"object","additionalProperties":{"oneOf":[{"type":["string","integer"]},{"type":"array","minItems":1,"items":{"type":["string","integer"]}},{"const":true},{"type":"object","properties":{"equals":` + attributeSchema + `},"required":["equals"],"additionalProperties":false}]}}`}, true
	case reflect.TypeFor[JSON]():
		return leaf{"table", `{"type":"object"}`}, true
	case reflect.TypeFor[Time]():
		return leaf{"date and time", textSchema}, true
	}
	switch t.Kind() {
	case reflect.String:
		return leaf{"text", textSchema}, true
	case reflect.Int, reflect.Int64:
		return leaf{"number", `{"type":"integer"}`}, true
	case reflect.Float64:
		return leaf{"number", `{"type":"number"}`}, true
	case reflect.Bool:
		return leaf{"true or false", `{"type":"boolean"}`}, true
	}
	return leaf{}, false
}

// elementOf returns the struct behind a type that is written as a list or a table of tables in a way of its own.
func elementOf(t reflect.Type) (reflect.Type, bool) {
	switch t {
	case reflect.TypeFor[Requires]():
		return reflect.TypeFor[Require](), true
	case reflect.TypeFor[Nodes]():
		return reflect.TypeFor[Node](), true
	}
	if t.Kind() == reflect.Slice && isTable(t.Elem()) {
		return t.Elem(), true
	}
	return nil, false
}

// typeName is what the reference calls the type of a key.
func (d described) typeName() string {
	name := goTypeName(d.goType)
	if len(d.enum) > 0 {
		name = "`" + strings.Join(d.enum, "`, `") + "`"
		if d.goType.Kind() == reflect.Slice {
			name = "list of " + name
		}
	}
	switch {
	case d.min != "" && d.max != "":
		name += ", " + d.min + " to " + d.max
	case d.min != "":
		name += ", at least " + d.min
	case d.max != "":
		name += ", at most " + d.max
	}
	return name
}

func goTypeName(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if l, ok := leafOf(t); ok {
		return l.name
	}
	switch t {
	case reflect.TypeFor[Requires]():
		return "table or list of tables"
	case reflect.TypeFor[Nodes]():
		return "table of nodes"
	}
	switch t.Kind() {
	case reflect.Slice:
		return "list of " + plural(goTypeName(t.Elem()))
	case reflect.Map:
		return "table of " + plural(goTypeName(t.Elem()))
	}
	return "table"
}

func plural(name string) string {
	if name == "text" {
		return name
	}
	return name + "s"
}
