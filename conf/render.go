package conf

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Render returns the whole effective configuration as TOML: includes merged, policies part of their routes, every default written. It
// loads to the same configuration from any folder. Secrets stay references; one that is written in the file is not shown.
func (c *Config) Render() string {
	var w tomlWriter
	w.table(nil, reflect.ValueOf(c).Elem(), func(key string) bool { return key == "include" || key == "policies" })
	text, err := Format("", []byte(w.String()))
	if err != nil {
		panic("BUG: what is rendered is not TOML: " + err.Error())
	}
	return string(text)
}

// tomlWriter writes tables as sections; what is small enough stands in a line of its section.
type tomlWriter struct{ strings.Builder }

// inlineWidth is how long a line with an inline table may be before it becomes a section.
const inlineWidth = 110

func (w *tomlWriter) table(path []string, v reflect.Value, skip func(key string) bool) {
	type section struct {
		path  []string
		value reflect.Value
	}
	var sections []section
	var lines []string
	for _, f := range fieldsOf(v.Type()) {
		fv := v.FieldByIndex(f.index)
		if skip(f.key) || !isWritten(f, fv) {
			continue
		}
		if fv.Kind() == reflect.Pointer {
			fv = fv.Elem()
		}
		line := tomlKey(f.key) + " = " + inline(fv)
		below := under(path, f.key)
		switch {
		case fv.Kind() == reflect.Map && isTableMap(fv.Type()):
			for _, name := range sortedKeys(fv) {
				sections = append(sections, section{under(below, name), fv.MapIndex(reflect.ValueOf(name)).Elem()})
			}
		case isTable(fv.Type()) && !isLeaf(fv) && (len(path) == 0 || len(line) > inlineWidth):
			sections = append(sections, section{below, fv})
		default:
			lines = append(lines, line)
		}
	}
	if len(lines) > 0 || len(sections) == 0 {
		if len(path) > 0 {
			w.header(path)
		}
		for _, line := range lines {
			w.WriteString(line + "\n")
		}
	}
	for _, s := range sections {
		w.table(s.path, s.value, func(key string) bool { return key == "use" })
	}
}

func (w *tomlWriter) header(path []string) {
	keys := make([]string, len(path))
	for i, key := range path {
		keys[i] = tomlKey(key)
	}
	fmt.Fprintf(w, "\n[%s]\n", strings.Join(keys, "."))
}

func isTableMap(t reflect.Type) bool {
	return t.Elem().Kind() == reflect.Pointer && isTable(t.Elem().Elem())
}

// isWritten reports whether a value must be written to load to the same: it is not what an absent key means.
func isWritten(f field, v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer:
		return !v.IsNil()
	case reflect.Slice, reflect.Map:
		return v.Len() > 0 || f.standard != "" && !v.IsNil()
	case reflect.Struct:
		return isTable(v.Type()) && !isLeaf(v) && inline(v) != "{}" || !v.IsZero()
	}
	return f.standard != "" || f.required || !v.IsZero()
}

func sortedKeys(m reflect.Value) []string {
	keys := map[string]bool{}
	for _, k := range m.MapKeys() {
		keys[k.String()] = true
	}
	return names(keys)
}

// inline returns a value as it stands after "key = ".
func inline(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch x := v.Interface().(type) {
	case interface{ toml() string }:
		return x.toml()
	case encoding.TextMarshaler:
		text, err := x.MarshalText()
		if err != nil {
			panic("BUG: a unit has no text form: " + err.Error())
		}
		return tomlString(string(text))
	}
	switch v.Kind() {
	case reflect.String:
		return tomlString(v.String())
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Float64:
		return formatFloat(v.Float())
	case reflect.Slice:
		elements := make([]string, v.Len())
		for i := range elements {
			elements[i] = inline(v.Index(i))
		}
		return "[" + strings.Join(elements, ", ") + "]"
	case reflect.Map:
		pairs := []string{}
		for _, key := range sortedKeys(v) {
			pairs = append(pairs, tomlKey(key)+" = "+inline(v.MapIndex(reflect.ValueOf(key))))
		}
		return inlineTable(pairs)
	case reflect.Struct:
		pairs := []string{}
		for _, f := range fieldsOf(v.Type()) {
			if fv := v.FieldByIndex(f.index); isWritten(f, fv) {
				pairs = append(pairs, tomlKey(f.key)+" = "+inline(fv))
			}
		}
		return inlineTable(pairs)
	}
	panic("BUG: no TOML form for " + v.Type().String())
}

func inlineTable(pairs []string) string {
	if len(pairs) == 0 {
		return "{}"
	}
	return "{ " + strings.Join(pairs, ", ") + " }"
}

func tomlKey(key string) string {
	for i := range len(key) {
		if !isBare(key[i]) {
			return tomlString(key)
		}
	}
	if key == "" {
		return `""`
	}
	return key
}

// tomlString returns s as a basic string.
func tomlString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func (s Secret) toml() string {
	if s.literal != "" {
		return `{ env = "SECRET_IN_THE_FILE_IS_NOT_SHOWN" }`
	}
	if s.Env != "" {
		return "{ env = " + tomlString(s.Env) + " }"
	}
	return "{ file = " + tomlString(string(s.File)) + " }"
}

func (a Auth) toml() string {
	if a.Anonymous {
		return `"anonymous"`
	}
	word, list := "any", a.Any
	if len(a.All) > 0 {
		word, list = "all", a.All
	}
	refs := make([]string, len(list))
	for i, r := range list {
		refs[i] = tomlString(r.String())
	}
	return "{ " + word + " = [" + strings.Join(refs, ", ") + "] }"
}

func (rs ClaimRules) toml() string {
	pairs := make([]string, len(rs))
	for i, r := range rs {
		pairs[i] = tomlKey(r.Claim()) + " = " + r.toml()
	}
	return inlineTable(pairs)
}

func (r ClaimRule) toml() string {
	switch {
	case r.Present:
		return "true"
	case r.Equals != nil:
		return "{ equals = " + tomlString(r.Equals.String()) + " }"
	}
	return inline(reflect.ValueOf(r.OneOf))
}

func (as Attributes) toml() string {
	if len(as) == 1 {
		return tomlString(as[0].String())
	}
	return inline(reflect.ValueOf([]Attribute(as)))
}

func (rs Rates) toml() string {
	if len(rs) == 1 {
		return tomlString(rs[0].String())
	}
	return inline(reflect.ValueOf([]Rate(rs)))
}

func (ts Targets) toml() string {
	if len(ts) == 1 {
		return tomlString(ts[0].Upstream)
	}
	pairs := make([]string, len(ts))
	for i, t := range ts {
		pairs[i] = tomlKey(t.Upstream) + " = " + strconv.Itoa(t.Weight)
	}
	return inlineTable(pairs)
}

func (ns Nodes) toml() string {
	pairs := make([]string, len(ns))
	for i, n := range ns {
		pairs[i] = tomlKey(n.Name) + " = " + inline(reflect.ValueOf(n))
	}
	return inlineTable(pairs)
}

func (t Time) toml() string { return tomlString(t.Format(time.RFC3339)) }

func (j JSON) toml() string {
	d := json.NewDecoder(bytes.NewReader([]byte(j)))
	d.UseNumber()
	return jsonToTOML(d)
}

// jsonToTOML returns the next value of d as inline TOML. The text was made by this package.
func jsonToTOML(d *json.Decoder) string {
	token, err := d.Token()
	if err != nil {
		panic("BUG: claims are not JSON: " + err.Error())
	}
	switch t := token.(type) {
	case json.Delim:
		var parts []string
		for d.More() {
			if t == '{' {
				key, err := d.Token()
				if err != nil {
					panic("BUG: claims are not JSON: " + err.Error())
				}
				parts = append(parts, tomlKey(fmt.Sprint(key))+" = "+jsonToTOML(d))
				continue
			}
			parts = append(parts, jsonToTOML(d))
		}
		if _, err := d.Token(); err != nil {
			panic("BUG: claims are not JSON: " + err.Error())
		}
		if t == '{' {
			return inlineTable(parts)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		return tomlString(t)
	default:
		return fmt.Sprint(t)
	}
}
