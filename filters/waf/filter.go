package waf

import (
	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/waf/engine"
	"sallyport/internal/wire"
)

// Filter inspects the requests of one route.
type Filter struct {
	program *engine.Program
	blocked *filters.Denial
	large   *filters.Denial
	body    int
	over    string
	counts  counts
}

// New compiles the filter of a route whose methods are given (none: all). It returns nil when the filter is off.
func (s *Rulesets) New(c *conf.WAF, sets map[string]*conf.Ruleset, methods []string, site *filters.Site) (*Filter, error) {
	if c.Mode == conf.Off {
		return nil, nil
	}
	p, err := s.program(c, sets, methods)
	if err != nil {
		return nil, err
	}
	f := &Filter{program: p, body: int(c.Body), over: c.Over, counts: newCounts(site)}
	if c.Mode == conf.Shadow {
		f.blocked, f.large = site.Shadow(filters.WAFBlocked), site.Shadow(filters.BodyTooLarge)
	} else {
		f.blocked, f.large = site.Denial(filters.WAFBlocked), site.Denial(filters.BodyTooLarge)
	}
	return f, nil
}

// BodyCap is how much of a body is inspected.
func (f *Filter) BodyCap() int { return f.body }

// Request inspects a request. What it finds goes into the exchange's findings, for the access line.
func (f *Filter) Request(x *filters.Exchange) filters.Verdict {
	r := &x.Request
	body, cut := r.Body.Bytes(), !r.Body.Whole()
	if cut {
		switch f.over {
		case "refuse":
			if x.Refuse(f.large) == filters.Done {
				return filters.Done
			}
		case "pass":
			body = nil
		}
	}
	f.counts.inspected.Inc()
	t := f.program.Acquire()
	verdict := filters.Next
	if f.inspect(t, x, body, cut) {
		x.Findings = appendFindings(x.Findings[:0], t)
		f.counts.add(t)
		verdict = x.Refuse(f.blocked)
	}
	f.program.Release(t)
	return verdict
}

// inspect runs the rules of the request phases and reports whether they refuse the request.
func (f *Filter) inspect(t *engine.Tx, x *filters.Exchange, body []byte, cut bool) bool {
	r := &x.Request
	t.UniqueID(x.ID)
	t.Client(x.Client, 0)
	feed(t, r)
	if t.RunRequestHeaders() == nil {
		t.RunRequestBody(body, cut)
	}
	in, _ := t.Interruption()
	return in != nil
}

// feed gives the engine a request's head.
func feed(t *engine.Tx, r *wire.Request) {
	t.Server(r.Host())
	t.RequestLine(r.MethodText(), r.RawTarget(), protocols[r.Minor&1])
	for i := range r.Len() {
		if !r.Gone(i) {
			t.RequestHeader(r.NameAt(i), r.ValueAt(i))
		}
	}
}

var protocols = [2][]byte{[]byte("HTTP/1.0"), []byte("HTTP/1.1")}
