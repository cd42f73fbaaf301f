// Package waf is the filter that looks for attacks with the rules of the OWASP Core Rule Set and with rules of your own.
//
// The folders below are its parts, from the language to the bytes: seclang reads rule files, engine runs them, transform,
// rx, scan and libinjection are what it runs them with.
package waf

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"

	"sallyport/conf"
	"sallyport/filters/waf/engine"
	"sallyport/filters/waf/seclang"
)

// crs is the name of the ruleset that is always there.
const crs = "crs"

// Rulesets compiles rulesets, and keeps the programs so that routes with the same rules, and reloads that change nothing,
// share one. It is made once for a gateway's life. Its methods must not be called concurrently.
type Rulesets struct {
	programs map[[sha256.Size]byte]*kept
}

type kept struct {
	program *engine.Program
	used    bool
}

// NewRulesets returns an empty store.
func NewRulesets() *Rulesets { return &Rulesets{programs: map[[sha256.Size]byte]*kept{}} }

// Begin starts the compilation of a configuration, End ends it: programs that nothing has asked for between the two are
// forgotten. A compilation that fails calls no End, and forgets nothing.
func (s *Rulesets) Begin() {
	for _, k := range s.programs {
		k.used = false
	}
}

// End forgets what was not used since Begin.
func (s *Rulesets) End() {
	for key, k := range s.programs {
		if !k.used {
			delete(s.programs, key)
		}
	}
}

// program returns the program for one route.
func (s *Rulesets) program(c *conf.WAF, sets map[string]*conf.Ruleset, methods []string) (*engine.Program, error) {
	text, err := directives(c, sets, methods)
	if err != nil {
		return nil, err
	}
	files := &fileSource{}
	set, err := seclang.Parse(files, "waf", text)
	if err != nil {
		return nil, err
	}
	for i := range c.Exclude {
		if err := exclude(set, &c.Exclude[i]); err != nil {
			return nil, fmt.Errorf("exclude: %w", err)
		}
	}
	key := sha256.Sum256(fmt.Appendf(files.read, "%s\n%q", text, c.Exclude))
	if k := s.programs[key]; k != nil {
		k.used = true
		return k.program, nil
	}
	p, err := engine.Compile(set)
	if err != nil {
		return nil, err
	}
	s.programs[key] = &kept{program: p, used: true}
	return p, nil
}

// directives writes the directives that include everything in its order: set-up, own files that have to come first, the
// rules that detect, own files, the rules that decide, own files that have to come last.
func directives(c *conf.WAF, sets map[string]*conf.Ruleset, methods []string) (string, error) {
	own := &conf.Ruleset{Base: crs}
	if c.Ruleset != crs {
		if own = sets[c.Ruleset]; own == nil {
			return "", fmt.Errorf("there is no ruleset %q", c.Ruleset)
		}
	}
	var b strings.Builder
	if own.Base != crs {
		b.WriteString("SecRequestBodyAccess On\n")
		include(&b, own.Files, func(string) bool { return true })
		return b.String(), nil
	}
	if len(methods) == 0 {
		methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
	}
	b.WriteString("Include @coraza.conf-recommended\nSecRuleEngine On\nInclude @crs-setup.conf.example\n")
	fmt.Fprintf(&b, "SecAction \"id:900000,phase:1,pass,t:none,nolog,tag:'OWASP_CRS',setvar:tx.blocking_paranoia_level=%d,"+
		"setvar:tx.inbound_anomaly_score_threshold=%d,setvar:'tx.allowed_methods=%s'\"\n",
		c.Paranoia, c.Threshold, strings.Join(methods, " "))
	include(&b, own.Files, goesFirst)
	b.WriteString("Include @owasp_crs/REQUEST-9[0-3]*.conf\nInclude @owasp_crs/REQUEST-94[0-4]*.conf\nInclude @owasp_crs/REQUEST-999*.conf\n")
	include(&b, own.Files, func(name string) bool { return !goesFirst(name) && !goesLast(name) })
	b.WriteString("Include @owasp_crs/REQUEST-949*.conf\nInclude @owasp_crs/RESPONSE-*.conf\n")
	include(&b, own.Files, goesLast)
	return b.String(), nil
}

// goesFirst and goesLast know the names that CRS gives to set-up, plugins and exclusions.
func goesFirst(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "before") || strings.Contains(name, "config") || strings.Contains(name, "setup")
}

func goesLast(name string) bool {
	return !goesFirst(name) && strings.Contains(strings.ToLower(name), "after")
}

func include(b *strings.Builder, files []conf.Path, pick func(name string) bool) {
	for _, f := range files {
		if pick(filepath.Base(string(f))) {
			fmt.Fprintf(b, "Include %s\n", f)
		}
	}
}

// exclude turns rules off, for some targets or altogether. Naming a rule that does not exist is a mistake.
func exclude(set *seclang.Ruleset, e *conf.Exclusion) error {
	var choices []seclang.RuleChoice
	for _, s := range e.Rules {
		c, err := seclang.ParseIDs(s)
		if err != nil {
			return err
		}
		choices = append(choices, c)
	}
	for _, tag := range e.Tags {
		choices = append(choices, seclang.RuleChoice{Tag: tag})
	}
	if len(choices) == 0 {
		choices = append(choices, seclang.RuleChoice{First: 1, Last: 1 << 60})
	}
	for _, c := range choices {
		if !slices.ContainsFunc(set.Rules, c.Picks) {
			return fmt.Errorf("no rule fits %s", &c)
		}
		if len(e.Targets) == 0 {
			if c.Last == 1<<60 {
				return fmt.Errorf("neither rules, tags nor targets are named")
			}
			set.Remove(c.Picks)
			continue
		}
		for _, t := range e.Targets {
			if _, err := set.UpdateTargets("!"+t, c.Picks); err != nil {
				return err
			}
		}
	}
	return nil
}

// fileSource gives the files of the Core Rule Set, whose names begin with @, and files of the system. It keeps what it has
// read of the latter, to tell whether something has changed.
type fileSource struct{ read []byte }

func (s *fileSource) ReadFile(name string) ([]byte, error) {
	if strings.HasPrefix(name, "@") {
		return fs.ReadFile(coreruleset.FS, name)
	}
	b, err := os.ReadFile(name)
	s.read = append(fmt.Appendf(s.read, "%s %d\n", name, len(b)), b...)
	return b, err
}

func (s *fileSource) Glob(pattern string) ([]string, error) {
	if strings.HasPrefix(pattern, "@") {
		return fs.Glob(coreruleset.FS, pattern)
	}
	return filepath.Glob(pattern)
}
