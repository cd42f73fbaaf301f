package waf

import (
	"fmt"
	"io"
	"net/netip"

	"sallyport/conf"
	"sallyport/filters/waf/engine"
	"sallyport/internal/wire"
)

// Explain inspects one request, given as its bytes, with the rules of a route and writes every rule that matched, and why.
func (s *Rulesets) Explain(w io.Writer, c *conf.WAF, sets map[string]*conf.Ruleset, methods []string, raw []byte) error {
	p, err := s.program(c, sets, methods)
	if err != nil {
		return err
	}
	var r wire.Request
	n, fault := r.Parse(raw, &wire.Limits{Head: 1 << 20, Target: 1 << 20, Fields: 1000})
	if n == 0 {
		return fmt.Errorf("the request cannot be read: %s", fault.Reason())
	}
	t := new(engine.Tx)
	t.Verbose = true
	t.Reset(p)
	t.Client(netip.MustParseAddr("192.0.2.1"), 0)
	feed(t, &r)
	if t.RunRequestHeaders() == nil {
		body := raw[n:]
		t.RunRequestBody(body[:min(len(body), int(c.Body))], len(body) > int(c.Body))
	}
	matches := t.Matches()
	for i := range matches {
		if m := &matches[i]; m.Rule.Message != nil {
			explainMatch(w, t, m)
		}
	}
	decision := "pass"
	if in, _ := t.Interruption(); in != nil {
		decision = fmt.Sprintf("refuse by rule %d", in.Rule)
	}
	_, err = fmt.Fprintf(w, "score %d\ndecision %s\n", t.Score(), decision)
	return err
}

func explainMatch(w io.Writer, t *engine.Tx, m *engine.Match) {
	fmt.Fprintf(w, "rule %d %s\n  at %s\n", m.Rule.ID, m.Message, m.Rule.Position)
	if len(m.Data) > 0 {
		fmt.Fprintf(w, "  data %q\n", m.Data)
	}
	for _, h := range t.Hits(m) {
		fmt.Fprintf(w, "  matched %s", h.Variable)
		if len(h.Key) > 0 {
			fmt.Fprintf(w, ":%s", h.Key)
		}
		fmt.Fprintf(w, " = %q\n", h.Value)
	}
}
