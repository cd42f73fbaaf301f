package filters

import (
	"fmt"

	"github.com/VictoriaMetrics/metrics"
)

// Site is the place a filter is compiled for: one route of one table. What a filter's constructor needs of the gateway is
// here; while serving it tells which route was matched.
type Site struct {
	Route   string       // the route's name; empty for what is refused before a route is known
	Params  []string     // the path parameters' names, by index of Exchange.Params
	Claims  *Claims      // shared by all routes of a table
	Metrics *metrics.Set // lives as long as the gateway, so that counters survive a reload
	Fetch   Fetcher      // the upstream part of the route; nil where a filter before it answers every request
}

// A Fetcher is the part of a route behind its filters: the upstream.
type Fetcher interface {
	// Fetch sends x.Request upstream and fills in x.Reply and x.Origin, or refuses x. The reply's body belongs to whoever
	// has it: it may be read and closed by another goroutine, also when x is over. x may be an exchange of the caller's
	// own, without a connection: nothing that becomes of a client ends the fetch. Fetch blocks until the head has come.
	Fetch(x *Exchange)
}

// Denial returns the route's refusal for a reason. It is counted in sallyport_refused_total.
func (s *Site) Denial(r Reason) *Denial { return &Denial{Reason: r, site: s, problem: problemOf(r)} }

// Shadow returns a refusal that is counted in sallyport_shadow_total and lets the request pass.
func (s *Site) Shadow(r Reason) *Denial {
	d := s.Denial(r)
	d.shadow = true
	return d
}

func (s *Site) counter(d *Denial) *metrics.Counter {
	name := "sallyport_refused_total"
	if d.shadow {
		name = "sallyport_shadow_total"
	}
	return s.Metrics.GetOrCreateCounter(fmt.Sprintf("%s{route=%q,reason=%q}", name, s.Route, d.Code))
}

// Param returns the index of a path parameter, or -1.
func (s *Site) Param(name string) int {
	for i, n := range s.Params {
		if n == name {
			return i
		}
	}
	return -1
}
