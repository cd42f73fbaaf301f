package lb

import (
	"errors"
	"io"

	"sallyport/internal/wire"
)

// answerLimits bound the head of an answer. It must fit the connection's buffer.
var answerLimits = wire.Limits{Head: wire.BufferSize, Fields: 256}

// maxInterim is how many interim answers (1xx) may come before the final one.
const maxInterim = 16

// attempt sends the call to the node and reads the head of its answer, until the deadline. It blocks the calling
// goroutine. What it says tells whether the request can have been acted upon; see outcome.
func (n *node) attempt(c *Call, deadline int64) outcome {
	for {
		u := n.idle.take(wire.Now())
		reused := u != nil
		if !reused {
			connect := min(deadline, wire.Now()+int64(n.transport.Load().connect))
			var err error
			if u, err = n.dial(connect); err != nil {
				if wire.Now() >= deadline {
					return failedTimeout
				}
				return failedConnect
			}
		}
		c.heard = false
		u.keep = false
		u.bodyIdle = c.BodyIdle
		u.wire.SetDeadline(deadline)
		u.wire.WorkFor(c.Peer, c.Now)
		if !c.hedge.waits(c, u.wire) {
			u.wire.Close()
			return clientGone
		}
		o := u.exchange(c, reused)
		if o == notSent {
			u.wire.Close()
			continue // the node closed it while it stood idle: no harm is done
		}
		if o != answered {
			c.Reply.Reset()
			u.wire.Close()
		}
		return o
	}
}

// exchange sends the request and reads the answer's head.
func (u *conn) exchange(c *Call, reused bool) outcome {
	var err error
	if c.whole = c.Request.Body.Whole(); c.whole {
		err = u.wire.Ask(c.Head, c.Request.Body.Bytes(), reused)
	} else {
		if reused && u.wire.Stale() {
			return notSent
		}
		if o := u.send(c); o != answered {
			return o
		}
	}
	if err == wire.ErrStale {
		return notSent
	}
	for interim := 0; ; {
		if err != nil {
			return u.outcome(err, reused)
		}
		c.heard = true
		n, fault := c.Reply.Parse(u.wire.Buffered(), c.Request.Method, &answerLimits)
		switch {
		case fault != wire.Whole:
			return failedMalformed
		case n == 0:
			c.Reply.Reset()
			err = u.wire.Fill()
			continue
		}
		u.wire.Consume(n)
		if c.Reply.Status >= 200 || c.Reply.Status == 101 {
			if !c.hedge.wins(c) {
				return clientGone
			}
			return u.answered(c)
		}
		if interim++; interim > maxInterim || !u.interim(c) {
			return failedMalformed
		}
		if len(u.wire.Buffered()) == 0 {
			err = u.wire.Fill()
		}
	}
}

// interim passes an interim answer on (RFC 9110 section 15.2). 100 was answered by the gateway, and is not the node's to
// say again.
func (u *conn) interim(c *Call) bool {
	ok := true
	if c.Interim != nil && c.Reply.Status != 100 && c.Request.Minor == 1 {
		ok = c.Interim.Interim(c.Reply)
	}
	c.Reply.Reset()
	return ok
}

// answered prepares the answer's body.
func (u *conn) answered(c *Call) outcome {
	r := c.Reply
	u.keep = r.KeepAlive && c.whole
	u.decoder.Reset(r.Framing)
	if r.Status == 101 {
		if !c.Request.Upgrade {
			return failedMalformed
		}
		r.Body.SetStream(nil, u)
		return answered
	}
	if timeout, ok := keepAliveTimeout(r.Value(wire.KeepAlive)); ok {
		u.timeout = timeout
	}
	b := u.wire.Buffered()
	switch {
	case r.Framing.Kind == wire.NoBody:
		u.Close()
	case r.Framing.Kind == wire.Sized && int64(len(b)) >= r.Framing.Length:
		// All is here. The buffer becomes the body's, and the connection is free at once. Bytes behind the body belong to
		// no request: Close sees them and does not keep the connection.
		n := int(r.Framing.Length)
		u.decoder.Skip(n)
		buffer := u.wire.TakeBuffer()
		r.Body.SetBuffer(buffer, n)
		u.keep = u.keep && len(b) == n
		u.Close()
	default:
		r.Body.SetStream(nil, u)
	}
	return answered
}

// send writes a request whose body is a stream. It ends early, and leaves the connection for one answer only, when the
// node answers before it has seen all.
func (u *conn) send(c *Call) outcome {
	body := &c.Request.Body
	chunked := c.Request.Framing.Kind == wire.Chunked
	head := c.Head
	for {
		p, err := body.Next()
		switch {
		case err == io.EOF:
			u.out = u.out[:0]
			if chunked {
				u.out = append(u.out, "0\r\n"...)
				if t := body.Trailer(); t != nil {
					u.out = t.AppendFields(u.out)
				}
				u.out = append(u.out, "\r\n"...)
			}
			if u.wire.Write(head, u.out) != nil {
				return u.unsent()
			}
			c.whole = true
			return answered
		case err != nil:
			c.BodyError = err
			return clientGone
		}
		if chunked {
			u.out = append(u.out[:0], head...)
			u.out = wire.AppendChunkSize(u.out, len(p))
			head = u.out
		}
		if u.wire.Write(head, p) != nil || chunked && u.wire.Write(crlf, nil) != nil {
			return u.unsent()
		}
		head = nil
		if u.wire.Stale() {
			return answered
		}
	}
}

var crlf = []byte("\r\n")

// unsent decides what it means that the node stopped taking the request: it may have answered before.
func (u *conn) unsent() outcome {
	if len(u.wire.Buffered()) > 0 || u.wire.Fill() == nil {
		return answered
	}
	return failedReset
}

// outcome translates an error of the connection before the answer's head was complete.
func (u *conn) outcome(err error, reused bool) outcome {
	switch {
	case errors.Is(err, wire.ErrTimeout):
		return failedTimeout
	case errors.Is(err, wire.ErrAbandoned):
		return clientGone
	case errors.Is(err, wire.ErrFull):
		return failedMalformed
	case reused && len(u.wire.Buffered()) == 0:
		return failedStale
	}
	return failedReset
}

// keepAliveTimeout reads the timeout parameter of Keep-Alive (RFC 2068 section 19.7.1): how long the node keeps an idle
// connection. A second less is safe, half of it when it is that short.
func keepAliveTimeout(value []byte) (int64, bool) {
	if value == nil {
		return 0, false
	}
	for p := range wire.Tokens(value) {
		const name = "timeout="
		if len(p) <= len(name) || !wire.EqualFold(p[:len(name)], name) {
			continue
		}
		seconds := int64(0)
		for _, d := range p[len(name):] {
			if d < '0' || d > '9' || seconds > 1e6 {
				return 0, false
			}
			seconds = seconds*10 + int64(d-'0')
		}
		const second = int64(1e9)
		return max(seconds*second-second, seconds*second/2), true
	}
	return 0, false
}
