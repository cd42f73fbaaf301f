package gateway

import (
	"errors"
	"io"
	"time"

	"sallyport/filters"
	"sallyport/internal/wire"
)

// conn is one client connection. It serves one exchange at a time, in the order they came.
type conn struct {
	listener *listener
	settings *settings // of the request under way
	wire     *wire.Conn
	flight   *flight // the exchange under way; nil while the connection is idle
	shared   filters.Connection
	body     requestBody
	out      []byte // the head of a reply
	parsed   bool   // the flight's head was read, and it waits to be served
	ended    bool   // nothing more is read
	refused  bool   // the reply tells of bytes that have no reading: what follows them has none either
	began    int64  // when the head under way began; 0 between heads
	replied  bool   // a part of the flight's reply was sent
}

// serve serves the connection until it ends.
//
// Requests that are in the buffer to their end are served inside the poller's callback (wire.Conn.Loop); the others
// outside, where their bodies can be waited for.
func (c *conn) serve() {
	defer c.close()
	step := c.step // one closure for all of the connection's life
	for !c.ended {
		if err := c.wire.Loop(step); err != nil {
			c.broken(err)
			return
		}
		if c.parsed {
			c.exchange()
		}
	}
}

// step reads and serves what has come. It returns true when Loop has to be left: for a request that is not all there, or
// at the end.
func (c *conn) step() bool {
	for !c.ended {
		if len(c.wire.Buffered()) == 0 || c.flight != nil {
			if c.flight == nil && !c.wire.Polls() {
				c.idle()
			}
			if err := c.wire.Fill(); err != nil {
				return c.unfilled(err)
			}
		}
		if !c.readHead() {
			continue
		}
		if !c.complete() {
			return true
		}
		c.exchange()
	}
	return true
}

// unfilled decides what it means that nothing could be read between or inside heads.
func (c *conn) unfilled(err error) bool {
	switch {
	case err == wire.ErrWait:
		if c.flight == nil {
			c.idle()
		}
		return false
	case err == wire.ErrFull:
		c.refuse(wire.LongHead)
		return true
	}
	c.broken(err)
	return true
}

// idle gives back what an idle connection does not need.
func (c *conn) idle() {
	c.wire.ReleaseBuffer()
	wait := c.settings.timeouts.idle
	if c.listener.gateway.draining.Load() {
		wait = min(wait, drainIdle)
	}
	c.wire.SetIdle(wire.Now() + wait)
}

// broken ends the connection after an error. A head that did not come in time is answered; silence is not.
func (c *conn) broken(err error) {
	c.ended = true
	if errors.Is(err, wire.ErrTimeout) && c.flight != nil && !c.parsed {
		c.wire.Revive(wire.Now() + c.settings.timeouts.bodyIdle)
		c.refuse(wire.LateHead)
	}
}

// readHead parses the head that the buffer begins with. It returns false when that is not complete, or was refused.
func (c *conn) readHead() bool {
	if c.flight == nil {
		c.flight = acquireFlight()
		c.flight.Conn = &c.shared
		c.settings = c.listener.settings.Load()
	}
	f := c.flight
	n, fault := f.Request.Parse(c.wire.Buffered(), &c.settings.limits)
	if fault != wire.Whole {
		c.refuse(fault)
		return false
	}
	if n == 0 {
		if c.began == 0 {
			c.began = wire.Now()
			c.wire.SetDeadline(c.began + c.settings.timeouts.header)
		}
		return false
	}
	c.wire.Consume(n)
	c.began = 0
	c.parsed = true
	c.body.start(c, &f.Request)
	return true
}

// complete reports whether the request can be served without reading more.
func (c *conn) complete() bool {
	r := &c.flight.Request
	return r.Body.Whole() && !r.Upgrade
}

// exchange serves the request that was read, and prepares the connection for the next one.
func (c *conn) exchange() {
	f := c.flight
	c.parsed, c.replied = false, false
	defer c.recover(f)
	c.wire.SetDeadline(0)
	f.Start = time.Now()
	f.Now = wire.Monotonic(f.Start)
	c.listener.gateway.serve(c, f)
	if !c.ended && !c.body.finish() {
		c.ended = true
	}
	c.flight = nil
	f.release()
}

// refuse answers bytes that have no reading, or not one, and ends the connection: where the next request would begin
// cannot be known.
func (c *conn) refuse(fault wire.Fault) {
	if c.flight == nil {
		c.flight = acquireFlight()
		c.flight.Conn = &c.shared
	}
	f := c.flight
	defer c.recover(f)
	c.ended = true
	c.refused = true
	f.Start = time.Now()
	f.Now = wire.Monotonic(f.Start)
	c.listener.gateway.refuseFault(c, f, fault)
	c.flight = nil
	f.release()
}

// recover answers a panic: it costs this request and its connection.
func (c *conn) recover(f *flight) {
	if p := recover(); p != nil {
		c.ended = true
		c.flight = nil // and is not used again
		c.listener.gateway.panicked(c, f, p)
	}
}

// close ends the connection. What the client is still sending is read for a moment: closing at once would reset the
// connection, and with it take back the reply.
func (c *conn) close() {
	if c.flight != nil {
		c.flight.release()
		c.flight = nil
	}
	if c.refused || c.body.unread() {
		c.linger()
	}
	c.wire.Close()
}

const (
	lingerTime  = int64(time.Second)
	lingerBytes = 1 << 20
)

func (c *conn) linger() {
	half, ok := c.wire.Net().(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	c.wire.Revive(wire.Now() + lingerTime)
	for read := 0; read < lingerBytes; {
		c.wire.Consume(len(c.wire.Buffered()))
		if err := c.wire.Fill(); err != nil {
			return
		}
		read += len(c.wire.Buffered())
	}
}

// drainIdle is how long a connection without a request is kept while the gateway drains, in nanoseconds.
const drainIdle = int64(time.Second)

// Interim passes an interim answer on to the client.
func (c *conn) Interim(r *wire.Reply) bool {
	c.out = append(c.out[:0], statusLine(r.Status)...)
	r.DropHopByHop()
	c.out = r.AppendFields(c.out)
	c.out = append(c.out, "\r\n"...)
	return c.wire.Write(c.out, nil) == nil
}

// requestBody is the stream of a request's body (wire.Source).
type requestBody struct {
	conn    *conn
	decoder wire.Decoder
	waits   bool // the client waits for 100 (Continue)
	failed  bool
}

// start prepares for the body of r. A body that is in the buffer to its end needs no stream.
func (b *requestBody) start(c *conn, r *wire.Request) {
	b.conn = c
	b.failed = false
	b.waits = r.Continue
	b.decoder.Reset(r.Framing)
	switch {
	case r.Framing.Kind == wire.NoBody:
	case r.Framing.Kind == wire.Sized && int64(len(c.wire.Buffered())) >= r.Framing.Length:
		n := int(r.Framing.Length)
		b.decoder.Skip(n)
		r.Body.SetBytes(c.wire.Buffered()[:n])
		c.wire.Consume(n)
	default:
		r.Body.SetStream(nil, b)
	}
}

// Next yields the next piece (wire.Source). Before the first one it tells a client that waits to go on.
func (b *requestBody) Next() ([]byte, error) {
	p, err := b.next()
	if err != nil && err != io.EOF {
		b.failed = true
	}
	return p, err
}

func (b *requestBody) next() ([]byte, error) {
	w := b.conn.wire
	if b.waits {
		b.waits = false
		if len(w.Buffered()) == 0 {
			if err := w.Write(continueReply, nil); err != nil {
				return nil, err
			}
		}
	}
	for {
		if b.decoder.Done() {
			return nil, io.EOF
		}
		if buffered := w.Buffered(); len(buffered) > 0 {
			p, n, fault := b.decoder.Decode(buffered)
			w.Consume(n)
			if fault != wire.Whole {
				return nil, fault
			}
			if len(p) > 0 {
				return p, nil
			}
			if b.decoder.Done() {
				return nil, io.EOF
			}
		}
		w.SetDeadline(wire.Now() + b.conn.settings.timeouts.bodyIdle)
		if err := w.Fill(); err != nil {
			return nil, bodyFault(err)
		}
	}
}

func bodyFault(err error) error {
	switch {
	case errors.Is(err, wire.ErrTimeout):
		return wire.LateBody
	case err == wire.ErrFull:
		return wire.Chunk
	case err == io.EOF:
		return wire.ShortBody
	}
	return err
}

var continueReply = []byte("HTTP/1.1 100 Continue\r\n\r\n")

// Trailer returns the trailer fields (wire.Source).
func (b *requestBody) Trailer() *wire.Head { return b.decoder.Trailer() }

// Close has nothing to give back (wire.Source): what is left of the body is dealt with by finish.
func (b *requestBody) Close() {}

// unread reports whether a part of the body may still be on its way.
func (b *requestBody) unread() bool { return b.conn != nil && !b.decoder.Done() }

// finish reads past the rest of a body that nobody wanted, as far as it is in the buffer already, and reports whether the
// next request's beginning is known.
func (b *requestBody) finish() bool {
	for !b.failed && !b.decoder.Done() && len(b.conn.wire.Buffered()) > 0 {
		_, n, fault := b.decoder.Decode(b.conn.wire.Buffered())
		if fault != wire.Whole || n == 0 {
			return false
		}
		b.conn.wire.Consume(n)
	}
	return !b.failed && b.decoder.Done()
}
