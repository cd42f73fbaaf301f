package wire

import (
	"io"
	"syscall"
)

// answer is one write and the wait for what comes back, inside one callback of the poller.
type answer struct {
	head, body []byte
	check      bool // look for staleness first
	wrote      bool
	err        error
}

// Ask writes head and body and waits for the first bytes that come back, which are then buffered. With reused it first
// makes sure that nothing came since the connection was last used: what is there could only be the end, or bytes that
// belong to nobody; then it returns ErrStale and nothing was sent.
func (c *Conn) Ask(head, body []byte, reused bool) error {
	if c.raw == nil {
		if reused && c.Stale() {
			return ErrStale
		}
		if err := c.Write(head, body); err != nil {
			return err
		}
		return c.Fill()
	}
	c.answer = answer{head: head, body: body, check: reused}
	var err error
	for {
		err = c.raw.Read(c.onAnswer)
		if err == nil {
			err = c.answer.err
			break
		}
		if err = c.failed(err); err != nil {
			break
		}
	}
	if err == errPartly {
		if err = c.Write(c.answer.head, c.answer.body); err == nil {
			err = c.Fill()
		}
	}
	c.answer = answer{}
	return err
}

// errPartly means that the socket took only a part: the rest has to be written by waiting.
var errPartly error = syscall.EAGAIN

func (c *Conn) answerStep(fd uintptr) bool {
	a := &c.answer
	if !a.wrote {
		if a.check && rawReadable(fd) {
			a.err = ErrStale
			return true
		}
		n, err := rawWritev(fd, a.head, a.body)
		if err != 0 && err != syscall.EAGAIN {
			a.err = err
			return true
		}
		a.wrote = true
		if n < len(a.head)+len(a.body) {
			if n < len(a.head) {
				a.head = a.head[n:]
			} else {
				a.head, a.body = nil, a.body[n-len(a.head):]
			}
			a.err = errPartly
			return true
		}
		return false
	}
	p := c.room()
	if len(p) == 0 {
		a.err = ErrFull
		return true
	}
	n, err := rawRead(fd, p)
	switch {
	case n > 0:
		c.buf.w += n
	case err == 0:
		a.err = io.EOF
	case err == syscall.EAGAIN:
		return false
	default:
		a.err = err
	}
	return true
}

// Stale reports whether an idle connection has something to read: its end, or bytes that belong to nobody. Where that
// cannot be seen without waiting it reports false.
func (c *Conn) Stale() bool {
	stale := false
	if c.tcp != nil {
		c.tcp.Control(func(fd uintptr) { stale = rawReadable(fd) })
	}
	return stale
}
