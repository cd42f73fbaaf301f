package gateway

import (
	"context"
	"time"

	"sallyport/internal/wire"
)

// Drain ends the gateway without losing a request: for quiet it goes on as before, while readiness says that it leaves;
// then the sockets are closed, and every reply tells its client that the connection ends with it; connections that stay
// idle end a moment later. Drain returns when no connection is left, or when ctx ends.
func (g *Gateway) Drain(ctx context.Context) {
	d := g.table.Load().conf.Gateway.Drain
	g.leaving.Store(true)
	select {
	case <-time.After(time.Duration(d.Quiet)):
	case <-ctx.Done():
	}
	g.mu.Lock()
	for _, l := range g.listeners {
		l.socket.Close() // first: who is told to come back on another connection must not find this queue
	}
	g.mu.Unlock()
	g.draining.Store(true)
	close(g.stop)
	wire.Clients.Hurry(wire.Now() + drainIdle)
	g.running.Wait()
	defer g.close()
	wait := time.Duration(d.Requests) + time.Duration(d.Streams)
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for g.open.Load() > 0 {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
}

// close ends what works beside requests: the quotas are written, the other nodes told, and what waits for the access log
// goes there.
func (g *Gateway) close() {
	g.saveQuotas()
	t := g.table.Load()
	t.auth.Retire(nil)
	t.feeds.Retire(nil)
	for _, u := range t.upstreams {
		u.Stop()
	}
	if t.state != nil {
		t.state.Close()
	}
	if log := g.access.Load(); log != nil {
		log.close()
	}
}
