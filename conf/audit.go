package conf

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity is how much a finding matters.
type Severity uint8

// The severities, the least first.
const (
	Low Severity = iota
	Medium
	High
)

var severityNames = [...]string{"low", "medium", "high"}

// severityCost is what a finding takes from the score of 100.
var severityCost = [...]int{1, 5, 15}

// String returns "low", "medium" or "high".
func (s Severity) String() string { return severityNames[s] }

// MarshalText returns what String returns.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a severity.
func (s *Severity) UnmarshalText(text []byte) error {
	i := slices.Index(severityNames[:], string(text))
	if i < 0 {
		return fmt.Errorf(`%q is not a severity; it is "low", "medium" or "high"`, text)
	}
	*s = Severity(i)
	return nil
}

// Finding is something that is legal and risky.
type Finding struct {
	Place    Position `json:"place"`
	Severity Severity `json:"severity"`
	Code     string   `json:"code"` // stable, such as "anonymous-write"
	Message  string   `json:"message"`
	Remedy   string   `json:"remedy"`
}

// String returns the finding as a line with its place.
func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s: %s; %s", f.Place, f.Severity, f.Code, f.Message, f.Remedy)
}

// Audit is what an audit found, the gravest first.
type Audit []Finding

// Score is 100 for nothing found, and at least 0.
func (a Audit) Score() int {
	score := 100
	for _, f := range a {
		score -= severityCost[f.Severity]
	}
	return max(score, 0)
}

// auditor collects findings.
type auditor struct {
	c     *Config
	found Audit
}

// Audit looks for what is legal and risky.
func (c *Config) Audit() Audit {
	a := &auditor{c: c}
	a.edge()
	a.identities()
	a.upstreams()
	for _, name := range names(c.Routes) {
		a.route(c.Routes[name], []string{"routes", name})
	}
	a.unused()
	a.tested()
	slices.SortStableFunc(a.found, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(y.Severity, x.Severity), strings.Compare(x.Place.File, y.Place.File), cmp.Compare(x.Place.Line, y.Place.Line), cmp.Compare(x.Place.Col, y.Place.Col))
	})
	a.found = slices.Compact(a.found)
	return a.found
}

func (a *auditor) add(s Severity, code string, path []string, remedy, format string, args ...any) {
	a.found = append(a.found, Finding{a.c.At(path...), s, code, fmt.Sprintf(format, args...), remedy})
}

// unused finds what is defined and takes no part.
func (a *auditor) unused() {
	c := a.c
	used := map[string]bool{}
	for _, r := range c.Routes {
		for _, name := range r.Use {
			used["policies."+name] = true
		}
		for _, t := range r.To {
			used["upstreams."+t.Upstream] = true
		}
		if r.Mirror != nil {
			used["upstreams."+r.Mirror.To] = true
		}
		if r.WAF != nil {
			used["rulesets."+r.WAF.Ruleset] = true
		}
		if r.Address != nil {
			for _, name := range r.Address.Feeds {
				used["feeds."+name] = true
			}
		}
		if r.Auth != nil {
			for _, x := range slices.Concat(r.Auth.Any, r.Auth.All) {
				used[authFamilies[x.Kind]+"."+x.Name] = true
			}
		}
	}
	for family, defined := range map[string][]string{
		"policies": names(c.Policies), "upstreams": names(c.Upstreams), "rulesets": names(c.Rulesets), "feeds": names(c.Feeds),
		"issuers": names(c.Issuers), "keys": names(c.Keys), "basic": names(c.Basic), "signatures": names(c.Signatures), "certificates": names(c.Certificates),
	} {
		for _, name := range defined {
			if !used[family+"."+name] {
				a.add(Low, "unused", []string{family, name}, "remove it, or use it", "no route uses %s.%s", family, name)
			}
		}
	}
}

// authFamilies are the tables that the kinds of authenticators refer to.
var authFamilies = map[string]string{"issuer": "issuers", "keys": "keys", "basic": "basic", "signature": "signatures", "mtls": "certificates"}

// tested finds the routes that no test expects.
func (a *auditor) tested() {
	c := a.c
	tested := map[string]bool{}
	for _, t := range c.Tests {
		tested[t.Expect.Route] = true
	}
	var without []string
	for _, name := range names(c.Routes) {
		if !tested[name] {
			without = append(without, name)
		}
	}
	switch {
	case len(c.Routes) == 0 || len(without) == 0:
	case len(c.Tests) == 0:
		a.add(Low, "no-tests", []string{"routes"}, "write [tests.NAME] for what must be refused; a reload that breaks one is refused", "the configuration has no tests")
	default:
		a.add(Low, "untested-routes", []string{"tests"}, "write a test that expects each of them", "no test expects %s", few(without))
	}
}

// few returns names for a message, not more than fit into it.
func few(list []string) string {
	if len(list) > 6 {
		return strings.Join(list[:6], ", ") + fmt.Sprintf(" and %d more", len(list)-6)
	}
	return strings.Join(list, ", ")
}
