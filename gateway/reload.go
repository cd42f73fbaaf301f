package gateway

import (
	"log/slog"
	"maps"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"slices"

	"sallyport/conf"
	"sallyport/filters/auth"
	"sallyport/filters/respcache"
)

// Reload reads the configuration file and puts it in force. When anything is wrong with it, everything stays as it was and
// the error holds all mistakes (conf.Problems). It returns the warnings.
//
// The order is: compile, which starts nothing; open what is new, which can fail and is taken back then; swap the table;
// retire what is no longer used.
func (g *Gateway) Reload() (conf.Problems, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	warnings, err := g.reload()
	if err != nil {
		g.counters.failedReloads.Inc()
		message := err.Error()
		g.failure.Store(&message)
		return warnings, err
	}
	g.counters.reloads.Inc()
	g.failure.Store(nil)
	return warnings, nil
}

func (g *Gateway) reload() (conf.Problems, error) {
	c, warnings, err := conf.Load(g.source)
	if err != nil {
		return warnings, err
	}
	old := g.table.Load()
	if old == nil {
		if err := g.begin(c); err != nil {
			return warnings, err
		}
	}
	if g.answers == nil && c.Caches() {
		g.answers = respcache.NewCache(int(c.Gateway.Caches.Responses))
	}
	t, problems := g.compile(c, old)
	if len(problems) > 0 {
		return warnings, problems
	}
	if problems = testFailures(c); len(problems) > 0 {
		return warnings, problems
	}
	next, problems := g.openListeners(c)
	if len(problems) > 0 {
		return warnings, problems
	}
	access, err := newAccessLog(c.Observe.AccessLog, g.counters.droppedLines.Inc)
	if err != nil {
		next.abandon()
		return warnings, conf.Problems{c.At("observe", "access_log", "to").Errorf("cannot open the access log: %v", err)}
	}
	t.start()
	g.startState(t, old)
	g.table.Store(t)
	if previous := g.access.Swap(access); previous != nil {
		previous.close()
	}
	g.takeOver(next)
	if old != nil {
		old.retire(t)
	}
	return warnings, nil
}

// begin makes what lives as long as the process. It is done once, by the first configuration: the sizes of caches and
// the folder of the data do not change without a restart.
func (g *Gateway) begin(c *conf.Config) (err error) {
	if g.name = c.Gateway.Name; g.name == "" {
		if g.name, err = os.Hostname(); err != nil {
			return err
		}
	}
	g.auth, err = auth.NewState(auth.Options{
		Tokens: int(c.Gateway.Caches.Tokens), Name: g.name, Dir: string(c.Gateway.Data), Metrics: g.metrics, Log: slog.Default(),
	})
	if err != nil {
		return conf.Problems{c.At("gateway", "data").Errorf("cannot open what survives a restart: %v", err)}
	}
	g.decisions = new(decisions)
	if c.Gateway.Threads > 0 {
		runtime.GOMAXPROCS(c.Gateway.Threads)
	}
	if c.Gateway.Memory > 0 {
		debug.SetMemoryLimit(int64(c.Gateway.Memory))
	}
	return nil
}

// start begins what the table needs to be kept up to date.
func (t *table) start() {
	t.auth.Start()
	t.feeds.Start()
	for _, name := range slices.Sorted(maps.Keys(t.upstreams)) {
		t.upstreams[name].Start()
	}
}

// retire ends what the table has that the next one has not. Requests that still run by it may finish.
func (t *table) retire(next *table) {
	t.auth.Retire(next.auth)
	t.feeds.Retire(next.feeds)
	t.retireState(next)
	for _, u := range t.upstreams {
		u.Stop()
	}
}

// change is what a configuration makes of the listeners.
type change struct {
	settings map[string]*settings
	sockets  map[string]net.Listener // of addresses that are not open yet
}

// abandon takes back what was opened.
func (n *change) abandon() {
	for _, socket := range n.sockets {
		socket.Close()
	}
}

// openListeners prepares the listeners of a configuration and binds the addresses that are not bound yet.
func (g *Gateway) openListeners(c *conf.Config) (*change, conf.Problems) {
	n := &change{settings: map[string]*settings{}, sockets: map[string]net.Listener{}}
	var problems conf.Problems
	for _, name := range slices.Sorted(maps.Keys(c.Listeners)) {
		l := c.Listeners[name]
		config, certs, err := tlsConfig(l.TLS)
		if err != nil {
			problems = append(problems, c.At("listeners", name, "tls").Errorf("%v", err))
			continue
		}
		n.settings[name] = newSettings(l, config, certs)
		if open := g.listeners[name]; open != nil && open.settings.Load().address == l.Address {
			continue
		}
		socket, err := g.listen(l)
		if err != nil {
			problems = append(problems, c.At("listeners", name, "address").Errorf("%v", err))
			continue
		}
		n.sockets[name] = socket
	}
	if len(problems) > 0 {
		n.abandon()
	}
	return n, problems
}

// takeOver puts the prepared listeners in force and closes the sockets of those that are gone. Their connections stay.
func (g *Gateway) takeOver(n *change) {
	for name, l := range g.listeners {
		if n.settings[name] == nil || n.sockets[name] != nil {
			l.socket.Close()
			delete(g.listeners, name)
		}
	}
	for name, s := range n.settings {
		if l := g.listeners[name]; l != nil {
			l.settings.Store(s)
			continue
		}
		l := g.newListener(name, n.sockets[name], s)
		g.listeners[name] = l
		g.running.Go(l.run)
	}
}

// Start reads the configuration file for the first time and begins to serve. From then on the file is watched.
func (g *Gateway) Start(file string) (conf.Problems, error) {
	g.source = file
	warnings, err := g.Reload()
	if err == nil {
		go g.watch(g.stop)
		go g.keepQuotas(g.stop)
	}
	return warnings, err
}
