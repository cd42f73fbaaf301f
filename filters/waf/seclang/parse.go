package seclang

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// A Source gives rule files and the data files that they name. Names use forward slashes.
type Source interface {
	ReadFile(name string) ([]byte, error)
	Glob(pattern string) ([]string, error)
}

// maxIncludes ends a file that includes itself.
const maxIncludes = 100

// Parse reads text as if it stood in a file called name.
func Parse(source Source, name, text string) (*Ruleset, error) {
	p := &parser{source: source, set: newRuleset(), defaults: map[Phase][]actionText{}, datasets: map[string][]string{}}
	p.defaults[RequestBodyPhase] = []actionText{{name: "log"}, {name: "auditlog"}, {name: "pass"}}
	p.at.File = name
	if err := p.parse(text); err != nil {
		return nil, err
	}
	if p.chain != nil {
		return nil, &Error{Position: p.chain.Position, Rule: p.head.ID, Msg: "the file ends before the chain does"}
	}
	return p.set, nil
}

// parser is the state of one Parse.
type parser struct {
	source   Source
	set      *Ruleset
	at       Position
	includes int
	defaults map[Phase][]actionText
	own      [NumPhases]bool // phases whose defaults were given by SecDefaultAction
	datasets map[string][]string
	head     *Rule // of the chain that is open
	chain    *Rule // its last link, nil when no chain is open
}

// relative resolves a name against the folder of the file that mentions it.
func (p *parser) relative(name string) string {
	if strings.HasPrefix(name, "/") || strings.HasPrefix(name, "@") {
		return name
	}
	return path.Join(path.Dir(p.at.File), name)
}

// fail returns err with the present position, unless it has one already.
func (p *parser) fail(err error, rule int) error {
	if e := (*Error)(nil); errors.As(err, &e) {
		return err
	}
	return &Error{Position: p.at, Rule: rule, Msg: err.Error()}
}

// parse reads the lines of one file. A line is trimmed; one that starts with # is a comment, even amid a continued
// directive; a backslash at the end continues it; a backtick at the end opens a block that a line with a backtick closes.
func (p *parser) parse(text string) error {
	var directive strings.Builder
	block := false
	line := 0
	for raw := range strings.Lines(text) {
		line++
		s := strings.TrimSpace(raw)
		if s == "" || s[0] == '#' {
			continue
		}
		if !block && s[len(s)-1] == '`' {
			block = true
		} else if block && s[0] == '`' {
			block = false
		}
		if block {
			directive.WriteString(s)
			directive.WriteByte('\n')
			continue
		}
		if s[len(s)-1] == '\\' {
			directive.WriteString(s[:len(s)-1])
			continue
		}
		directive.WriteString(s)
		p.at.Line = line
		if err := p.directive(directive.String()); err != nil {
			return err
		}
		directive.Reset()
	}
	p.at.Line = line
	if block {
		return p.fail(errors.New("the closing backtick is missing"), 0)
	}
	if directive.Len() > 0 {
		return p.fail(errors.New("the file ends in a continued line"), 0)
	}
	return nil
}

func (p *parser) include(name string) error {
	if p.includes++; p.includes > maxIncludes {
		return fmt.Errorf("more than %d files are included", maxIncludes)
	}
	name = p.relative(name)
	files := []string{name}
	if strings.ContainsAny(name, "*?[") {
		var err error
		if files, err = p.source.Glob(name); err != nil {
			return err
		}
		if len(files) == 0 {
			return fmt.Errorf("no file fits %q", name)
		}
	}
	outer := p.at
	for _, f := range files {
		text, err := p.source.ReadFile(f)
		if err != nil {
			return err
		}
		p.at = Position{File: f}
		if err := p.parse(string(text)); err != nil {
			return err
		}
	}
	p.at = outer
	return nil
}

func (p *parser) addMarker(name string) error {
	if p.chain != nil {
		return errors.New("a marker stands inside a chain")
	}
	p.set.Rules = append(p.set.Rules, &Rule{Position: p.at, Marker: name, Severity: -1})
	return nil
}

// addRule reads a SecRule (withOperator) or a SecAction.
func (p *parser) addRule(s string, withOperator bool) error {
	r := &Rule{Position: p.at, Phase: RequestBodyPhase, Severity: -1, InChain: p.chain != nil}
	actions, err := p.readRule(r, s, withOperator)
	if err != nil {
		id := r.ID
		for _, a := range actions { // the id may not have been reached
			if a.name == "id" && id == 0 {
				_, _ = fmt.Sscan(a.value, &id)
			}
		}
		if r.InChain {
			id = p.head.ID
		}
		return p.fail(err, id)
	}
	if p.chain != nil {
		r.Phase = p.head.Phase
		p.chain.Chain = r
	} else {
		if r.ID != 0 && p.set.Find(r.ID) != nil {
			return p.fail(errors.New("the id is used twice"), r.ID)
		}
		p.set.Rules = append(p.set.Rules, r)
		p.head = r
	}
	p.chain = nil
	if r.HasChain {
		p.chain = r
	}
	return nil
}

func (p *parser) readRule(r *Rule, s string, withOperator bool) (actions []actionText, err error) {
	list := trimQuotes(strings.TrimSpace(s))
	var targets, operator string
	if withOperator {
		if targets, operator, list, err = cutRule(s); err != nil {
			return nil, err
		}
	}
	if list != "" {
		if actions, err = splitActions(list); err != nil {
			return actions, err
		}
	} else if !withOperator {
		return nil, errors.New("an action list is missing")
	}
	if withOperator {
		if err = r.addTargets(targets); err != nil {
			return actions, err
		}
		if r.Operator, err = p.parseOperator(operator); err != nil {
			return actions, err
		}
	}
	if r.InChain {
		for _, a := range actions {
			if isDisruptive(a.name) {
				return actions, fmt.Errorf("action %q can only stand in the first rule of a chain", a.name)
			}
		}
	}
	if actions == nil {
		return nil, nil
	}
	return actions, r.apply(actions, p.defaults)
}

// cutRule cuts a SecRule's argument into targets, operator and actions. In the quoted operator \" stands for a quote, and
// no other escape means anything.
func cutRule(s string) (targets, operator, actions string, err error) {
	s = strings.Trim(s, " ")
	targets, rest, _ := strings.Cut(s, " ")
	rest = strings.TrimLeft(rest, " ")
	if rest == "" || rest[0] != '"' {
		return "", "", "", fmt.Errorf("an operator in double quotes is missing after %q", targets)
	}
	end := closingQuote(rest)
	if end < 0 {
		return "", "", "", errors.New("the operator's closing quote is missing")
	}
	operator = strings.ReplaceAll(rest[1:end], `\"`, `"`)
	rest = strings.TrimSpace(rest[end+1:])
	if rest == "" {
		return targets, operator, "", nil
	}
	if len(rest) < 2 || rest[0] != '"' || rest[len(rest)-1] != '"' {
		return "", "", "", errors.New("the actions do not stand in double quotes")
	}
	return targets, operator, rest[1 : len(rest)-1], nil
}

// closingQuote returns the index of the quote that ends the string which begins at s[0].
func closingQuote(s string) int {
	escaped := false
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"' && !escaped:
			return i
		case s[i] == '\\':
			escaped = !escaped
		default:
			escaped = false
		}
	}
	return -1
}
