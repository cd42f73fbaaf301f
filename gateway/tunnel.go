package gateway

import (
	"sallyport/internal/wire"
	"sallyport/lb"
)

// tunnel passes the bytes of a connection that has changed its protocol (RFC 9110 section 7.8), both ways, until one side
// ends or is silent for too long.
func (c *conn) tunnel(f *flight) {
	defer f.Reply.Body.Reset()
	c.ended = true
	upstream := lb.Tunnel(f.Reply.Body.Stream().(*transit).body)
	c.out = append(c.out[:0], statusLine(101)...)
	c.out = f.Reply.AppendFields(c.out)
	c.out = append(c.out, "\r\n"...)
	if c.wire.Write(c.out, nil) != nil {
		return
	}
	idle := max(c.settings.timeouts.idle, f.route.timeouts.bodyIdle)
	upstream.WorkFor(nil, 0)
	done := make(chan struct{})
	go func() {
		defer close(done)
		pump(c.wire, upstream, idle)
	}()
	pump(upstream, c.wire, idle)
	<-done
}

// pump passes bytes from one connection to the other until one of them fails, then ends both.
func pump(from, to *wire.Conn, idle int64) {
	defer to.SetDeadline(1)
	defer from.SetDeadline(1)
	for {
		if p := from.Buffered(); len(p) > 0 {
			if to.Write(p, nil) != nil {
				return
			}
			from.Consume(len(p))
		}
		at := wire.Now() + idle
		from.SetDeadline(at)
		to.SetDeadline(at)
		if from.Fill() != nil {
			return
		}
	}
}
