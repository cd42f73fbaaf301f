package conf

// Route is which requests are let in, on what terms, and where they go. Exactly one of To, Respond, Redirect and Events is set.
type Route struct {
	Name  string   `toml:"-"`
	Match Match    `toml:"match" required:"yes" doc:"which requests are meant; the most specific route wins"`
	Use   []string `toml:"use" doc:"policies whose rules the route takes"`
	Rules
	To       Targets   `toml:"to" doc:"an upstream, or several with weights, { a = 95, b = 5 }"`
	Respond  *Respond  `toml:"respond" doc:"an answer from here"`
	Redirect *Redirect `toml:"redirect" doc:"another place"`
	Events   string    `toml:"events" doc:"an issuer whose security events are taken here (RFC 8935); a session revoked or a credential changed revokes tokens at once"`
	Rewrite  *Rewrite  `toml:"rewrite" doc:"the path that goes upstream"`
	Split    Split     `toml:"split" doc:"who goes to which of several upstreams"`
	Canary   *Canary   `toml:"canary" doc:"an upstream that is left by itself when it does worse"`
	Mirror   *Mirror   `toml:"mirror" doc:"copies of requests, whose answers are thrown away"`
}

// Match is which requests a route is for. Everything written must match.
type Match struct {
	Host    string            `toml:"host" doc:"api.example.com, or *.example.com for every name below it; all hosts when not written"`
	Path    string            `toml:"path" required:"yes" doc:"/v1/orders, /v1/orders/{id} with {name} for one segment, or /v1/* for /v1 and everything below"`
	Methods []string          `toml:"methods" doc:"all methods when not written; GET does not mean HEAD"`
	Headers map[string]string `toml:"headers" doc:"fields and the values that they must have; * for any"`
}

// Targets are the upstreams of a route, in the order of their names.
type Targets []Target

// Target is an upstream and its share. Shares are relative to their sum.
type Target struct {
	Upstream string
	Weight   int
}

func (ts *Targets) fromNode(d *decoder, n *node) {
	switch n.kind {
	case kindString:
		*ts = Targets{{n.text, 1}}
	case kindTable:
		for _, name := range names(n.table) {
			c := n.table[name]
			if c.kind != kindInteger || c.integer < 0 || c.integer > 1e6 {
				d.errorf(c.place, "the weight of %s is %s; it takes a whole number from 0 to 1000000", name, c.shown())
				continue
			}
			*ts = append(*ts, Target{name, int(c.integer)})
		}
	default:
		d.wrong(n, `an upstream's name, or weights such as { a = 95, b = 5 }`)
	}
}

// Respond is an answer that the gateway gives itself.
type Respond struct {
	Status  int               `toml:"status" default:"200" min:"200" max:"599" doc:"status code"`
	Body    string            `toml:"body" doc:"body"`
	Type    string            `toml:"type" default:"text/plain; charset=utf-8" doc:"its Content-Type"`
	Headers map[string]string `toml:"headers" doc:"more fields"`
}

// Redirect sends the client elsewhere.
type Redirect struct {
	To     string `toml:"to" required:"yes" doc:"a URL or a path; {name} stands for a segment of match.path, {host}, {path} and {query} for the request's"`
	Status int    `toml:"status" default:"308" doc:"301, 302, 303, 307 or 308"`
}

// Rewrite changes the path that goes upstream: strip, then replace, then add; or path alone.
type Rewrite struct {
	StripPrefix string   `toml:"strip_prefix" doc:"taken off the front of the path, at a segment's end"`
	Replace     *Replace `toml:"replace" doc:"changes a prefix into another"`
	AddPrefix   string   `toml:"add_prefix" doc:"put before the path"`
	Path        string   `toml:"path" doc:"the whole path; {name} stands for a segment of match.path, {*} for what its /* matched"`
}

// Replace changes the prefix From of a path into To.
type Replace struct {
	From string `toml:"from" required:"yes" doc:"the prefix, at a segment's end"`
	To   string `toml:"to" required:"yes" doc:"what stands there instead"`
}

// Split says who goes to which of several upstreams.
type Split struct {
	Sticky Attributes `toml:"sticky" doc:"who stays where it was sent first; each request for itself when not written"`
	Header string     `toml:"header" doc:"a field by which testers name the upstream"`
	Cookie string     `toml:"cookie" doc:"a cookie by which testers name the upstream"`
}

// Canary watches one of a route's upstreams and leaves it when it does worse than the others.
type Canary struct {
	Upstream string   `toml:"upstream" doc:"which of the upstreams in to; the one with the least weight when not written"`
	AbortIf  AbortIf  `toml:"abort_if" doc:"what worse means"`
	Window   Duration `toml:"window" default:"1m" min:"1s" max:"24h" doc:"time over which they are compared"`
	Requests int      `toml:"min_requests" default:"50" min:"1" doc:"requests to the canary before it is judged"`
}

// AbortIf is how much worse than the stable side a canary may do.
type AbortIf struct {
	Errors  Percent `toml:"errors" default:"2%" doc:"errors above the stable side's, in points"`
	Latency Percent `toml:"latency" default:"50%" doc:"p95 above the stable side's"`
}

// Mirror sends copies of requests to another upstream.
type Mirror struct {
	To       string  `toml:"to" required:"yes" doc:"the upstream"`
	Share    Percent `toml:"share" default:"100%" doc:"how many of the requests"`
	Inflight int     `toml:"inflight" default:"64" min:"1" max:"100000" doc:"copies at the same time; more are dropped"`
	MaxBody  Size    `toml:"max_body" default:"64KiB" doc:"requests with a longer body are not copied"`
}
