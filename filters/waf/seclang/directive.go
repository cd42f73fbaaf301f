package seclang

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// directive reads one directive with its continuation lines joined.
func (p *parser) directive(s string) error {
	name, arg, _ := strings.Cut(s, " ")
	name = strings.ToLower(name)
	if len(arg) >= 3 && arg[0] == '"' && arg[len(arg)-1] == '"' {
		arg = strings.Trim(arg, `"`)
	}
	if p.chain != nil && name != "secrule" && name != "secaction" {
		return p.fail(errors.New("the chain is not finished"), p.head.ID)
	}
	if err := p.run(name, arg); err != nil {
		return p.fail(err, 0)
	}
	return nil
}

func (p *parser) run(name, arg string) (err error) {
	if arg == "" && name != "secruleengine" {
		return fmt.Errorf("%s needs an argument", name)
	}
	switch name {
	case "secrule":
		return p.addRule(arg, true)
	case "secaction":
		return p.addRule(arg, false)
	case "secmarker":
		return p.addMarker(trimQuotes(arg))
	case "secdefaultaction":
		return p.setDefaults(arg)
	case "include":
		return p.include(trimQuotes(arg))
	case "secruleremovebyid":
		return p.removeByID(arg)
	case "secruleremovebytag":
		p.set.Remove(func(r *Rule) bool { return r.HasTag(trimQuotes(arg)) })
	case "secruleremovebymsg":
		c := RuleChoice{Message: trimQuotes(arg)}
		p.set.Remove(c.Picks)
	case "secruleupdatetargetbyid":
		return p.updateByID(arg, p.updateTargets)
	case "secruleupdatetargetbytag":
		return p.updateTargetsByTag(arg)
	case "secruleupdateactionbyid":
		return p.updateByID(arg, p.updateActions)
	case "secdataset":
		return p.addDataset(arg)
	case "secruleengine":
		p.set.Engine, err = parseEngineMode(arg)
	case "secrequestbodyaccess":
		p.set.RequestBodyAccess, err = parseOnOff(arg)
	case "secrequestbodylimit":
		p.set.RequestBodyLimit, err = strconv.ParseInt(arg, 10, 64)
	case "secrequestbodylimitaction":
		p.set.RequestBodyPartial, err = parseLimitAction(arg)
	case "secrequestbodyjsondepthlimit":
		p.set.JSONDepth, err = parsePositive(arg)
	case "secargumentslimit":
		p.set.ArgumentsLimit, err = parsePositive(arg)
	case "secresponsebodyaccess":
		p.set.ResponseBodyAccess, err = parseOnOff(arg)
	case "secresponsebodylimit":
		p.set.ResponseBodyLimit, err = strconv.ParseInt(arg, 10, 64)
	case "secresponsebodylimitaction":
		p.set.ResponseBodyPartial, err = parseLimitAction(arg)
	case "secresponsebodymimetype":
		p.set.ResponseBodyTypes = strings.Split(arg, " ")
	case "secresponsebodymimetypesclear":
		p.set.ResponseBodyTypes = nil
	default:
		if !idle[name] {
			return fmt.Errorf("directive %q is not supported", name)
		}
	}
	return err
}

// idle are directives about what this engine has no part in: its own audit and debug logs, files on disk, limits of a
// regular-expression engine that backtracks. A rule's verdict does not depend on any of them.
var idle = map[string]bool{
	"secauditengine": true, "secauditlog": true, "secauditlogdirmode": true, "secauditlogfilemode": true, "secauditlogformat": true,
	"secauditlogparts": true, "secauditlogrelevantstatus": true, "secauditlogstoragedir": true, "secauditlogtype": true,
	"seccollectiontimeout": true, "seccomponentsignature": true, "seccookieformat": true, "secdatadir": true, "secdebuglog": true,
	"secdebugloglevel": true, "secpcrematchlimit": true, "secpcrematchlimitrecursion": true, "secrequestbodyinmemorylimit": true,
	"secrequestbodynofileslimit": true, "secrxprefilter": true, "secsensorid": true, "secserversignature": true, "sectmpdir": true,
	"secunicodemap": true, "secunicodemapfile": true, "secuploaddir": true, "secuploadfilelimit": true, "secuploadfilemode": true,
	"secuploadkeepfiles": true, "secwebappid": true, "secargumentseparator": true,
}

func parseLimitAction(s string) (partial bool, err error) {
	switch strings.ToLower(s) {
	case "reject":
		return false, nil
	case "processpartial":
		return true, nil
	}
	return false, fmt.Errorf("%q is not Reject or ProcessPartial", s)
}

func parsePositive(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("%q is not a positive number", s)
	}
	return n, nil
}

// setDefaults reads a SecDefaultAction: what the rules of one phase inherit.
func (p *parser) setDefaults(s string) error {
	list, err := splitActions(s)
	if err != nil {
		return err
	}
	phase, decides := AnyPhase, false
	for _, a := range list {
		switch {
		case a.name == "phase":
			if phase, err = parsePhase(a.value); err != nil {
				return err
			}
		case isMetadata(a.name) || a.name == "t":
			return fmt.Errorf("action %q cannot be inherited", a.name)
		case isDisruptive(a.name):
			decides = true
		default:
			var probe Rule
			if err := probe.add(a); err != nil {
				return err
			}
		}
	}
	if phase == AnyPhase || !decides {
		return errors.New("the phase or the decision (pass, deny, ...) is missing")
	}
	if p.own[phase] {
		return fmt.Errorf("phase %d has its default actions already", phase)
	}
	p.own[phase] = true
	p.defaults[phase] = list
	return nil
}

func (p *parser) removeByID(s string) error {
	for _, f := range strings.Fields(s) {
		first, last, err := parseIDRange(f)
		if err != nil {
			return err
		}
		c := RuleChoice{First: first, Last: last}
		p.set.Remove(c.Picks)
	}
	return nil
}

// updateByID reads "ids change" and applies the change to each of the rules.
func (p *parser) updateByID(s string, update func(*Rule, string) error) error {
	fields := strings.Fields(s)
	if len(fields) < 2 {
		return errors.New("rule ids and a change are expected")
	}
	change := strings.Trim(fields[len(fields)-1], `"`)
	for _, f := range fields[:len(fields)-1] {
		first, last, err := parseIDRange(f)
		if err != nil {
			return err
		}
		if first == last && p.set.Find(first) == nil {
			return fmt.Errorf("there is no rule %d before this line", first)
		}
		c := RuleChoice{First: first, Last: last}
		for _, r := range p.set.Rules {
			if c.Picks(r) {
				if err := update(r, change); err != nil {
					return p.fail(err, r.ID)
				}
			}
		}
	}
	return nil
}

func (p *parser) updateTargets(r *Rule, change string) error { return r.addTargets(change) }

func (p *parser) updateActions(r *Rule, change string) error {
	list, err := splitActions(change)
	if err != nil {
		return err
	}
	return r.apply(list, nil)
}

func (p *parser) updateTargetsByTag(s string) error {
	fields := strings.Fields(s)
	if len(fields) != 2 {
		return errors.New("a tag and targets are expected")
	}
	tag := strings.Trim(fields[0], `"`)
	_, err := p.set.UpdateTargets(fields[1], func(r *Rule) bool { return r.HasTag(tag) })
	return err
}

// addDataset reads a SecDataset: a name and lines between backticks.
func (p *parser) addDataset(s string) error {
	name, body, ok := strings.Cut(s, " ")
	if !ok {
		return errors.New("a name and lines between backticks are expected")
	}
	var entries []string
	for line := range strings.Lines(strings.Trim(body, "`")) {
		line = strings.TrimSpace(line)
		if line != "" && line[0] != '#' {
			entries = append(entries, line)
		}
	}
	p.datasets[name] = entries
	return nil
}
