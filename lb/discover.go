package lb

import (
	"context"
	"log/slog"
	"time"

	"sallyport/conf"
)

// discovers reports whether the nodes are found and not written in the definition.
func (p *plan) discovers() bool { return p.conf.DNS != nil || p.conf.File != "" }

// source finds the nodes of an upstream.
type source interface {
	// find returns the nodes that there are now, and how long to wait before it is asked again. No nodes and no error: nothing
	// has changed since the last time.
	find(ctx context.Context) (nodes []conf.Node, again time.Duration, err error)
}

func newSource(p *plan) source {
	if p.conf.DNS != nil {
		return newResolver(p.conf.DNS)
	}
	return &nodesFile{path: p.conf.File}
}

// discover asks for the nodes again and again until ctx ends. While there is no answer the last good one stands.
func (f *fleet) discover(ctx context.Context, p *plan) {
	from := newSource(p)
	failing := false
	for again := time.Duration(0); sleep(ctx, again); {
		var nodes []conf.Node
		var err error
		nodes, again, err = from.find(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			slog.Warn("upstream nodes cannot be found; the last ones stand", "upstream", f.name, "error", err)
		case err == nil && nodes != nil:
			f.mu.Lock()
			if ctx.Err() == nil { // otherwise another plan, or none, has taken over meanwhile
				f.setNodes(nodes, f.plan)
			}
			f.mu.Unlock()
		}
		failing = err != nil
		f.answered.Do(func() { close(f.found) })
	}
}

// findTime is how long starting an upstream waits for its first nodes.
const findTime = 2 * time.Second

// await waits until discovery has answered once.
func (f *fleet) await() {
	f.mu.Lock()
	wait := f.plan != nil && f.plan.discovers() && len(f.nodes) == 0
	f.mu.Unlock()
	if !wait {
		return
	}
	select {
	case <-f.found:
	case <-time.After(findTime):
	}
}
