package seclang

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// ActionKind is what an action does.
type ActionKind uint8

// The kinds of actions. Pass, Block, Deny, Drop, Redirect and Allow are disruptive: a rule has one of them.
const (
	Pass ActionKind = iota
	Block
	Deny
	Drop
	Redirect // Text is the address
	Allow    // Text is "", "phase" or "request"
	SetVar
	Skip      // Number rules are passed over
	SkipAfter // Text is the marker
	Ctl
)

// An Action is done when a rule has matched.
type Action struct {
	Kind   ActionKind
	Text   string
	Number int

	SetVar SetVarAction
	Ctl    CtlAction
}

// SetVarAction changes a member of TX. Value nil removes it.
type SetVarAction struct {
	Key   *Macro
	Value *Macro // a leading + or - before a number adds to, or takes from, the present value
}

// CtlKind is what a ctl action changes for the rest of a request.
type CtlKind uint8

// The things that ctl can change. CtlNothing stands for what has no meaning here (logging, hashing).
const (
	CtlNothing CtlKind = iota
	CtlRuleRemove
	CtlRuleRemoveTarget
	CtlRuleEngine
	CtlRequestBodyAccess
	CtlRequestBodyProcessor
	CtlForceRequestBody
	CtlResponseBodyAccess
	CtlForceResponseBody
)

// A RuleChoice picks rules by id, tag or message. Exactly one of the three is set.
type RuleChoice struct {
	First, Last int
	Tag         string
	Message     string
}

// Picks reports whether the choice takes in a rule.
func (c *RuleChoice) Picks(r *Rule) bool {
	switch {
	case c.Tag != "":
		return r.HasTag(c.Tag)
	case c.Message != "":
		return r.Message != nil && r.Message.Text == c.Message
	}
	return r.ID != 0 && r.ID >= c.First && r.ID <= c.Last
}

// String returns the choice as a user would write it.
func (c *RuleChoice) String() string {
	switch {
	case c.Tag != "":
		return fmt.Sprintf("tag %q", c.Tag)
	case c.Message != "":
		return fmt.Sprintf("message %q", c.Message)
	case c.First == c.Last:
		return strconv.Itoa(c.First)
	}
	return fmt.Sprintf("%d-%d", c.First, c.Last)
}

// ParseIDs reads a rule's id or a range of them: 942100 or 942000-942999.
func ParseIDs(s string) (RuleChoice, error) {
	first, last, err := parseIDRange(strings.TrimSpace(s))
	return RuleChoice{First: first, Last: last}, err
}

// CtlAction is one ctl.
type CtlAction struct {
	Kind     CtlKind
	Rules    RuleChoice
	Variable Variable // of CtlRuleRemoveTarget
	Selector          // of CtlRuleRemoveTarget; an empty Key takes the whole variable away
	Value    string   // the body processor
	Engine   EngineMode
	On       bool
}

// actionText is one name:value of an action list.
type actionText struct{ name, value string }

// splitActions cuts a list at its commas. Single quotes protect commas, a backslash protects the next character.
func splitActions(s string) ([]actionText, error) {
	var list []actionText
	start, colon, quoted := 0, -1, false
	cut := func(end int) {
		a := actionText{name: s[start:end]}
		if colon >= 0 {
			a.name, a.value = s[start:colon], s[colon+1:end]
		}
		a.name = strings.ToLower(strings.TrimSpace(a.name))
		a.value = trimQuotes(strings.TrimSpace(a.value))
		list = append(list, a)
		start, colon = end+1, -1
	}
	for i := 0; i < len(s); i++ {
		switch {
		case i > 0 && s[i-1] == '\\':
		case s[i] == '\'':
			quoted = !quoted
		case quoted:
		case s[i] == ':' && colon < 0:
			colon = i
		case s[i] == ',':
			cut(i)
		}
	}
	if quoted {
		return nil, fmt.Errorf("a closing quote is missing in %q", s)
	}
	cut(len(s))
	return list, nil
}

// trimQuotes takes one pair of equal quotes off.
func trimQuotes(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

func isDisruptive(name string) bool {
	switch name {
	case "pass", "block", "deny", "drop", "redirect", "allow":
		return true
	}
	return false
}

func isMetadata(name string) bool {
	switch name {
	case "id", "phase", "msg", "tag", "severity", "rev", "ver", "maturity", "accuracy":
		return true
	}
	return false
}

// apply adds an action list to the rule: metadata first, because the phase decides which defaults are inherited; then what
// the defaults say, then the rule's own.
func (r *Rule) apply(list []actionText, defaults map[Phase][]actionText) error {
	for _, a := range list {
		if isMetadata(a.name) {
			if err := r.setMetadata(a); err != nil {
				return err
			}
		}
	}
	inherited := defaults[r.Phase]
	for _, a := range inherited {
		if !isMetadata(a.name) && !isDisruptive(a.name) {
			if err := r.add(a); err != nil {
				return err
			}
		}
	}
	decided := false
	for _, a := range list {
		if isMetadata(a.name) {
			continue
		}
		if isDisruptive(a.name) && (a.name != "block" || inherited == nil) {
			decided = true
		}
		if err := r.add(a); err != nil {
			return err
		}
	}
	if !decided {
		for _, a := range inherited {
			if isDisruptive(a.name) {
				return r.add(a)
			}
		}
	}
	return nil
}

func (r *Rule) setMetadata(a actionText) error {
	if a.value == "" {
		return fmt.Errorf("action %q needs an argument", a.name)
	}
	var err error
	switch a.name {
	case "id":
		if r.ID, err = strconv.Atoi(a.value); err != nil || r.ID <= 0 {
			return fmt.Errorf("id %q is not a positive number", a.value)
		}
	case "phase":
		r.Phase, err = parsePhase(a.value)
	case "msg":
		r.Message, err = ParseMacro(trimQuotes(a.value))
	case "tag":
		r.Tags = append(r.Tags, a.value)
	case "severity":
		r.Severity, err = parseSeverity(a.value)
	case "rev":
		r.Revision = a.value
	case "ver":
		r.Version = a.value
	}
	return err
}

func parsePhase(s string) (Phase, error) {
	switch s {
	case "request", "2":
		return RequestBodyPhase, nil
	case "response", "4":
		return ResponseBodyPhase, nil
	case "logging", "5":
		return LoggingPhase, nil
	case "1":
		return RequestHeadersPhase, nil
	case "3":
		return ResponseHeadersPhase, nil
	}
	return 0, fmt.Errorf("phase %q is not one of 1 to 5, request, response, logging", s)
}

var severities = [...]string{"emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"}

// SeverityName returns the word for a severity.
func SeverityName(n int) string {
	if n < 0 || n >= len(severities) {
		return "unknown"
	}
	return severities[n]
}

func parseSeverity(s string) (int, error) {
	for n, name := range severities {
		if strings.EqualFold(s, name) || s == strconv.Itoa(n) {
			return n, nil
		}
	}
	return 0, fmt.Errorf("severity %q is not one of %s", s, strings.Join(severities[:], ", "))
}

// add adds one action that is not metadata.
func (r *Rule) add(a actionText) error {
	switch a.name {
	case "setvar", "ctl", "skip", "skipafter", "redirect", "status", "t", "logdata", "initcol":
		if a.value == "" {
			return fmt.Errorf("action %q needs an argument", a.name)
		}
	case "allow", "expirevar":
	default:
		if a.value != "" {
			return fmt.Errorf("action %q takes no argument", a.name)
		}
	}
	var err error
	switch a.name {
	case "pass", "block", "deny", "drop":
		r.Disruptive = Action{Kind: map[string]ActionKind{"pass": Pass, "block": Block, "deny": Deny, "drop": Drop}[a.name]}
	case "redirect":
		r.Disruptive = Action{Kind: Redirect, Text: a.value}
	case "allow":
		if a.value != "" && a.value != "phase" && a.value != "request" {
			return fmt.Errorf("allow:%s is not allow, allow:phase or allow:request", a.value)
		}
		r.Disruptive = Action{Kind: Allow, Text: a.value}
	case "status":
		if r.Status, err = strconv.Atoi(a.value); err != nil {
			return fmt.Errorf("status %q is not a number", a.value)
		}
	case "setvar":
		return r.addSetVar(a.value)
	case "ctl":
		return r.addCtl(a.value)
	case "skip":
		n, err := strconv.Atoi(a.value)
		if err != nil || n < 1 {
			return fmt.Errorf("skip:%s is not a positive number", a.value)
		}
		r.Actions = append(r.Actions, Action{Kind: Skip, Number: n})
	case "skipafter":
		r.Actions = append(r.Actions, Action{Kind: SkipAfter, Text: trimQuotes(a.value)})
	case "t":
		return r.addTransform(strings.ToLower(a.value))
	case "logdata":
		r.LogData, err = ParseMacro(a.value)
	case "chain":
		r.HasChain = true
	case "capture":
		r.Capture = true
	case "multimatch":
		r.MultiMatch = true
	case "log":
		r.Log, r.AuditLog = true, true
	case "nolog":
		r.Log, r.AuditLog = false, false
	case "auditlog":
		r.AuditLog = true
	case "noauditlog":
		r.AuditLog = false
	case "initcol", "expirevar":
		// Collections that outlive a request do not exist, in Coraza as here: CRS asks for them and works without.
	default:
		return fmt.Errorf("action %q is not supported", a.name)
	}
	return err
}

func (r *Rule) addTransform(name string) error {
	switch name {
	case "none":
		r.Transforms = nil
		return nil
	case "normalisepath":
		name = "normalizepath"
	case "normalisepathwin":
		name = "normalizepathwin"
	}
	if !transforms[name] {
		return fmt.Errorf("transformation %q is not supported", name)
	}
	r.Transforms = append(r.Transforms, name)
	return nil
}

// transforms are the transformations that the engine has.
var transforms = map[string]bool{
	"base64decode": true, "base64decodeext": true, "base64encode": true, "cmdline": true, "compresswhitespace": true,
	"cssdecode": true, "escapeseqdecode": true, "hexdecode": true, "hexencode": true, "htmlentitydecode": true, "jsdecode": true,
	"length": true, "lowercase": true, "md5": true, "normalizepath": true, "normalizepathwin": true, "removecomments": true,
	"removecommentschar": true, "removenulls": true, "removewhitespace": true, "replacecomments": true, "replacenulls": true,
	"sha1": true, "trim": true, "trimleft": true, "trimright": true, "uppercase": true, "urldecode": true, "urldecodeuni": true,
	"urlencode": true, "utf8tounicode": true,
}

func (r *Rule) addSetVar(s string) error {
	remove := s[0] == '!'
	if remove {
		s = s[1:]
	}
	key, value, hasValue := strings.Cut(s, "=")
	collection, member, _ := strings.Cut(key, ".")
	if !strings.EqualFold(collection, "tx") || strings.TrimSpace(member) == "" {
		return fmt.Errorf("setvar:%s does not name a member of TX", s)
	}
	a := Action{Kind: SetVar}
	var err error
	if a.SetVar.Key, err = ParseMacro(member); err != nil {
		return err
	}
	if !remove {
		if !hasValue {
			return fmt.Errorf("setvar:%s gives no value", s)
		}
		if value == "" {
			return fmt.Errorf("setvar:%s gives an empty value", s)
		}
		if a.SetVar.Value, err = ParseMacro(value); err != nil {
			return err
		}
	}
	r.Actions = append(r.Actions, a)
	return nil
}

func (r *Rule) addCtl(s string) error {
	name, value, ok := strings.Cut(s, "=")
	if !ok {
		return fmt.Errorf("ctl:%s gives no value", s)
	}
	value, target, _ := strings.Cut(value, ";")
	c := CtlAction{Value: value}
	var err error
	switch name {
	case "ruleRemoveById", "ruleRemoveByTag", "ruleRemoveByMsg":
		c.Kind = CtlRuleRemove
		c.Rules, err = parseRuleChoice(strings.TrimPrefix(name, "ruleRemoveBy"), value)
	case "ruleRemoveTargetById", "ruleRemoveTargetByTag", "ruleRemoveTargetByMsg":
		c.Kind = CtlRuleRemoveTarget
		if c.Rules, err = parseRuleChoice(strings.TrimPrefix(name, "ruleRemoveTargetBy"), value); err == nil {
			err = c.setTarget(target)
		}
	case "ruleEngine":
		c.Kind = CtlRuleEngine
		c.Engine, err = parseEngineMode(value)
	case "requestBodyAccess":
		c.Kind = CtlRequestBodyAccess
		c.On, err = parseOnOff(value)
	case "requestBodyProcessor":
		c.Kind = CtlRequestBodyProcessor
		c.Value = strings.ToUpper(value)
		switch c.Value {
		case "URLENCODED", "MULTIPART", "XML", "JSON", "RAW":
		default:
			err = fmt.Errorf("body processor %q is not supported", value)
		}
	case "forceRequestBodyVariable":
		c.Kind = CtlForceRequestBody
		c.On, err = parseOnOff(value)
	case "responseBodyAccess":
		c.Kind = CtlResponseBodyAccess
		c.On, err = parseOnOff(value)
	case "forceResponseBodyVariable":
		c.Kind = CtlForceResponseBody
		c.On, err = parseOnOff(value)
	case "auditEngine", "auditLogParts", "debugLogLevel", "hashEngine", "hashEnforcement":
		return nil
	default:
		err = errors.New("is not supported")
	}
	if err != nil {
		return fmt.Errorf("ctl:%s: %w", s, err)
	}
	r.Actions = append(r.Actions, Action{Kind: Ctl, Ctl: c})
	return nil
}

func parseRuleChoice(by, value string) (RuleChoice, error) {
	switch {
	case value == "":
		return RuleChoice{}, errors.New("names no rule")
	case by == "Tag":
		return RuleChoice{Tag: value}, nil
	case by == "Msg":
		return RuleChoice{Message: value}, nil
	}
	first, last, err := parseIDRange(value)
	return RuleChoice{First: first, Last: last}, err
}

// parseIDRange reads 942100 or 942000-942999.
func parseIDRange(s string) (first, last int, err error) {
	a, b, ranged := strings.Cut(s, "-")
	if first, err = strconv.Atoi(a); err == nil {
		last = first
		if ranged {
			last, err = strconv.Atoi(b)
		}
	}
	if err != nil || first > last {
		return 0, 0, fmt.Errorf("%q is not a rule id or a range of them", s)
	}
	return first, last, nil
}

func (c *CtlAction) setTarget(s string) error {
	name, key, _ := strings.Cut(s, ":")
	v, ok := LookupVariable(strings.TrimSpace(name))
	if !ok {
		return fmt.Errorf("variable %q is not supported", name)
	}
	c.Variable = v
	key = strings.TrimSpace(key)
	pattern, isRx := cutSlashes(key)
	if !isRx {
		c.Key = strings.ToLower(key)
		return nil
	}
	if pattern == "" {
		return errors.New("the expression is empty")
	}
	var err error
	c.Rx, err = regexp.Compile(pattern)
	return err
}
