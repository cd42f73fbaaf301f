package gateway

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"sallyport/conf"
)

// TestResult is what came of one test of a configuration.
type TestResult struct {
	Name     string
	Place    conf.Position
	Failures []string  // what was expected and is not so; none when the test passed
	Decision *Decision // of its last request
}

// RunTests runs the tests of the configuration, in the order of their names.
func (o *Offline) RunTests() []TestResult {
	c := o.table.conf
	var results []TestResult
	for _, name := range slices.Sorted(maps.Keys(c.Tests)) {
		results = append(results, o.runTest(c.Tests[name], c.At("tests", name)))
	}
	return results
}

// Uncovered returns the routes that no test's request has reached.
func (o *Offline) Uncovered(results []TestResult) []string {
	reached := map[string]bool{}
	for _, r := range results {
		if r.Decision != nil {
			reached[r.Decision.Route] = true
		}
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(o.table.conf.Routes)) {
		if !reached[name] {
			names = append(names, name)
		}
	}
	return names
}

func (o *Offline) runTest(t *conf.Test, place conf.Position) TestResult {
	result := TestResult{Name: t.Name, Place: place}
	q := Question{Method: t.Request.Method, URL: t.Request.URL, Body: []byte(t.Request.Body), As: t.As, Time: t.Time.Time}
	for _, name := range slices.Sorted(maps.Keys(t.Request.Headers)) {
		q.Fields = append(q.Fields, name+": "+t.Request.Headers[name])
	}
	var err error
	if q.From, err = netip.ParseAddr(t.From); err != nil {
		result.Failures = []string{fmt.Sprintf("from: %v", err)}
		return result
	}
	for range max(1, t.Times) {
		if result.Decision, err = o.Decide(q); err != nil {
			result.Failures = []string{err.Error()}
			return result
		}
	}
	result.Failures = result.Decision.compare(&t.Expect)
	return result
}

// compare returns what of the expectation is not so.
func (d *Decision) compare(e *conf.TestExpect) (failures []string) {
	f := func(what, want, got string) {
		if want != "" && want != got {
			failures = append(failures, fmt.Sprintf("%s: expected %s, got %s", what, want, orNone(got)))
		}
	}
	f("route", e.Route, d.Route)
	f("decision", e.Decision, d.Decision)
	f("reason", e.Reason, d.Reason)
	f("upstream", e.Upstream, d.Upstream)
	if status := d.reply.Status; e.Status != 0 && e.Status != status {
		failures = append(failures, fmt.Sprintf("status: expected %d, got %d", e.Status, status))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Headers)) {
		f("header "+name, e.Headers[name], d.Field(strings.ToLower(name)))
	}
	return failures
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// String tells the decision in lines, the way it was reached first.
func (d *Decision) String() string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-10s %s\n", name, value)
		}
	}
	for _, c := range d.Candidates {
		if c.Lost != "" && c.Lost != "host, path or fields" {
			line("candidate", c.Route+": lost, "+c.Lost)
		}
	}
	for _, s := range d.Stages {
		line("stage", s.Name+": "+s.Verdict)
	}
	line("route", orNone(d.Route))
	line("decision", d.Decision)
	if d.Status != 0 {
		line("status", fmt.Sprint(d.Status))
	}
	line("reason", d.Reason)
	line("upstream", d.Upstream)
	line("would_refuse", strings.Join(d.Shadowed, " "))
	return b.String()
}

// testFailures runs a configuration's own tests and returns what fails as mistakes of the configuration. The tests run on
// a table of their own: they charge nobody's limits.
func testFailures(c *conf.Config) (problems conf.Problems) {
	if len(c.Tests) == 0 {
		return nil
	}
	o, problems := NewOffline(c)
	if len(problems) > 0 {
		return problems
	}
	defer o.Close()
	for _, r := range o.RunTests() {
		for _, failure := range r.Failures {
			problems = append(problems, r.Place.Errorf("test %s fails: %s", r.Name, failure))
		}
	}
	return problems
}
