package gateway

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/auth"
	"sallyport/internal/wire"
)

// Offline is a configuration, compiled as a gateway compiles it, that decides about requests without sockets and
// upstreams. What it counts and remembers is its own. It is used by one goroutine.
type Offline struct {
	gateway  *Gateway
	table    *table
	settings *settings // of the listener that requests come to
}

// NewOffline compiles a configuration in memory. It opens no socket, asks nobody, and writes nothing; it finds what only
// compiling can, a key set that cannot be used or a rule that does not parse.
func NewOffline(c *conf.Config) (*Offline, conf.Problems) {
	g := New()
	var err error
	g.auth, err = auth.NewState(auth.Options{Tokens: 1 << 20, Name: "offline", Metrics: g.metrics, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, conf.Problems{c.At("gateway").Errorf("cannot prepare authentication: %v", err)}
	}
	o := &Offline{gateway: g}
	var problems conf.Problems
	if o.table, problems = g.compile(c, nil); o.table != nil {
		for _, r := range o.table.routes {
			if r.target != nil {
				r.target.offline = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Listeners)) {
		if _, _, err := tlsConfig(c.Listeners[name].TLS); err != nil {
			problems = append(problems, c.At("listeners", name, "tls").Errorf("%v", err))
		}
		if o.settings == nil {
			o.settings = newSettings(c.Listeners[name], nil, nil)
		}
	}
	return o, problems
}

// Close gives up what the configuration remembers.
func (o *Offline) Close() error { return o.gateway.auth.Close() }

// Check compiles a configuration as Load does and gives the result up.
func Check(c *conf.Config) conf.Problems {
	o, problems := NewOffline(c)
	if o != nil {
		o.Close()
	}
	return problems
}

// Question is a request to decide about.
type Question struct {
	Method string
	URL    string
	Fields []string // "Name: value"
	Body   []byte
	As     *conf.TestAs // who calls, known without credentials; nil for nobody
	From   netip.Addr   // the client's address
	Time   time.Time    // zero: now
	now    int64        // the moment on the clock of limits; 0: now
}

// Decision is what becomes of a request.
type Decision struct {
	Route      string      `json:"route"`
	Decision   string      `json:"decision"`           // forward, respond or refuse
	Status     int         `json:"status,omitempty"`   // of what the gateway answers itself
	Reason     string      `json:"reason,omitempty"`   // of a refusal
	Upstream   string      `json:"upstream,omitempty"` // where a forwarded request goes
	Shadowed   []string    `json:"would_refuse,omitempty"`
	Stages     []Stage     `json:"stages"`
	Candidates []Candidate `json:"candidates"`

	reply *wire.Reply
}

// Stage is one step of the route and what it decided.
type Stage struct {
	Name    string `json:"name"`
	Verdict string `json:"verdict"` // next, done, or the reason of a refusal
}

// Candidate is a route that was looked at, and why it was not taken.
type Candidate struct {
	Route string `json:"route"`
	Lost  string `json:"lost,omitempty"` // empty for the one that was taken
}

// Field returns the value of a field of the answer, with its name in lower case.
func (d *Decision) Field(lower string) string { return string(d.reply.Lookup(lower)) }

// Decide decides about a request by the compiled table, as the running gateway would.
func (o *Offline) Decide(q Question) (*Decision, error) {
	raw, err := q.wire()
	if err != nil {
		return nil, err
	}
	f := new(flight) // not from the pool: the decision keeps its reply
	f.ID = append(f.ID, "offline"...)
	f.Client = q.From
	f.odd = o.settings.odd
	f.Start = q.Time
	now := time.Now()
	if f.Start.IsZero() {
		f.Start = now
	}
	if f.Now = q.now; f.Now == 0 {
		f.Now = wire.Monotonic(now)
	}
	d := &Decision{reply: &f.Reply}
	limits := o.settings.limits
	if _, fault := f.Request.Parse(raw, &limits); fault != wire.Whole {
		f.Refuse(o.table.denials.faults[fault])
		d.conclude(f)
		return d, nil //nolint:nilerr // a fault of the request is the decision
	}
	if framing := f.Request.Framing; framing.Kind == wire.Sized && framing.Length != int64(len(q.Body)) {
		return nil, fmt.Errorf("Content-Length says %d, and the body has %d bytes", framing.Length, len(q.Body))
	}
	f.Request.Body.SetBytes(q.Body)
	d.Candidates = o.candidates(f)
	if r := o.table.begin(f); r != nil {
		if q.As != nil {
			if err := o.table.auth.Assume(&f.Exchange, q.As); err != nil {
				return nil, err
			}
		}
		d.walk(r, f)
	}
	d.conclude(f)
	return d, nil
}

// walk is route.serve, noting what every step says.
func (d *Decision) walk(r *route, f *flight) {
walk:
	for f.passed = 0; f.passed < len(r.steps); f.passed++ {
		step := r.steps[f.passed]
		shadowed := f.Shadowed
		verdict := step.Request(&f.Exchange)
		s := Stage{Name: r.names[f.passed], Verdict: "next"}
		switch {
		case f.Denial != nil:
			s.Verdict = f.Denial.Code
		case verdict == filters.Done:
			s.Verdict = "done"
		case f.Shadowed != shadowed:
			s.Verdict = "would refuse: " + f.Shadowed.Code
			d.Shadowed = append(d.Shadowed, f.Shadowed.Code)
		}
		d.Stages = append(d.Stages, s)
		if verdict != filters.Next {
			break walk
		}
	}
	r.conclude(f)
	r.finish(f)
}

// conclude fills in what came of it.
func (d *Decision) conclude(f *flight) {
	if f.route != nil {
		d.Route = f.route.site.Route
	}
	switch {
	case f.Denial != nil:
		d.Decision, d.Status, d.Reason = "refuse", f.Denial.Status, f.Denial.Code
	case f.Upstream != "":
		d.Decision, d.Upstream = "forward", f.Upstream
	default:
		d.Decision, d.Status = "respond", f.Reply.Status
	}
}

// candidates tells of every route why it was not taken.
func (o *Offline) candidates(f *flight) (list []Candidate) {
	var params [filters.MaxParams]filters.Offset
	taken, _ := o.table.matcher.find(&f.Request, &params)
	for i, r := range o.table.routes {
		c := Candidate{Route: r.site.Route}
		pattern, err := o.table.conf.Routes[r.site.Route].Match.Pattern()
		if err != nil {
			continue // compile has told
		}
		alone, err := compileMatcher([]matchRule{{Pattern: pattern}})
		if err != nil {
			continue
		}
		index, allowed := alone.find(&f.Request, &params)
		switch {
		case i == taken:
		case index != noRoute:
			c.Lost = "less specific"
		case !allowed.empty():
			c.Lost = "method"
		default:
			c.Lost = "host, path or fields"
		}
		list = append(list, c)
	}
	return list
}

// wire returns the request's head as it would come over a connection. The target stays as it was written, however odd:
// what becomes of it is what is asked.
func (q *Question) wire() ([]byte, error) {
	_, rest, ok := strings.Cut(q.URL, "://")
	host, target := rest, "/"
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host, target = rest[:i], rest[i:]
	}
	if !ok || host == "" || strings.Contains(host, "@") {
		return nil, fmt.Errorf("%q is not a URL with a host, such as https://api.example.com/v1/orders", q.URL)
	}
	if target[0] != '/' {
		target = "/" + target
	}
	fields := q.Fields
	if !q.has("host") {
		fields = append([]string{"Host: " + host}, fields...)
	}
	if len(q.Body) > 0 && !q.has("content-length") && !q.has("transfer-encoding") {
		fields = append(fields[:len(fields):len(fields)], fmt.Sprintf("Content-Length: %d", len(q.Body)))
	}
	var b bytes.Buffer
	for _, line := range append([]string{q.Method + " " + target + " HTTP/1.1"}, fields...) {
		if strings.ContainsAny(line, "\r\n") {
			return nil, fmt.Errorf("%q is more than one line", line)
		}
		b.WriteString(line)
		b.WriteString("\r\n")
	}
	b.WriteString("\r\n")
	return b.Bytes(), nil
}

// has reports whether a field is among those of the question.
func (q *Question) has(lower string) bool {
	return slices.ContainsFunc(q.Fields, func(f string) bool {
		name, _, _ := strings.Cut(f, ":")
		return strings.EqualFold(name, lower)
	})
}
