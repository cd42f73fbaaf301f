// Package schema validates JSON against JSON Schema 2020-12 (and older dialects that name themselves) without allocating
// and without building objects. The library jsonschema reads schemas, resolves their references and checks them; here its
// result becomes rules over a flat text.
package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sallyport/filters/waf/rx"
	"sallyport/internal/tape"
)

// Schema is a compiled schema. It may be used by any number of goroutines.
type Schema struct {
	root *rule
	runs sync.Pool
}

// maxKept is the memory for one text that the pool keeps, in bytes.
const maxKept = 256 << 10

// maxExpressions bounds the memory for the states of one schema's expressions, in bytes.
const maxExpressions = 8 << 20

// Load reads a schema from a file. It may refer to other files, but to nothing on the network.
func Load(path string) (*Schema, error) {
	budget := rx.NewBudget(maxExpressions)
	c := jsonschema.NewCompiler()
	c.UseRegexpEngine(func(source string) (jsonschema.Regexp, error) { return newExpression(source, budget) })
	compiled, err := c.Compile(path)
	if err != nil {
		return nil, err
	}
	b := builder{rules: map[*jsonschema.Schema]*rule{}}
	root := b.rule(compiled)
	if b.err != nil {
		return nil, b.err
	}
	s := &Schema{root: root}
	s.runs.New = func() any { return new(run) }
	return s, nil
}

// Valid reports whether a text is JSON that satisfies the schema.
func (s *Schema) Valid(text []byte) bool {
	r := s.runs.Get().(*run)
	ok := r.document.Parse(text)
	if ok {
		r.work = max(workAtLeast, workPerValue*r.document.Size())
		r.depth, r.gaveUp = 0, false
		ok = r.valid(s.root, 0, unmarked) && !r.gaveUp
	}
	r.marks = r.marks[:0]
	if cap(r.marks)*8 > maxKept {
		r.marks = nil
	}
	r.document.Reset(maxKept)
	s.runs.Put(r)
	return ok
}

// expression is a pattern of a schema.
type expression struct{ *rx.Regexp }

func (e expression) MatchString(s string) bool { return e.Match([]byte(s)) }

// newExpression compiles a pattern. Unlike those of WAF rules, which rx is made for, it does not mean lines by ^ and $.
func newExpression(source string, budget *rx.Budget) (jsonschema.Regexp, error) {
	e, err := rx.Compile("(?-sm:"+source+")", budget)
	return expression{e}, err
}

// builder makes rules of the library's schemas. Those that refer to each other become rules that do.
type builder struct {
	rules map[*jsonschema.Schema]*rule
	err   error // the first
}

func (b *builder) fail(c *jsonschema.Schema, format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf("%s: %s", c.Location, fmt.Sprintf(format, args...))
	}
}

// rule returns the rule of a schema, nil for none.
func (b *builder) rule(c *jsonschema.Schema) *rule {
	if c == nil {
		return nil
	}
	if r := b.rules[c]; r != nil {
		return r
	}
	r := &rule{kinds: everyKind}
	b.rules[c] = r
	if c.Bool != nil {
		r.never = !*c.Bool
		return r
	}
	if c.Ref != nil {
		r.all = append(r.all, b.rule(c.Ref))
		if c.DraftVersion < 2019 {
			return r // what stands beside $ref was ignored
		}
	}
	if c.DynamicRef != nil || c.RecursiveRef != nil {
		b.fail(c, "$dynamicRef and $recursiveRef are not supported; write $ref")
	}
	b.values(r, c)
	r.all = append(r.all, b.list(c.AllOf)...)
	r.any, r.one, r.not = b.list(c.AnyOf), b.list(c.OneOf), b.rule(c.Not)
	r.condition, r.then, r.orElse = b.rule(c.If), b.rule(c.Then), b.rule(c.Else)
	r.object, r.array, r.text, r.number = b.object(c), b.array(c), b.text(c), b.number(c)
	r.otherMembers, r.otherItems = b.rule(c.UnevaluatedProperties), b.rule(c.UnevaluatedItems)
	return r
}

func (b *builder) list(cs []*jsonschema.Schema) []*rule {
	var list []*rule
	for _, c := range cs {
		list = append(list, b.rule(c))
	}
	return list
}

// values takes what a schema says about values of every kind.
func (b *builder) values(r *rule, c *jsonschema.Schema) {
	if c.Types != nil && !c.Types.IsEmpty() {
		r.kinds = 0
		types := c.Types.ToStrings()
		for _, name := range types {
			r.kinds |= kindsOf[name]
		}
		r.integers = slices.Contains(types, "integer") && !slices.Contains(types, "number")
	}
	if c.Const != nil {
		r.enums = append(r.enums, b.constants(c, []any{*c.Const}))
	}
	if c.Enum != nil {
		r.enums = append(r.enums, b.constants(c, c.Enum.Values))
	}
	if c.Format != nil {
		r.formats = append(r.formats, c.Format.Validate)
	}
}

var kindsOf = map[string]kindSet{
	"null": 1 << tape.Null, "boolean": 1<<tape.False | 1<<tape.True, "number": 1 << tape.Number, "integer": 1 << tape.Number,
	"string": 1 << tape.String, "array": 1 << tape.Array, "object": 1 << tape.Object,
}

func (b *builder) constants(c *jsonschema.Schema, values []any) (list constants) {
	for _, v := range values {
		text, err := json.Marshal(v)
		d := new(tape.Document)
		if err != nil || !d.Parse(text) {
			b.fail(c, "%v is no constant", v)
			continue
		}
		list.documents = append(list.documents, d)
	}
	return list
}

func (b *builder) object(c *jsonschema.Schema) *objectRule {
	o := &objectRule{least: orElse(c.MinProperties, 0), most: orElse(c.MaxProperties, -1), members: map[string]member{}}
	for name, sub := range c.Properties {
		o.members[name] = member{rule: b.rule(sub)}
	}
	for _, name := range c.Required {
		m := o.members[name]
		m.required = true
		o.members[name] = m
	}
	for _, m := range o.members {
		if m.required {
			o.required++
		}
	}
	for pattern, sub := range c.PatternProperties {
		o.patterns = append(o.patterns, patternRule{pattern.(expression).Regexp, b.rule(sub)})
	}
	o.additional, o.names = b.boolOrSchema(c.AdditionalProperties), b.rule(c.PropertyNames)
	for _, name := range slices.Sorted(maps.Keys(c.DependentRequired)) {
		o.dependent = append(o.dependent, dependency{name: name, required: c.DependentRequired[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(c.DependentSchemas)) {
		o.dependent = append(o.dependent, dependency{name: name, rule: b.rule(c.DependentSchemas[name])})
	}
	for _, name := range slices.Sorted(maps.Keys(c.Dependencies)) {
		dep := dependency{name: name}
		switch d := c.Dependencies[name].(type) {
		case []string:
			dep.required = d
		case *jsonschema.Schema:
			dep.rule = b.rule(d)
		}
		o.dependent = append(o.dependent, dep)
	}
	if o.least == 0 && o.most < 0 && len(o.members)+len(o.patterns)+len(o.dependent) == 0 && o.additional == nil && o.names == nil {
		return nil
	}
	return o
}

func (b *builder) array(c *jsonschema.Schema) *arrayRule {
	a := &arrayRule{
		least: orElse(c.MinItems, 0), most: orElse(c.MaxItems, -1), distinct: c.UniqueItems,
		prefix: b.list(c.PrefixItems), rest: b.rule(c.Items2020),
		contains: b.rule(c.Contains), leastContained: orElse(c.MinContains, 1), mostContained: orElse(c.MaxContains, -1),
		marks: c.DraftVersion >= 2020,
	}
	switch items := c.Items.(type) { // before 2020-12
	case *jsonschema.Schema:
		a.rest = b.rule(items)
	case []*jsonschema.Schema:
		a.prefix, a.rest = b.list(items), b.boolOrSchema(c.AdditionalItems)
	}
	if a.least == 0 && a.most < 0 && !a.distinct && a.prefix == nil && a.rest == nil && a.contains == nil {
		return nil
	}
	return a
}

func (b *builder) boolOrSchema(v any) *rule {
	switch v := v.(type) {
	case bool:
		return &rule{kinds: everyKind, never: !v}
	case *jsonschema.Schema:
		return b.rule(v)
	}
	return nil
}

func (b *builder) text(c *jsonschema.Schema) *textRule {
	if c.MinLength == nil && c.MaxLength == nil && c.Pattern == nil {
		return nil
	}
	t := &textRule{least: orElse(c.MinLength, 0), most: orElse(c.MaxLength, -1)}
	if c.Pattern != nil {
		t.expression = c.Pattern.(expression).Regexp
	}
	return t
}

func (b *builder) number(c *jsonschema.Schema) *numberRule {
	n := new(numberRule)
	for _, r := range []struct {
		value     *big.Rat
		side      int
		exclusive bool
	}{{c.Minimum, -1, false}, {c.ExclusiveMinimum, -1, true}, {c.Maximum, 1, false}, {c.ExclusiveMaximum, 1, true}} {
		if r.value != nil {
			n.bounds = append(n.bounds, bound{b.decimal(c, r.value), r.side, r.exclusive})
		}
	}
	if c.MultipleOf != nil {
		units, count, exponent, ok := b.decimal(c, c.MultipleOf).Units()
		if !ok {
			b.fail(c, "multipleOf has more than 18 digits")
		}
		n.multiple = &multiple{units, count, exponent}
	}
	if n.bounds == nil && n.multiple == nil {
		return nil
	}
	return n
}

// decimal returns a number of the schema, which was a decimal there.
func (b *builder) decimal(c *jsonschema.Schema, r *big.Rat) tape.Decimal {
	digits, exact := r.FloatPrec()
	if !exact {
		b.fail(c, "%s is no decimal number", r)
	}
	return tape.ParseDecimal([]byte(r.FloatString(digits)))
}

func orElse(n *int, other int) int {
	if n == nil {
		return other
	}
	return *n
}
