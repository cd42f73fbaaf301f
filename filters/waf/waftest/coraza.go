package waftest

import (
	"fmt"
	"io/fs"
	"slices"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"
	"github.com/corazawaf/coraza/v3"
	"github.com/corazawaf/coraza/v3/types"
)

// A Verdict is what an engine makes of a request.
type Verdict struct {
	Blocked bool
	Status  int
	Rule    int   // that interrupted
	Rules   []int // that matched, sorted, each once
	Score   string
}

// Same reports whether two engines agree.
func (v Verdict) Same(w Verdict) bool {
	return v.Blocked == w.Blocked && v.Status == w.Status && slices.Equal(v.Rules, w.Rules)
}

// CRS returns the directives of a full Core Rule Set at a paranoia level. more is put between its set-up and its rules.
func CRS(paranoia int, more string) string {
	return fmt.Sprintf(`
Include @coraza.conf-recommended
SecRuleEngine On
SecRxPreFilter Off
SecResponseBodyAccess Off
Include @crs-setup.conf.example
SecAction "id:900000,phase:1,pass,t:none,nolog,tag:'OWASP_CRS',setvar:tx.blocking_paranoia_level=%d"
%s
Include @owasp_crs/*.conf
`, paranoia, more)
}

// Coraza runs requests through the Coraza engine.
type Coraza struct{ waf coraza.WAF }

// NewCoraza compiles directives. Names that begin with @ are those of the rule set's module.
func NewCoraza(directives string) (*Coraza, error) {
	w, err := coraza.NewWAF(coraza.NewWAFConfig().WithRootFS(coreruleset.FS).WithDirectives(directives))
	return &Coraza{w}, err
}

// Run inspects a request's head and body.
func (c *Coraza) Run(r *Request) (v Verdict) {
	tx := c.waf.NewTransaction()
	defer func() { _ = tx.Close() }()
	tx.ProcessConnection("192.0.2.1", 1234, "", 0)
	tx.ProcessURI(r.Target, r.Method, r.Protocol)
	for _, h := range r.Header {
		tx.AddRequestHeader(h[0], h[1])
	}
	in := tx.ProcessRequestHeaders()
	if in == nil && len(r.Body) > 0 {
		in, _, _ = tx.WriteRequestBody(r.Body)
	}
	if in == nil {
		in, _ = tx.ProcessRequestBody()
	}
	return verdict(in, tx.MatchedRules())
}

func verdict(in *types.Interruption, rules []types.MatchedRule) (v Verdict) {
	if in != nil {
		v.Blocked, v.Status, v.Rule = true, in.Status, in.RuleID
	}
	for _, m := range rules {
		v.Rules = append(v.Rules, m.Rule().ID())
	}
	slices.Sort(v.Rules)
	v.Rules = slices.Compact(v.Rules)
	return v
}

// Source gives the files of the rule set's module.
type Source struct{}

// ReadFile reads a file of the module.
func (Source) ReadFile(name string) ([]byte, error) { return fs.ReadFile(coreruleset.FS, name) }

// Glob lists files of the module.
func (Source) Glob(pattern string) ([]string, error) { return fs.Glob(coreruleset.FS, pattern) }
