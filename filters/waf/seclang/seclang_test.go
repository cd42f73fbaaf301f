package seclang

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// files is a Source in memory.
type files struct{ fstest.MapFS }

func (f files) ReadFile(name string) ([]byte, error)  { return fs.ReadFile(f.MapFS, name) }
func (f files) Glob(pattern string) ([]string, error) { return fs.Glob(f.MapFS, pattern) }
func text(s string) *fstest.MapFile                   { return &fstest.MapFile{Data: []byte(s)} }
func parseText(t testing.TB, s string) (*Ruleset, error) {
	t.Helper()
	return Parse(source, "dir/main.conf", s)
}

var source = files{fstest.MapFS{
	"dir/words.data": text("# comment\nfoo\n\nBar\n"), "dir/a1.conf": text(`SecAction "id:1,pass"`), "dir/a2.conf": text(`SecAction "id:2,pass"`),
}}

func TestParse(t *testing.T) {
	f := func(directives string, ids ...int) *Ruleset {
		t.Helper()
		set, err := parseText(t, directives)
		if err != nil {
			t.Fatalf("%s: %v", directives, err)
		}
		var got []int
		for _, r := range set.Rules {
			got = append(got, r.ID)
		}
		if len(got) != len(ids) {
			t.Fatalf("%s: rules %v, want %v", directives, got, ids)
		}
		for i := range ids {
			if got[i] != ids[i] {
				t.Errorf("%s: rules %v, want %v", directives, got, ids)
			}
		}
		return set
	}
	f("Include a*.conf", 1, 2)
	f("SecAction \\\n  \"id:7,\\\n  # a comment amid\n  pass\"", 7)
	f("SecAction \"id:1,pass\"\nSecAction \"id:2,pass\"\nSecRuleRemoveById 1", 2)
	f("SecAction \"id:1,pass,tag:'x'\"\nSecRuleRemoveByTag x")
	set := f(`SecRule ARGS|!ARGS:a|!ARGS:/^b|c$/|&REQUEST_HEADERS:X "@pmFromFile words.data" "id:1,phase:1,deny,t:lowercase,t:none,t:urlDecode,msg:'it, %{TX.0}'"`, 1)
	r := set.Rules[0]
	if len(r.Targets) != 2 || len(r.Targets[0].Except) != 2 || !r.Targets[1].Count || r.Targets[1].Key != "x" {
		t.Errorf("targets %+v", r.Targets)
	}
	if r.Phase != 1 || r.Disruptive.Kind != Deny || len(r.Transforms) != 1 || r.Message.Text != "it, %{TX.0}" || len(r.Operator.Phrases) != 2 {
		t.Errorf("rule %+v", r)
	}
	set = f("SecRule ARGS \"@rx \\\"x\" \"id:1,deny,chain\"\nSecRule TX:0 \"!@streq a\" \"setvar:tx.b=+1\"", 1)
	if c := set.Rules[0].Chain; set.Rules[0].Operator.Argument != `"x` || c == nil || !c.Operator.Negated || len(c.Actions) != 1 {
		t.Errorf("chain %+v", c)
	}
	set = f("SecDefaultAction \"phase:1,deny,status:406\"\nSecRule ARGS \"x\" \"id:1,phase:1,block\"", 1)
	if r := set.Rules[0]; r.Disruptive.Kind != Deny || r.Status != 406 {
		t.Errorf("inherited %+v", r)
	}
}

// What is not supported or wrong is an error with file, line and rule.
func TestErrors(t *testing.T) {
	f := func(directives, want string) {
		t.Helper()
		_, err := parseText(t, directives)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", directives, err, want)
		}
	}
	f("SecFoo x", `dir/main.conf:1: directive "secfoo" is not supported`)
	f("\nSecRule ARGS \"@rbl x\" \"id:5,deny\"", "dir/main.conf:2: rule 5: operator @rbl is not supported")
	f("SecRule FOO \"x\" \"id:5\"", `rule 5: variable "FOO" is not supported`)
	f("SecRule ARGS \"x\" \"id:5,t:rot13\"", `rule 5: transformation "rot13" is not supported`)
	f("SecRule ARGS \"x\" \"id:5,exec:/bin/x\"", "rule 5: action \"exec\"")
	f("SecRule ARGS \"x\" \"id:5,ctl:foo=1\"", "rule 5: ctl:foo=1: is not supported")
	f("SecAction \"id:1,pass\"\nSecAction \"id:1,pass\"", "dir/main.conf:2: rule 1: the id is used twice")
	f("SecRule ARGS \"x\" \"id:5,deny,chain\"", "rule 5: the file ends before the chain does")
	f("SecRule ARGS \"x\" \"id:5,deny,chain\"\nSecRule ARGS \"y\" \"deny\"", "rule 5: action \"deny\" can only stand in the first rule")
	f("SecAction \"id:1,msg:'%{FOO.x}'\"", `variable "FOO" is not supported`)
	f("Include none.conf", "none.conf")
	f("SecRuleUpdateTargetById 9 \"!ARGS\"", "there is no rule 9 before this line")
	f("SecAction \"id:1,setvar:'tx.a\"", "a closing quote is missing")
	f("SecAction \\", "the file ends in a continued line")
}

func FuzzParse(f *testing.F) {
	f.Add("SecRule ARGS|!ARGS:'/a|b/' \"@rx x\" \"id:1,deny,msg:'a,b',setvar:tx.x=+%{TX.1}\"")
	f.Add("SecDataset d `\nfoo\n`\nSecRule ARGS \"@pmFromDataset d\" \"id:1\"")
	f.Fuzz(func(t *testing.T, s string) { _, _ = parseText(t, s) })
}
