package gateway

import (
	"fmt"
	"io"
	"sync/atomic"

	"sallyport/internal/histogram"
	"sallyport/internal/wire"
)

// routeCounters count a route's requests. They live as long as the gateway, whatever configurations come and go.
type routeCounters struct {
	byClass [6]atomic.Uint64 // by the first digit of the status
	seconds *histogram.Histogram
}

// countersOf returns the counters of a route, the same ones for the same name.
func (g *Gateway) countersOf(route string) *routeCounters {
	kept, _ := g.routes.LoadOrStore(route, &routeCounters{seconds: histogram.New()})
	return kept.(*routeCounters)
}

// writeRoutes writes the counters of all routes in Prometheus' text form.
func (g *Gateway) writeRoutes(w io.Writer) {
	g.routes.Range(func(key, value any) bool {
		route, n := key.(string), value.(*routeCounters)
		for class := 1; class < len(n.byClass); class++ {
			fmt.Fprintf(w, "sallyport_requests_total{route=%q,code=\"%dxx\"} %d\n", route, class, n.byClass[class].Load())
		}
		n.seconds.WritePrometheus(w, "sallyport_request_seconds", fmt.Sprintf("route=%q", route))
		return true
	})
}

// writeUpstreams writes the counters of the upstreams in force.
func (g *Gateway) writeUpstreams(w io.Writer) {
	if t := g.table.Load(); t != nil {
		for _, u := range t.upstreams {
			u.WriteMetrics(w)
		}
	}
}

// finish counts the exchange, remembers what was decided, writes its access line, and tells its filters that it is over.
func (g *Gateway) finish(f *flight) {
	took := wire.Now() - f.Now
	counters := g.nowhere
	if f.route != nil {
		counters = f.route.counters
		f.route.finish(f)
	}
	counters.byClass[f.Reply.Status/100].Add(1)
	counters.seconds.Observe(took)
	g.decisions.record(f, took)
	if log := g.access.Load(); log != nil {
		log.write(f, took)
	}
}
