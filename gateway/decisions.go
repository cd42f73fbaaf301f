package gateway

import (
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sallyport/filters"
)

// decisions remembers what was decided lately, so that an operator can ask about a request by its id. Refusals have a ring
// of their own: they are rarer, and asked about longer. Recording never waits and allocates nothing; what is kept of one
// request has a fixed size, and longer texts are cut.
type decisions struct {
	passed  ring
	refused ring
}

// keptDecisions is how many of each kind are remembered.
const keptDecisions = 4096

// ring holds the last entries; older ones are overwritten.
type ring struct {
	next  atomic.Uint64
	slots [keptDecisions]slot
}

type slot struct {
	mu sync.Mutex
	entry
}

// entry is one decision. Its strings belong to the configuration or are constants; they do not hold on to a table.
type entry struct {
	start    int64 // nanoseconds since 1970; 0 in a slot that was never used
	took     int64
	client   netip.Addr
	route    string
	step     string
	reason   string
	shadowed string
	upstream string
	status   uint16
	origin   uint8
	id       text[[maxID]byte]
	method   text[[16]byte]
	host     text[[48]byte]
	path     text[[128]byte]
	caller   text[[64]byte]
}

// text is a short string in place.
type text[A interface {
	[16]byte | [48]byte | [64]byte | [128]byte
}] struct {
	bytes  A
	length uint8
}

func (e *entry) fill(f *flight, took int64) {
	e.start, e.took = f.Start.UnixNano(), took
	e.client = f.Client
	e.route, e.step, e.reason, e.shadowed = "", "", "", ""
	if r := f.route; r != nil {
		e.route = r.site.Route
		if f.passed < len(r.names) {
			e.step = r.names[f.passed]
		}
	}
	if f.Denial != nil {
		e.reason = f.Denial.Code
	}
	if f.Shadowed != nil {
		e.shadowed = f.Shadowed.Code
	}
	e.upstream = f.Upstream
	e.status, e.origin = uint16(f.Reply.Status), uint8(f.Origin)
	e.id.length = uint8(copy(e.id.bytes[:], f.ID))
	e.method.length = uint8(copy(e.method.bytes[:], f.Request.MethodText()))
	e.host.length = uint8(copy(e.host.bytes[:], f.Request.Host()))
	e.path.length = uint8(copy(e.path.bytes[:], f.Request.Target.Path))
	e.caller.length = 0
	if f.Identity.Authenticated {
		e.caller.length = uint8(copy(e.caller.bytes[:], f.Identity.Principal))
	}
}

// record remembers the decision about a flight. A slot that is being read at this moment keeps what it has.
func (d *decisions) record(f *flight, took int64) {
	r := &d.passed
	if f.Denial != nil {
		r = &d.refused
	}
	s := &r.slots[(r.next.Add(1)-1)%keptDecisions]
	if !s.mu.TryLock() {
		return
	}
	s.fill(f, took)
	s.mu.Unlock()
}

// Recorded is a decision of the running gateway.
type Recorded struct {
	Time        time.Time  `json:"time"`
	ID          string     `json:"request_id"`
	Client      netip.Addr `json:"client"`
	Method      string     `json:"method"`
	Host        string     `json:"host"`
	Path        string     `json:"path"`
	Route       string     `json:"route"`
	Step        string     `json:"step,omitempty"` // the one that ended the walk through the route's steps
	Decision    string     `json:"decision"`       // forward, respond or refuse
	Status      int        `json:"status"`
	Origin      string     `json:"origin"`
	Reason      string     `json:"reason,omitempty"`
	WouldRefuse string     `json:"would_refuse,omitempty"`
	Upstream    string     `json:"upstream,omitempty"`
	Principal   string     `json:"principal,omitempty"`
	Seconds     float64    `json:"seconds"`
}

// recorded copies an entry out of its slot.
func (e *entry) recorded() Recorded {
	r := Recorded{
		Time: time.Unix(0, e.start).UTC(), ID: string(e.id.bytes[:e.id.length]), Client: e.client,
		Method: string(e.method.bytes[:e.method.length]), Host: string(e.host.bytes[:e.host.length]),
		Path: string(e.path.bytes[:e.path.length]), Route: e.route, Step: e.step, Decision: "respond",
		Status: int(e.status), Origin: filters.Origin(e.origin).String(), Reason: e.reason, WouldRefuse: e.shadowed,
		Upstream: e.upstream, Principal: string(e.caller.bytes[:e.caller.length]), Seconds: float64(e.took) / 1e9,
	}
	switch {
	case e.reason != "":
		r.Decision = "refuse"
	case e.upstream != "":
		r.Decision = "forward"
	}
	return r
}

// collect appends the entries that match.
func (r *ring) collect(list []Recorded, match func(*entry) bool) []Recorded {
	for i := range r.slots {
		s := &r.slots[i]
		s.mu.Lock()
		if s.start != 0 && match(&s.entry) {
			list = append(list, s.recorded())
		}
		s.mu.Unlock()
	}
	return list
}

// Decisions returns the last decisions, at most limit, the newest first; of refusals only, if so asked.
func (g *Gateway) Decisions(refused bool, limit int) []Recorded {
	all := func(*entry) bool { return true }
	list := g.decisions.refused.collect([]Recorded{}, all)
	if !refused {
		list = g.decisions.passed.collect(list, all)
	}
	slices.SortFunc(list, func(a, b Recorded) int { return b.Time.Compare(a.Time) })
	return list[:min(limit, len(list))]
}

// DecisionsOf returns what was decided about the requests with this id, the newest first: several where a client's
// trusted proxy brought the same id again.
func (g *Gateway) DecisionsOf(id string) []Recorded {
	match := func(e *entry) bool { return string(e.id.bytes[:e.id.length]) == id }
	list := g.decisions.passed.collect(g.decisions.refused.collect(nil, match), match)
	slices.SortFunc(list, func(a, b Recorded) int { return b.Time.Compare(a.Time) })
	return list
}
