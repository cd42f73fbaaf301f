package wire

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// Errors of a connection.
var (
	// ErrWait is returned inside Loop when there is nothing to read yet.
	ErrWait = errors.New("nothing to read yet")
	// ErrTimeout means that the deadline has passed.
	ErrTimeout = errors.New("deadline passed")
	// ErrAbandoned means that the peer on whose behalf the connection works has gone away.
	ErrAbandoned = errors.New("the client is gone")
	// ErrStale means that an idle connection had been closed, or had something to read, before anything was written.
	ErrStale = errors.New("stale connection")
	// ErrFull means that the buffer is full.
	ErrFull = errors.New("buffer is full")
)

// Conn is one connection and what was read from it. It belongs to one goroutine; only its Sweeper touches it from outside.
//
// On a plain socket it makes no system call that can be foreseen to fail: reads happen when the runtime's poller says that
// there is something, writes go to the socket at once. On TLS and in tests it works through net.Conn alone.
type Conn struct {
	net  net.Conn
	raw  syscall.RawConn // nil where everything goes through net
	tcp  syscall.RawConn // the socket underneath, also of TLS; nil where there is none
	fd   uintptr         // valid inside a callback of raw
	buf  *Buffer         // nil while there is nothing in it
	size int             // of the buffer

	deadline atomic.Int64 // on the clock of Now; 0: none
	owner    atomic.Pointer[Conn]
	gone     atomic.Bool // the owner has gone away
	since    atomic.Int64
	sweeper  *Sweeper
	place    int // in the sweeper

	parts    [2][]byte // of a write of two parts
	vector   net.Buffers
	first    [32]byte // what ends a wait without a buffer
	looping  bool
	drained  bool  // the last read took all there was, and the poller has said nothing since
	seen     int64 // the sweeper's: the deadline it saw last
	probed   bool  // the sweeper's: the peer was looked at since then
	step     func() bool
	onLoop   func(fd uintptr) bool
	onAnswer func(fd uintptr) bool
	answer   answer
}

// NewConn takes over a connection. The buffer holds size bytes, BufferSize when that is more.
func NewConn(nc net.Conn, sweeper *Sweeper, size int) *Conn {
	c := &Conn{net: nc, sweeper: sweeper, size: size}
	c.raw = rawConn(nc)
	c.tcp = c.raw
	if wrapped, ok := nc.(interface{ NetConn() net.Conn }); ok {
		c.tcp = rawConn(wrapped.NetConn())
	}
	if c.raw != nil {
		c.onLoop = c.loopStep
		c.onAnswer = c.answerStep
	}
	sweeper.add(c)
	return c
}

// Close ends the connection and gives its buffer back. It must not be called inside Loop.
func (c *Conn) Close() {
	c.sweeper.remove(c)
	c.ReleaseBuffer()
	c.net.Close()
}

// Net returns the connection underneath.
func (c *Conn) Net() net.Conn { return c.net }

// Polls reports whether Fill returns ErrWait inside Loop; otherwise it blocks.
func (c *Conn) Polls() bool { return c.raw != nil }

// SetDeadline sets when reading and writing end with ErrTimeout, on the clock of Now; 0 means never.
func (c *Conn) SetDeadline(at int64) {
	if at != 0 {
		at |= busy
	}
	c.deadline.Store(at)
}

// SetIdle is SetDeadline while nothing is under way on the connection: Sweeper.Hurry may bring the deadline forward.
func (c *Conn) SetIdle(at int64) { c.deadline.Store(at &^ busy) }

// busy is a nanosecond that tells the deadlines of SetDeadline from those of SetIdle.
const busy = 1

var past = time.Unix(1, 0)

func (c *Conn) sweep(now int64) {
	if d := c.deadline.Load(); d != 0 && now > d {
		c.net.SetDeadline(past)
		return
	}
	c.probe()
	if owner := c.owner.Load(); owner != nil && now > c.since.Load()+int64(watchAfter) && owner.peerGone() {
		c.gone.Store(true)
		c.net.SetDeadline(past)
	}
}

// probe wakes a connection that waits although its peer has closed its side: the end may have come together with the
// bytes that were read last, and then the poller tells of both at once. A connection is looked at once in each of its
// waits, and only in those that are longer than the sweeper's interval.
func (c *Conn) probe() {
	d := c.deadline.Load()
	if d == 0 || c.sweeper != Clients || c.raw == nil {
		return
	}
	if d != c.seen {
		c.seen, c.probed = d, false
		return
	}
	if !c.probed {
		c.probed = true
		if c.peerGone() {
			c.net.SetDeadline(past) // taken back by failed, and then the end is read
		}
	}
}

// watchAfter is how long work for a client goes on before the client is looked at: short work is over by then.
const watchAfter = 100 * time.Millisecond

// WorkFor makes waiting on c end with ErrAbandoned when the peer of owner closes its connection. A nil owner ends that.
func (c *Conn) WorkFor(owner *Conn, now int64) {
	if owner != nil && owner.tcp == nil {
		owner = nil // nothing can be seen from outside
	}
	c.since.Store(now)
	c.owner.Store(owner)
	if owner == nil && c.gone.Load() {
		c.gone.Store(false)
		c.net.SetDeadline(time.Time{})
	}
}

// Abandon makes the waiting of the connection's goroutine end with ErrAbandoned, now or when it begins. It may be called from
// outside while somebody keeps the connection from being used for anything else; afterwards it can only be closed.
func (c *Conn) Abandon() {
	c.gone.Store(true)
	c.net.SetDeadline(past)
}

// failed translates an error of net, and takes back a deadline that the sweeper set for a state that is over: then it
// returns nil and the operation has to be tried again.
func (c *Conn) failed(err error) error {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	if c.gone.Load() {
		return ErrAbandoned
	}
	if d := c.deadline.Load(); d != 0 && Now() >= d {
		return ErrTimeout
	}
	c.net.SetDeadline(time.Time{})
	if c.gone.Load() { // the sweeper may have set it just before it was taken back
		return ErrAbandoned
	}
	return nil
}

// Revive makes the connection usable after ErrTimeout, until the new deadline.
func (c *Conn) Revive(deadline int64) {
	c.SetDeadline(deadline)
	c.net.SetDeadline(time.Time{})
}

// Preload puts bytes that were read already in front of what is read.
func (c *Conn) Preload(early []byte) {
	if len(early) > 0 {
		c.buf = acquireBuffer(max(c.size, len(early)))
		c.buf.w = copy(c.buf.bytes, early)
	}
}

// Buffered returns what was read and not consumed. It is valid until the next Fill.
func (c *Conn) Buffered() []byte {
	if c.buf == nil {
		return nil
	}
	return c.buf.bytes[c.buf.r:c.buf.w]
}

// Consume takes the first n buffered bytes away. They stay valid until the next Fill.
func (c *Conn) Consume(n int) { c.buf.r += n }

// ReleaseBuffer gives the buffer back; what was in it is lost.
func (c *Conn) ReleaseBuffer() {
	if c.buf != nil {
		c.buf.Release()
		c.buf = nil
	}
}

// TakeBuffer hands the buffer over to the caller.
func (c *Conn) TakeBuffer() *Buffer {
	b := c.buf
	c.buf = nil
	return b
}

// room makes space behind what is buffered, moving it down when needed, and returns it.
func (c *Conn) room() []byte {
	if c.buf == nil {
		c.buf = acquireBuffer(c.size)
	}
	b := c.buf
	if b.r > 0 {
		b.w = copy(b.bytes, b.bytes[b.r:b.w])
		b.r = 0
	}
	return b.bytes[b.w:]
}

// Fill reads at least one more byte. It returns io.EOF at the end, ErrFull when there is no room, ErrTimeout, and inside
// Loop ErrWait when nothing has come.
func (c *Conn) Fill() error {
	if c.raw == nil && c.buf == nil {
		return c.fillFirst()
	}
	p := c.room()
	if len(p) == 0 {
		return ErrFull
	}
	if c.looping {
		return c.fillRaw(p)
	}
	return c.fillWaiting(p)
}

func (c *Conn) fillWaiting(p []byte) error {
	for {
		n, err := c.net.Read(p)
		c.buf.w += n
		if n > 0 {
			return nil
		}
		if err = c.failed(err); err != nil {
			return err
		}
	}
}

// fillFirst waits without a buffer: an idle connection on TLS must not hold one.
func (c *Conn) fillFirst() error {
	for {
		n, err := c.net.Read(c.first[:])
		if n > 0 {
			c.buf = acquireBuffer(c.size)
			c.buf.w = copy(c.buf.bytes, c.first[:n])
			return nil
		}
		if err = c.failed(err); err != nil {
			return err
		}
	}
}

func (c *Conn) fillRaw(p []byte) error {
	if c.drained {
		return ErrWait
	}
	n, err := rawRead(c.fd, p)
	c.drained = n < len(p)
	switch {
	case n > 0:
		c.buf.w += n
		return nil
	case err == 0:
		return io.EOF
	case err == syscall.EAGAIN:
		return ErrWait
	}
	return err
}

// Loop calls step whenever there may be something to read, until step returns true. Inside it Fill does not block: when
// it returns ErrWait, step returns false. Between the calls nothing is lost that arrives while step works.
//
// Where there is no plain socket Fill blocks instead, and step is called again at once.
func (c *Conn) Loop(step func() bool) error {
	if c.raw == nil {
		for !step() {
		}
		return nil
	}
	c.step = step
	for {
		err := c.raw.Read(c.onLoop)
		c.looping = false
		if err == nil {
			return nil
		}
		if err = c.failed(err); err != nil {
			return err
		}
	}
}

func (c *Conn) loopStep(fd uintptr) bool {
	c.fd, c.looping, c.drained = fd, true, false
	done := c.step()
	c.looping = false
	return done
}

// Write writes head and then body, both whole.
func (c *Conn) Write(head, body []byte) error {
	if c.looping {
		n, err := rawWritev(c.fd, head, body)
		if err != 0 && err != syscall.EAGAIN {
			return err
		}
		if n == len(head)+len(body) {
			return nil
		}
		if n < len(head) {
			head = head[n:]
		} else {
			body = body[n-len(head):]
			head = nil
		}
	} else if len(head) > 0 && len(body) > 0 {
		// One record on TLS, one segment on TCP: two writes would be two of either.
		return c.writeBoth(head, body)
	}
	if err := c.writeAll(head); err != nil {
		return err
	}
	return c.writeAll(body)
}

func (c *Conn) writeAll(p []byte) error {
	for len(p) > 0 {
		n, err := c.net.Write(p)
		p = p[n:]
		if err != nil {
			if err = c.failed(err); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Conn) writeBoth(head, body []byte) error {
	if c.raw != nil {
		c.parts = [2][]byte{head, body}
		c.vector = c.parts[:]
		for len(c.vector) > 0 {
			if _, err := c.vector.WriteTo(c.net); err != nil {
				if err = c.failed(err); err != nil {
					return err
				}
			}
		}
		c.parts = [2][]byte{}
		return nil
	}
	b := acquireBuffer(BufferSize)
	defer b.Release()
	n := copy(b.bytes, head)
	if n < len(head) {
		if err := c.writeAll(head); err != nil {
			return err
		}
		return c.writeAll(body)
	}
	m := copy(b.bytes[n:], body)
	if err := c.writeAll(b.bytes[:n+m]); err != nil {
		return err
	}
	return c.writeAll(body[m:])
}
