package lb

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sallyport/conf"
)

// fleet is what lives of an upstream: its nodes, what is known about them, and who waits for them. It outlives reloads: the
// generations of one upstream share it, and the last one that was started runs it.
type fleet struct {
	name  string
	view  atomic.Pointer[view]
	queue queue
	gone  atomic.Uint64 // attempts ever at nodes that have left

	newProbe func(*node, *conf.Health) probe
	connect  func(context.Context, *node) error

	mu      sync.Mutex
	nodes   []*node // by name
	rules   rules
	plan    *plan // of the generation that runs it; nil when none does
	context context.Context
	cancel  context.CancelFunc // nil when nothing goes on beside the requests
	warming *time.Timer        // renews the view while nodes are in slow start

	answered sync.Once
	found    chan struct{} // closed when discovery has answered for the first time
}

// newFleet makes a fleet of the nodes that the definition names, and starts nothing.
func newFleet(p *plan) *fleet {
	f := &fleet{name: p.conf.Name, newProbe: newProbe, connect: connect, rules: p.rules, found: make(chan struct{})}
	f.setNodes(p.conf.Nodes, p)
	return f
}

// run makes p the plan of the fleet and starts what goes on beside the requests: probes and discovery. The nodes that stay keep
// all that is known about them.
func (f *fleet) run(p *plan) {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := f.plan
	f.plan = p
	if before != nil && before.sameFleet(p) {
		return
	}
	f.halt()
	f.context, f.cancel = context.WithCancel(context.Background())
	f.rules = p.rules
	if e := p.conf.Eject; e != nil && e.Latency > 0 {
		go f.compare(f.context, e)
	}
	if p.discovers() {
		// Until DNS or the file has answered, the nodes are those that were there before.
		f.renew(nil)
		for _, n := range f.nodes {
			f.adopt(n)
		}
		go f.discover(f.context, p)
	} else {
		f.setNodes(p.conf.Nodes, p)
	}
}

// halt ends what goes on beside the requests. Called with the lock.
func (f *fleet) halt() {
	if f.cancel != nil {
		f.cancel()
		f.cancel = nil
	}
	if f.warming != nil {
		f.warming.Stop()
		f.warming = nil
	}
}

// stop ends the fleet, if p still is the plan that runs it.
func (f *fleet) stop(p *plan) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.plan != p {
		return
	}
	f.plan = nil
	f.halt()
	for _, n := range f.nodes {
		n.closeIdle()
	}
}

// setNodes makes the fleet consist of these nodes, connected as p says. Called with the lock.
func (f *fleet) setNodes(defined []conf.Node, p *plan) {
	var nodes []*node
	for _, d := range defined {
		nodes = append(nodes, f.nodeOf(d, p))
	}
	slices.SortFunc(nodes, func(a, b *node) int { return strings.Compare(a.name, b.name) })
	for _, n := range f.nodes {
		if !contains(nodes, n) {
			f.dismiss(n)
		}
	}
	f.nodes = nodes
	f.renew(nil)
	if f.cancel != nil {
		for _, n := range nodes {
			f.adopt(n)
		}
	}
}

// nodeOf returns the node of a definition: the one that is there already under this name and address, or a new one.
func (f *fleet) nodeOf(d conf.Node, p *plan) *node {
	at := slices.IndexFunc(f.nodes, func(n *node) bool { return n.name == d.Name && n.address == d.Address })
	if at < 0 {
		n := &node{name: d.Name, address: d.Address, zone: d.Zone, weight: d.Weight}
		n.transport.Store(p.transport)
		n.since = time.Now()
		if len(f.nodes) > 0 {
			n.warm = n.since // it joins others that are warm
		}
		return n
	}
	n := f.nodes[at]
	n.zone, n.weight = d.Zone, d.Weight
	return n
}

// adopt makes a node one of the running plan's: its connections are made as the plan says, and it is probed. Called with the lock.
func (f *fleet) adopt(n *node) {
	if n.transport.Swap(f.plan.transport) != f.plan.transport {
		n.closeIdle()
	}
	f.keepRecord(n, f.plan.conf.Eject)
	if n.watched != nil && n.watched.Err() == nil {
		return
	}
	n.watched, n.unwatch = context.WithCancel(f.context)
	if h := f.plan.conf.Health; h != nil {
		go f.watch(n.watched, n, h)
	} else {
		f.clear(n, unhealthy, "no longer probed")
	}
	if n.flaws&refusing != 0 {
		go f.knock(n.watched, n)
	}
}

// dismiss lets a node go: requests that are there end as they end, and no new ones come. Called with the lock.
func (f *fleet) dismiss(n *node) {
	n.flaws |= leaving
	if n.unwatch != nil {
		n.unwatch()
	}
	f.gone.Add(n.started.Load())
	n.closeIdle()
	f.log(n, "has left", "")
}

// mark holds something against a node, and clear takes it back. Called with the lock.
func (f *fleet) mark(n *node, flaw flaws, reason string) {
	if n.flaws&flaw != 0 {
		return
	}
	n.flaws |= flaw
	n.reason, n.since = reason, time.Now()
	n.closeIdle()
	f.log(n, "is out", reason)
	f.renew(f.view.Load())
}

func (f *fleet) clear(n *node, flaw flaws, reason string) {
	if n.flaws&flaw == 0 {
		return
	}
	n.flaws &^= flaw
	n.reason, n.since = reason, time.Now()
	if n.ready() {
		n.warm = n.since
	}
	f.log(n, "is back", reason)
	f.renew(f.view.Load())
}

// renew looks at the nodes again. Of the view before, what does not depend on standings is kept. Called with the lock.
func (f *fleet) renew(before *view) {
	v := newView(f.nodes, f.rules, time.Now(), before)
	f.view.Store(v)
	f.queue.wakeAll()
	if v.warming && f.warming == nil && f.cancel != nil {
		f.warming = time.AfterFunc(max(f.rules.slowStart/warmingSteps, time.Millisecond), f.warmer)
	}
}

// warmingSteps is how many views a slow start takes.
const warmingSteps = 20

func (f *fleet) warmer() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.warming == nil {
		return // halted meanwhile
	}
	f.warming = nil
	f.renew(f.view.Load())
}

// attempts returns how many attempts there have been ever.
func (f *fleet) attempts() uint64 {
	sum := f.gone.Load()
	for _, n := range f.view.Load().nodes {
		sum += n.started.Load()
	}
	return sum
}

// log tells about a node. A cold path: standings change rarely.
func (f *fleet) log(n *node, what, reason string) {
	slog.Info("upstream node "+what, "upstream", f.name, "node", n.name, "address", n.address, "reason", reason)
}
