package seclang

import (
	"fmt"
	"regexp"
)

// Position is where a definition was written.
type Position struct {
	File string
	Line int
}

func (p Position) String() string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// Phase is when a rule runs. Markers have phase 0: they are seen in every phase.
type Phase uint8

// The phases, as ModSecurity numbers them.
const (
	AnyPhase Phase = iota
	RequestHeadersPhase
	RequestBodyPhase
	ResponseHeadersPhase
	ResponseBodyPhase
	LoggingPhase
	NumPhases
)

// A Selector picks members of a collection: all of them, those with a key, or those whose key fits an expression.
type Selector struct {
	Key string
	Rx  *regexp.Regexp // when set, Key is not looked at
}

// A Target is one variable that a rule looks at.
type Target struct {
	Variable Variable
	Selector
	Count  bool       // &VARIABLE: the number of members instead of the members
	Except []Selector // !VARIABLE:key
}

// An Operator is a rule's test.
type Operator struct {
	Name     string // in the spelling of Coraza's table: "rx", "pmFromFile"
	Negated  bool
	Argument string
	Macro    *Macro   // the argument as a macro, for operators that expand it
	Phrases  []string // the phrases of @pm and its kin, or the networks of @ipMatch and its kin
}

// A Rule is a SecRule, a SecAction (Operator is nil) or a SecMarker (Marker is set).
type Rule struct {
	Position
	ID       int
	Phase    Phase
	Marker   string
	Targets  []Target
	Operator *Operator

	Transforms []string // in lower case, in order, after t:none has been applied
	MultiMatch bool
	Capture    bool

	Actions    []Action // those that do something when the rule matches, in order
	Disruptive Action   // what the head of a chain decides; Kind is Pass when nothing
	Status     int

	Message  *Macro
	LogData  *Macro
	Severity int // 0..7, -1 when not set
	Tags     []string
	Revision string
	Version  string
	Log      bool
	AuditLog bool

	HasChain bool  // the next rule of the file belongs to this one
	Chain    *Rule // the rest of the chain
	InChain  bool  // this rule is not a chain's head
}

// HasTag reports whether the rule carries the tag, exactly as written.
func (r *Rule) HasTag(tag string) bool {
	for _, t := range r.Tags {
		if t == tag {
			return true
		}
	}
	return false
}

// An Error is a mistake in a rule file.
type Error struct {
	Position
	Rule int // the rule's id, 0 where there is none
	Msg  string
}

func (e *Error) Error() string {
	if e.Rule != 0 {
		return fmt.Sprintf("%s: rule %d: %s", e.Position, e.Rule, e.Msg)
	}
	return fmt.Sprintf("%s: %s", e.Position, e.Msg)
}
