package schema

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maker makes random schemas and texts of a small world, so that they have to do with each other.
type maker struct{ *rand.Rand }

func (m maker) pick(of ...string) string { return of[m.IntN(len(of))] }

func (m maker) name() string { return m.pick("a", "b", "c", "x-1", "x-2") }

func (m maker) text(depth int) string {
	kind := m.IntN(9)
	if depth == 0 {
		kind = m.IntN(6)
	}
	switch kind {
	case 0:
		return m.pick("null", "true", "false")
	case 1, 2:
		return m.pick("0", "1", "1.0", "2", "2.5", "-1", "1e1", "10", "0.3", "100", "-0.0", "12345678901234567890")
	case 3, 4, 5:
		return m.pick(`""`, `"a"`, `"b"`, `"ab"`, `"\u00e9a"`, `"a\nb"`, `"x-1"`)
	case 6:
		var items []string
		for range m.IntN(4) {
			items = append(items, m.text(depth-1))
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	var members []string
	seen := map[string]bool{}
	for range m.IntN(5) {
		if name := m.name(); !seen[name] {
			seen[name] = true
			members = append(members, fmt.Sprintf("%q:%s", name, m.text(depth-1)))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (m maker) schema(depth int) string {
	if depth == 0 {
		return m.pick("true", "false", `{"type":"number"}`, `{"type":"string"}`, `{"const":1}`, `{"$ref":"#/$defs/d"}`, `{}`)
	}
	sub := func() string { return m.schema(depth - 1) }
	list := func() string { return "[" + sub() + "," + sub() + "]" }
	small := func() string { return fmt.Sprint(m.IntN(4)) }
	parts := map[string]string{}
	for range 1 + m.IntN(4) {
		switch m.IntN(30) {
		case 0:
			parts["type"] = m.pick(`"integer"`, `["number","string"]`, `"object"`, `["array","null"]`, `["integer","object"]`)
		case 1:
			parts["enum"] = "[" + m.text(1) + "," + m.text(1) + "]"
		case 2:
			parts["const"] = m.text(1)
		case 3:
			parts["minimum"] = m.pick("1", "0.5", "-1")
		case 4:
			parts["exclusiveMaximum"] = m.pick("10", "2.5", "1e1")
		case 5:
			parts["multipleOf"] = m.pick("1", "0.5", "0.1", "5")
		case 6:
			parts["minLength"] = small()
		case 7:
			parts["maxLength"] = small()
		case 8:
			parts["pattern"] = m.pick(`"^a"`, `"b$"`, `"^.$"`, `"[a-z]-\\d"`)
		case 9:
			parts["minItems"] = small()
		case 10:
			parts["maxItems"] = small()
		case 11:
			parts["uniqueItems"] = "true"
		case 12:
			parts["prefixItems"] = list()
		case 13:
			parts["items"] = sub()
		case 14:
			parts["contains"] = sub()
			parts["minContains"] = small()
		case 15:
			parts["unevaluatedItems"] = sub()
		case 16, 17:
			parts["properties"] = fmt.Sprintf(`{"a":%s,"b":%s}`, sub(), sub())
		case 18:
			parts["patternProperties"] = fmt.Sprintf(`{"^x-":%s,"1$":%s}`, sub(), sub())
		case 19:
			parts["additionalProperties"] = sub()
		case 20:
			parts["unevaluatedProperties"] = sub()
		case 21:
			parts["propertyNames"] = sub()
		case 22:
			parts["required"] = m.pick(`["a"]`, `["a","c"]`)
		case 23:
			parts["dependentSchemas"] = fmt.Sprintf(`{"a":%s}`, sub())
		case 24:
			parts["dependentRequired"] = `{"b":["c"]}`
		case 25:
			parts["allOf"] = list()
		case 26:
			parts["anyOf"] = list()
		case 27:
			parts["oneOf"] = list()
		case 28:
			parts["not"] = sub()
		case 29:
			parts["if"], parts["then"], parts["else"] = sub(), sub(), sub()
		}
	}
	var text []string
	for key, value := range parts {
		text = append(text, fmt.Sprintf("%q:%s", key, value))
	}
	return "{" + strings.Join(text, ",") + "}"
}

// What is valid here is valid to the library, and the other way round.
func TestAgreesWithLibrary(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(3, 4))}
	valid := 0
	for range 1500 {
		inner := m.schema(3)
		shared := strings.ReplaceAll(m.schema(1), `{"$ref":"#/$defs/d"}`, `{"minLength":1}`) // a reference to itself in place has no end
		text := `{"$defs":{"d":` + shared + `},"allOf":[` + inner + `]` + m.pick("", `,"unevaluatedProperties":false`, `,"unevaluatedItems":{"type":"number"}`) + `}`
		s := load(t, text)
		oracle := oracleOf(t, text)
		for range 30 {
			sample := m.text(3)
			value, err := jsonschema.UnmarshalJSON(strings.NewReader(sample))
			if err != nil {
				t.Fatal(err)
			}
			got, want := s.Valid([]byte(sample)), oracle.Validate(value) == nil
			if got != want {
				t.Fatalf("schema %s\ntext   %s\nvalid: %v, to the library: %v", text, sample, got, want)
			}
			if got {
				valid++
			}
		}
	}
	if valid < 5000 {
		t.Fatalf("only %d of 45000 were valid", valid)
	}
}

func oracleOf(t testing.TB, text string) *jsonschema.Schema {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", value); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const order = `{
	"type":"object","required":["id","items"],"additionalProperties":false,
	"properties":{
		"id":{"type":"string","pattern":"^[A-Z]{2}-[0-9]{4,8}$"},
		"note":{"type":["string","null"],"maxLength":200},
		"items":{"type":"array","minItems":1,"maxItems":50,"items":{"$ref":"#/$defs/item"}}},
	"$defs":{"item":{
		"type":"object","required":["sku","count"],"additionalProperties":false,
		"properties":{
			"sku":{"type":"string","minLength":3,"maxLength":20},
			"count":{"type":"integer","minimum":1,"maximum":1000},
			"price":{"type":"number","exclusiveMinimum":0,"multipleOf":0.01},
			"tags":{"type":"array","uniqueItems":true,"items":{"enum":["new","sale","gift"]}}}}}}`

// orderText returns a body of about a KiB.
func orderText() []byte {
	var items []string
	for i := range 13 {
		items = append(items, fmt.Sprintf(`{"sku":"sku-%d","count":%d,"price":%d.99,"tags":["new","gift"]}`, i, i+1, i+10))
	}
	return []byte(`{"id":"AB-12345","note":"leave it at the door","items":[` + strings.Join(items, ",") + `]}`)
}

func FuzzValid(f *testing.F) {
	s := load(f, order)
	oracle := oracleOf(f, order)
	f.Add(orderText())
	f.Add([]byte(`{"id":"AB-1","items":[{"sku":"abc","count":1e0,"tags":["new","new"]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if !s.Valid(text) {
			return
		}
		var value any
		d := json.NewDecoder(strings.NewReader(string(text)))
		d.UseNumber()
		if err := d.Decode(&value); err != nil {
			t.Fatalf("%q is no JSON: %v", text, err)
		}
		if err := oracle.Validate(value); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

func BenchmarkValid(b *testing.B) {
	text := orderText()
	b.Run("sallyport", func(b *testing.B) {
		s := load(b, order)
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			if !s.Valid(text) {
				b.Fatal("refused")
			}
		}
	})
	b.Run("library", func(b *testing.B) {
		s := oracleOf(b, order)
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
			if err != nil || s.Validate(value) != nil {
				b.Fatal("refused")
			}
		}
	})
}
