// Package gateway is the life of a request: connections, routes, the fixed order of the filters, upstreams, and how one
// configuration follows another.
//
// A table is everything that one configuration says, compiled. It never changes; the gateway has one pointer to the table
// in force, and every request loads it once.
package gateway

import (
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/VictoriaMetrics/metrics"

	"sallyport/filters/auth"
	"sallyport/filters/respcache"
	"sallyport/filters/waf"
)

// Gateway serves requests by the table in force. Its methods may be called by many goroutines.
type Gateway struct {
	table    atomic.Pointer[table]
	leaving  atomic.Bool            // readiness is red
	draining atomic.Bool            // connections end with their next reply
	source   string                 // the configuration's file
	name     string                 // of this node
	failure  atomic.Pointer[string] // of the last reload; nil when it went well
	open     atomic.Int64           // client connections, of all listeners there ever were
	metrics  *metrics.Set
	counters counters
	access   atomic.Pointer[accessLog]

	decisions *decisions // nil until the first configuration is in force

	auth     *auth.State
	answers  *respcache.Cache // nil until a route has a cache
	rulesets *waf.Rulesets    // compiled rules, shared by routes and generations

	mu        sync.Mutex // held while one configuration takes the place of another
	listeners map[string]*listener
	inherited map[string]net.Listener // sockets of the process before this one, by address, until they are taken
	stop      chan struct{}           // ends what runs beside the listeners
	running   sync.WaitGroup          // the listeners' accept loops
	routes    sync.Map                // of route names to *routeCounters
	nowhere   *routeCounters          // of what is refused before a route is known
}

// counters count what belongs to no route.
type counters struct {
	tooManyConnections *metrics.Counter
	handshakes         *metrics.Counter
	panics             *metrics.Counter
	reloads            *metrics.Counter
	failedReloads      *metrics.Counter
	droppedLines       *metrics.Counter
}

// New returns a gateway without a configuration; Load gives it one.
func New() *Gateway {
	set := metrics.NewSet()
	g := &Gateway{metrics: set, listeners: map[string]*listener{}, rulesets: waf.NewRulesets(), stop: make(chan struct{})}
	g.nowhere = g.countersOf("")
	g.counters = counters{
		tooManyConnections: set.NewCounter("sallyport_connections_refused_total"),
		handshakes:         set.NewCounter("sallyport_tls_handshakes_failed_total"),
		panics:             set.NewCounter("sallyport_panics_total"),
		droppedLines:       set.NewCounter("sallyport_access_log_dropped_total"),
		reloads:            set.NewCounter(`sallyport_reload_total{result="ok"}`),
		failedReloads:      set.NewCounter(`sallyport_reload_total{result="failed"}`),
	}
	set.NewGauge("sallyport_config_generation", func() float64 {
		if t := g.table.Load(); t != nil {
			return float64(t.generation)
		}
		return 0
	})
	set.NewGauge("sallyport_connections", func() float64 { return float64(g.open.Load()) })
	set.RegisterMetricsWriter(g.writeRoutes)
	set.RegisterMetricsWriter(g.writeUpstreams)
	set.RegisterMetricsWriter(g.writeTargets)
	set.RegisterMetricsWriter(g.writeState)
	set.RegisterMetricsWriter(g.writeLimits)
	return g
}

// panicked answers a request whose handling panicked.
func (g *Gateway) panicked(c *conn, f *flight, cause any) {
	g.counters.panics.Inc()
	slog.Error("panic", "cause", cause, "request_id", string(f.ID), "stack", string(debug.Stack()))
	if c.replied {
		return
	}
	spare := acquireFlight() // f may be in any state
	spare.ID = append(spare.ID, f.ID...)
	spare.Start, spare.Now = f.Start, f.Now
	spare.Refuse(g.table.Load().denials.internal)
	c.reply(spare)
	spare.release()
}
