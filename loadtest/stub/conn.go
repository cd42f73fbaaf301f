package stub

import (
	"bytes"
	"errors"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"time"
)

// maxHead bounds a request's head.
const maxHead = 256 << 10

// conn is one connection. Its buffer holds buf[start:end], received and not yet read.
type conn struct {
	server *Server
	tcp    *net.TCPConn
	stream net.Conn // tcp, or TLS over it
	number int
	record *record
	idle   atomic.Bool

	buf        []byte
	start, end int
	head       []byte // of the request under way
	request    Request
}

// errClosing ends a connection after an answer that closes it.
var errClosing = errors.New("stub: closing")

func (c *conn) serve() {
	defer c.server.release(c)
	c.buf = make([]byte, 16<<10)
	c.request.Conn = c.number
	for {
		switch err := c.serveOne(); {
		case err == nil:
		case errors.Is(err, errRequest):
			c.write([]byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
			return
		default:
			return
		}
	}
}

func (c *conn) serveOne() error {
	head, err := c.readHead()
	if err != nil {
		return err
	}
	c.server.requests.Add(1)
	q := &c.request
	c.head = append(c.head[:0], head...) // what is read while q is answered goes into the buffer
	if err := q.parse(c.head); err != nil {
		return err
	}
	if played := c.server.options.Answer; played != nil {
		return c.servePlayed(q, played)
	}
	s, err := c.script(q)
	if err != nil {
		c.write(refusal(err))
		return errClosing
	}
	if err := c.receive(q, s); err != nil {
		return err
	}
	return c.answer(q, s)
}

// servePlayed answers with the steps of the stub's owner, or plainly where it has none. The request's query is nobody's
// script then.
func (c *conn) servePlayed(q *Request, answer func(*Request) []Step) error {
	if err := c.receive(q, &plainScript); err != nil {
		return err
	}
	if steps := answer(q); steps != nil {
		return c.play(steps)
	}
	return c.answer(q, &plainScript)
}

// receive reads the body, unless the script says otherwise, and records the request.
func (c *conn) receive(q *Request, s *Script) error {
	if q.length != 0 && !s.Early {
		if err := c.readBody(q, s); err != nil {
			return err
		}
	}
	if c.record != nil {
		c.record.request(q)
	}
	return nil
}

// script is what to do for q: its own script, the stub's, or the plain one.
func (c *conn) script(q *Request) (*Script, error) {
	text := q.script
	if len(text) == 0 {
		text = q.query()
	}
	s := &c.server.fallback
	if len(text) > 0 {
		own, err := ParseScript(string(text))
		if err != nil {
			return nil, err
		}
		s = &own
	}
	if s.Every > 1 && c.server.requests.Load()%s.Every != 0 {
		s = &plainScript
	}
	return s, nil
}

// refusal answers a request whose script cannot be read.
func refusal(err error) []byte {
	text := err.Error() + "\n"
	return []byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: " + strconv.Itoa(len(text)) + "\r\n\r\n" + text)
}

// fill reads more from the peer.
func (c *conn) fill() error {
	if c.start == c.end {
		c.start, c.end = 0, 0
	}
	if c.end == len(c.buf) {
		if c.start == 0 {
			if len(c.buf) >= maxHead {
				return errRequest
			}
			c.buf = append(c.buf, make([]byte, len(c.buf))...)
		} else {
			c.end = copy(c.buf, c.buf[c.start:c.end])
			c.start = 0
		}
	}
	n, err := c.stream.Read(c.buf[c.end:])
	if n > 0 && c.record != nil {
		c.record.received(c.buf[c.end : c.end+n])
	}
	c.end += n
	if n > 0 {
		return nil
	}
	return err
}

// readHead returns the next head, with its empty line; it is part of the buffer.
func (c *conn) readHead() ([]byte, error) {
	if idle := c.server.options.Idle; idle > 0 {
		c.stream.SetReadDeadline(time.Now().Add(idle))
		defer c.stream.SetReadDeadline(time.Time{})
	}
	for {
		if i := bytes.Index(c.buf[c.start:c.end], []byte("\r\n\r\n")); i >= 0 {
			head := c.buf[c.start : c.start+i+4]
			c.start += i + 4
			return head, nil
		}
		c.idle.Store(c.start == c.end)
		err := c.fill()
		c.idle.Store(false)
		if err != nil {
			return nil, err
		}
	}
}

// readBody reads the request's body, answering Expect, and keeps it for whoever looks at it.
func (c *conn) readBody(q *Request, s *Script) error {
	if q.expects {
		if err := c.write([]byte("HTTP/1.1 100 Continue\r\n\r\n")); err != nil {
			return err
		}
	}
	b := body{conn: c, pause: s.Read, kept: q.Body[:0], keep: c.record != nil || c.server.options.Answer != nil || s.Echo}
	var err error
	if q.length < 0 {
		err = b.chunked()
	} else {
		err = b.take(q.length)
	}
	q.Body = b.kept
	return err
}

func (c *conn) write(b []byte) error {
	_, err := c.stream.Write(b)
	return err
}

// reset closes with RST, dropping what was not sent yet.
func (c *conn) reset() error {
	c.tcp.SetLinger(0)
	c.tcp.Close()
	return errClosing
}

// pause waits. It ends early when the stub closes, and when the peer does.
func (c *conn) pause(d time.Duration) error {
	if d < 10*time.Millisecond {
		time.Sleep(d)
		return nil
	}
	until := time.Now().Add(d)
	c.stream.SetReadDeadline(until)
	defer c.stream.SetReadDeadline(time.Time{})
	for c.end < len(c.buf) || c.start > 0 {
		if err := c.fill(); errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		} else if err != nil {
			return err
		}
	}
	select { // the peer sends more than the buffer takes: it is there
	case <-time.After(time.Until(until)):
		return nil
	case <-c.server.done:
		return errClosing
	}
}
