package schema

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func load(t testing.TB, text string) *Schema {
	t.Helper()
	path := filepath.Join(t.TempDir(), "schema.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Load(path)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

func TestValid(t *testing.T) {
	var schema string
	var s *Schema
	use := func(text string) { schema, s = text, load(t, text) }
	yes := func(texts ...string) {
		t.Helper()
		for _, text := range texts {
			if !s.Valid([]byte(text)) {
				t.Fatalf("%s: %s is refused", schema, text)
			}
		}
	}
	no := func(texts ...string) {
		t.Helper()
		for _, text := range texts {
			if s.Valid([]byte(text)) {
				t.Fatalf("%s: %s is let through", schema, text)
			}
		}
	}

	use(`true`)
	yes(`1`, `{"a":[]}`)
	no(``, `{`, `{"a":1,"a":1}`)
	use(`false`)
	no(`1`, `null`)

	use(`{"type":"integer"}`)
	yes(`1`, `1.0`, `-2e3`, `1e400`)
	no(`1.5`, `"1"`, `1e-1`)
	use(`{"type":["number","null"]}`)
	yes(`1.5`, `null`)
	no(`true`, `[]`)
	use(`{"enum":[1,"a",{"b":[null]}],"type":["number","string","object"]}`)
	yes(`1.0`, `"a"`, `{"b":[null]}`)
	no(`2`, `"b"`, `{"b":[]}`)
	use(`{"const":{"a":1,"b":2}}`)
	yes(`{"b":2,"a":1}`)
	no(`{"a":1}`)

	use(`{"minimum":0,"exclusiveMaximum":1e1,"multipleOf":0.01}`)
	yes(`0`, `-0.0`, `9.99`, `"x"`)
	no(`-0.01`, `10`, `9.999`, `10.0`)
	use(`{"maximum":99999999999999999999}`)
	yes(`99999999999999999999`)
	no(`99999999999999999999.5`, `1e400`)

	use(`{"minLength":2,"maxLength":3,"pattern":"^a.*z$"}`)
	yes(`"az"`, `"aéz"`, `7`)
	no(`"a"`, `"abcz"`, `"azb"`, `"az\nz"`, `"x\naz"`)

	use(`{"prefixItems":[{"type":"string"},{"type":"number"}],"items":{"type":"boolean"},"maxItems":3,"minItems":1}`)
	yes(`["a"]`, `["a",1,true]`, `{}`)
	no(`[]`, `[1]`, `["a",1,2]`, `["a",1,true,true]`)
	use(`{"uniqueItems":true}`)
	yes(`[1,"1",[1],{"a":1}]`)
	no(`[1,1.0]`, `[{"a":1,"b":2},{"b":2,"a":1}]`)
	use(`{"contains":{"type":"number"},"minContains":2,"maxContains":3}`)
	yes(`[1,"a",2]`)
	no(`[1]`, `[1,2,3,4]`, `[]`)

	use(`{"properties":{"a":{"type":"string"}},"required":["a","b"],"additionalProperties":false,"patternProperties":{"^x-":{"type":"number"}}}`)
	no(`{"a":"s"}`, `{"b":1}`, `{"a":"s","b":1}`)
	use(`{"properties":{"a":{"type":"string"},"b":{}},"required":["a","b"],"additionalProperties":false,"patternProperties":{"^x-":{"type":"number"}}}`)
	yes(`{"a":"s","b":1}`, `{"b":[],"a":"","x-y":1}`)
	no(`{"a":1,"b":1}`, `{"a":"s","b":1,"c":1}`, `{"a":"s","b":1,"x-y":"1"}`)
	use(`{"propertyNames":{"maxLength":2},"minProperties":1,"maxProperties":2}`)
	yes(`{"a":1}`, `{"ab":1,"c":2}`)
	no(`{}`, `{"abc":1}`, `{"a":1,"b":1,"c":1}`)
	use(`{"dependentRequired":{"a":["b"]},"dependentSchemas":{"c":{"required":["d"]}}}`)
	yes(`{}`, `{"a":1,"b":1}`, `{"c":1,"d":1}`)
	no(`{"a":1}`, `{"c":1}`)

	use(`{"anyOf":[{"type":"string"},{"minimum":5}],"oneOf":[{"minimum":3},{"maximum":7}],"not":{"const":9}}`)
	yes(`8`, `10`)
	no(`5`, `9`, `1`)
	use(`{"if":{"properties":{"k":{"const":"a"}}},"then":{"required":["x"]},"else":{"required":["y"]}}`)
	yes(`{"k":"a","x":1}`, `{"k":"b","y":1}`)
	no(`{"k":"a","y":1}`, `{"k":"b","x":1}`)

	use(`{"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"next":{"$ref":"#/$defs/node"}},"additionalProperties":false}}}`)
	yes(`{}`, `{"next":{"next":{}}}`)
	no(`{"next":{"next":1}}`, `{"next":{"other":{}}}`)

	use(`{"allOf":[{"properties":{"a":true}}],"anyOf":[{"properties":{"b":{"const":1}},"required":["b"]},{"properties":{"c":true}}],"unevaluatedProperties":false}`)
	yes(`{"a":1,"b":1}`, `{"a":1,"c":1}`, `{"a":1,"b":1,"c":1}`)
	no(`{"d":1}`, `{"b":2}`)
	use(`{"prefixItems":[true],"contains":{"type":"string"},"unevaluatedItems":false}`)
	yes(`[1,"a"]`, `["a"]`)
	no(`["a",1]`)

	use(`{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"string"}],"additionalItems":false,"dependencies":{"a":["b"],"c":{"required":["d"]}},"format":"ipv4"}`)
	yes(`["a"]`, `{"a":1,"b":1}`, `"127.0.0.1"`)
	no(`["a",1]`, `{"a":1}`, `{"c":1}`, `"300.0.0.1"`)
	use(`{"format":"ipv4"}`)
	yes(`"not an address"`)
}

// A client chooses how deep its text is; a schema with branches that refer to themselves must not make that exponential.
func TestWorkIsBounded(t *testing.T) {
	s := load(t, `{"$defs":{"n":{"anyOf":[
		{"properties":{"n":{"$ref":"#/$defs/n"}},"required":["a"]},
		{"properties":{"n":{"$ref":"#/$defs/n"}},"required":["b"]},
		{"properties":{"n":{"$ref":"#/$defs/n"}},"required":["c"]}]}},"$ref":"#/$defs/n"}`)
	deep := strings.Repeat(`{"n":`, 100) + `1` + strings.Repeat(`}`, 100)
	if s.Valid([]byte(deep)) {
		t.Fatal("let through")
	}
	// A negation does not turn the end of patience into a yes.
	s = load(t, `{"$defs":{"n":{"anyOf":[{"properties":{"n":{"$ref":"#/$defs/n"}},"required":["a"]},{"properties":{"n":{"$ref":"#/$defs/n"}},"required":["b"]}]}},"not":{"$ref":"#/$defs/n"}}`)
	if s.Valid([]byte(deep)) {
		t.Fatal("let through")
	}
	for _, text := range []string{`{"$ref":"#"}`, `{"not":{"$ref":"#"}}`} {
		if load(t, text).Valid([]byte(`1`)) {
			t.Fatalf("%s has an end", text)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	f := func(text string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "schema.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil {
			t.Fatalf("%s is a schema", text)
		}
	}
	f(`{`)
	f(`{"type":"strnig"}`)
	f(`{"minLength":-1}`)
	f(`{"$ref":"#/$defs/none"}`)
	f(`{"$ref":"http://127.0.0.1:1/schema.json"}`)
	f(`{"$ref":"none.json"}`)
	f(`{"pattern":"(?=a)"}`)
	f(`{"multipleOf":1.0000000000000000001}`)
	f(`{"$dynamicRef":"#n","$dynamicAnchor":"n"}`)
	if _, err := Load(filepath.Join(t.TempDir(), "none.json")); err == nil {
		t.Fatal("a file that is not there")
	}
}
