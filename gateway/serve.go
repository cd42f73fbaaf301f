package gateway

import "sallyport/internal/wire"

// serve serves one request: it decides by one table, whatever is swapped in meanwhile, sends the reply, and counts.
func (g *Gateway) serve(c *conn, f *flight) {
	t := g.table.Load()
	t.identify(c, f)
	t.serve(f)
	if f.Reply.Status == 101 {
		c.tunnel(f)
	} else {
		c.reply(f)
	}
	g.finish(f)
}

// serve decides about one request and leaves its reply. It needs no connection.
func (t *table) serve(f *flight) {
	if r := t.begin(f); r != nil {
		r.serve(f)
	}
}

// begin finds the flight's route. It returns nil when the request was answered: there is no route, or the route takes no
// such target or fields.
func (t *table) begin(f *flight) *route {
	r := t.find(f)
	if r == nil {
		return nil
	}
	f.route = r
	f.Route = &r.site
	if fault := t.admit(f); fault != wire.Whole {
		f.Request.KeepAlive = false // as after every other target that is refused
		f.Refuse(r.denials.faults[fault])
		return nil
	}
	return r
}

// identify finds out who the client is: the connection's peer, or whom a trusted peer names.
func (t *table) identify(c *conn, f *flight) {
	f.Conn = &c.shared
	f.Client = c.shared.Peer
	if f.Trusted = c.settings.trusts(c.shared.Peer); f.Trusted {
		f.Client = c.settings.clientBehind(&f.Request.Head, f.Client)
	}
	f.odd = c.settings.odd
	f.ID = t.ids.next(f.ID, &f.Request.Head, f.Trusted)
}

// refuseFault answers a request that has no reading, or not one.
func (g *Gateway) refuseFault(c *conn, f *flight, fault wire.Fault) {
	t := g.table.Load()
	t.identify(c, f)
	f.Request.KeepAlive = false
	f.Refuse(t.denials.faults[fault])
	c.reply(f)
	g.finish(f)
}
