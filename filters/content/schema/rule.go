package schema

import (
	"sallyport/filters/waf/rx"
	"sallyport/internal/tape"
)

// rule is one compiled schema. What it does not say is nil or empty.
type rule struct {
	never    bool // the schema false
	kinds    kindSet
	integers bool        // of numbers, only those without a fraction
	enums    []constants // of each, one must be the value
	formats  []func(any) error

	all                     []*rule // $ref and allOf: all must hold for the same value
	any, one                []*rule
	not                     *rule
	condition, then, orElse *rule

	object *objectRule
	array  *arrayRule
	text   *textRule
	number *numberRule

	otherMembers, otherItems *rule // unevaluatedProperties, unevaluatedItems
}

// kindSet is a set of tape.Kind.
type kindSet uint8

const everyKind kindSet = 0xFF

func (s kindSet) has(k tape.Kind) bool { return s>>k&1 != 0 }

// constants are the values of an enum, or the one of a const.
type constants struct{ documents []*tape.Document }

type objectRule struct {
	least, most int // members; most is -1 for any number
	members     map[string]member
	required    int // of members
	patterns    []patternRule
	additional  *rule
	names       *rule
	dependent   []dependency
}

// member is what a schema says about a member by its name.
type member struct {
	rule     *rule // nil when it says nothing of the value
	required bool
}

type patternRule struct {
	expression *rx.Regexp
	rule       *rule
}

// dependency holds for an object that has the member.
type dependency struct {
	name     string
	required []string
	rule     *rule // nil when only members are required
}

type arrayRule struct {
	least, most    int
	distinct       bool
	prefix         []*rule
	rest           *rule
	contains       *rule
	leastContained int
	mostContained  int
	marks          bool // what contains finds is evaluated; not so before 2020-12
}

type textRule struct {
	least, most int // characters
	expression  *rx.Regexp
}

type numberRule struct {
	bounds   []bound
	multiple *multiple
}

// bound is a minimum or a maximum.
type bound struct {
	value     tape.Decimal
	side      int // -1: a number that is less is refused; 1: one that is greater
	exclusive bool
}

// multiple is what Decimal.MultipleOf takes.
type multiple struct {
	units    uint64
	count    int
	exponent int64
}
