package lb

import (
	"crypto/tls"
	"io"
	"net"
	"time"

	"sallyport/internal/wire"
)

// conn is one connection to a node. It works for one call at a time, and is the stream of that call's answer until Close;
// between calls it stands in the node's idle stack.
type conn struct {
	wire     *wire.Conn
	node     *node
	decoder  wire.Decoder
	out      []byte // framing of a streamed request body
	bodyIdle int64  // nanoseconds without a byte that end the answer's body
	keep     bool   // may stand idle after this call
	until    int64  // when it is too old to be used again
	timeout  int64  // nanoseconds the node keeps it idle, as Keep-Alive said; 0 when it did not
}

// dial connects to the node and, with TLS, shakes hands, until the deadline.
func (n *node) dial(deadline int64) (*conn, error) {
	t := n.transport.Load()
	left := time.Duration(deadline - wire.Now())
	if left <= 0 {
		return nil, wire.ErrTimeout
	}
	nc, err := net.DialTimeout("tcp", n.address, left)
	if err != nil {
		return nil, err
	}
	if t.tls != nil {
		config := t.tls
		if config.ServerName == "" {
			host, _, _ := net.SplitHostPort(n.address)
			config = config.Clone()
			config.ServerName = host
		}
		s := tls.Client(nc, config)
		s.SetDeadline(time.Now().Add(time.Duration(deadline - wire.Now())))
		if err := s.Handshake(); err != nil {
			nc.Close()
			return nil, err
		}
		s.SetDeadline(time.Time{})
		nc = s
	}
	return &conn{wire: wire.NewConn(nc, wire.Upstreams, 0), node: n}, nil
}

// Next yields the answer's body (wire.Source).
func (u *conn) Next() ([]byte, error) {
	for {
		if u.decoder.Done() {
			return nil, io.EOF
		}
		if b := u.wire.Buffered(); len(b) > 0 {
			p, n, fault := u.decoder.Decode(b)
			u.wire.Consume(n)
			if fault != wire.Whole {
				u.keep = false
				return nil, fault
			}
			if len(p) > 0 {
				return p, nil
			}
			if u.decoder.Done() {
				return nil, io.EOF
			}
		}
		u.wire.SetDeadline(wire.Now() + u.bodyIdle)
		if err := u.wire.Fill(); err != nil {
			return nil, u.ended(err)
		}
	}
}

// ended translates the end of the connection inside a body: only a body that is delimited by it may end with it.
func (u *conn) ended(err error) error {
	u.keep = false
	switch {
	case err == wire.ErrFull:
		return wire.Chunk
	case err == io.EOF && !u.decoder.EndsWithConnection():
		return io.ErrUnexpectedEOF
	}
	return err
}

// Trailer returns the trailer fields of the answer; it is valid between io.EOF and Close.
func (u *conn) Trailer() *wire.Head { return u.decoder.Trailer() }

// Close ends the call's use of the connection: it goes back to its node when the exchange is complete, and is closed
// otherwise, for what is left on it would be taken for the next answer.
func (u *conn) Close() {
	if !u.keep || !u.decoder.Done() || len(u.wire.Buffered()) > 0 {
		u.wire.Close()
		return
	}
	u.wire.ReleaseBuffer()
	u.wire.WorkFor(nil, 0)
	u.wire.SetDeadline(0)
	u.node.idle.put(u)
}
