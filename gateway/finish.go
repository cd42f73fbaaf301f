package gateway

import (
	"fmt"
	"io"
	"sync/atomic"

	"github.com/VictoriaMetrics/metrics"

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
	if kept, ok := g.routes.Load(route); ok {
		return kept.(*routeCounters)
	}
	n := &routeCounters{seconds: histogram.New()}
	kept, loaded := g.routes.LoadOrStore(route, n)
	if !loaded {
		for class := 1; class < len(n.byClass); class++ {
			count := &n.byClass[class]
			g.metrics.NewGauge(fmt.Sprintf(`sallyport_requests_total{route=%q,code="%dxx"}`, route, class),
				func() float64 { return float64(count.Load()) })
		}
		g.metrics.RegisterMetricsWriter(func(w io.Writer) {
			n.seconds.Write(w, "sallyport_request_seconds", fmt.Sprintf("route=%q", route))
		})
	}
	return kept.(*routeCounters)
}

var _ = metrics.NewSet

// finish counts the exchange, writes its access line, and tells its filters that it is over.
func (g *Gateway) finish(f *flight) {
	took := wire.Now() - f.Now
	counters := g.nowhere
	if f.route != nil {
		counters = f.route.counters
		f.route.finish(f)
	}
	counters.byClass[f.Reply.Status/100].Add(1)
	counters.seconds.Observe(took)
	if log := g.access.Load(); log != nil {
		log.write(f, took)
	}
}
