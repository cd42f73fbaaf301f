package stub

import (
	"net/http"
	"strconv"
	"time"
)

// End is how a step leaves the connection.
type End uint8

const (
	Continue   End = iota // go on with the next step
	Close                 // close in the ordinary way
	CloseWrite            // close the sending half, and read on
	Reset                 // close with RST
)

// Step is one move of an answer that is played by hand: wait, send, end.
type Step struct {
	After time.Duration
	Send  string
	Again int // so many times more
	End   End
}

// answer does what a script says. An error ends the connection.
func (c *conn) answer(q *Request, s *Script) error {
	if q.upgrade && len(q.key) > 0 {
		return c.websocket(q)
	}
	if s.plain && string(q.Method) != "HEAD" {
		return c.finish(q, s, c.write(c.server.answers.Load().pick(q.Target)))
	}
	return c.scripted(q, s)
}

func (c *conn) play(steps []Step) error {
	for _, s := range steps {
		if err := c.pause(s.After); err != nil {
			return err
		}
		if s.Send != "" {
			b := []byte(s.Send)
			for range s.Again + 1 {
				if err := c.write(b); err != nil {
					return err
				}
			}
		}
		switch s.End {
		case Close:
			return errClosing
		case CloseWrite:
			c.tcp.CloseWrite()
		case Reset:
			return c.reset()
		}
	}
	return nil
}

func (c *conn) scripted(q *Request, s *Script) error {
	if s.Hang {
		<-c.server.done
		return errClosing
	}
	if s.Hints {
		if err := c.write([]byte("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")); err != nil {
			return err
		}
	}
	if err := c.pause(s.Delay); err != nil {
		return err
	}
	if s.Reset == resetHead {
		return c.reset()
	}
	if s.Events >= 0 {
		return c.events(q, s)
	}
	r := reply{conn: c, script: s, size: s.Size}
	if s.Echo {
		r.echo = append(append(r.echo, q.Head...), q.Body...)
		r.size = len(r.echo)
	} else if r.size < 0 {
		r.size = plainSize(q.Target)
	}
	if err := c.write(r.head("text/plain")); err != nil {
		return err
	}
	if string(q.Method) != "HEAD" && bodied(s.Status) {
		if err := r.body(); err != nil {
			return err
		}
	}
	return c.finish(q, s, nil)
}

// finish does what a script wants after an answer.
func (c *conn) finish(q *Request, s *Script, err error) error {
	if err != nil {
		return err
	}
	if s.Late != "" {
		if err := c.pause(s.After); err != nil {
			return err
		}
		if err := c.write([]byte(s.Late)); err != nil {
			return err
		}
	}
	if q.close || s.Close || s.Silent || s.Early {
		return errClosing
	}
	return nil
}

// events streams server-sent events.
func (c *conn) events(q *Request, s *Script) error {
	stream := *s
	stream.Chunked = true
	r := reply{conn: c, script: &stream}
	if err := c.write(r.head("text/event-stream")); err != nil {
		return err
	}
	for i := 1; s.Events == 0 || i <= s.Events; i++ {
		if err := c.pause(s.Pace); err != nil {
			return err
		}
		if err := r.piece([]byte("data: " + strconv.Itoa(i) + "\n\n")); err != nil {
			return err
		}
	}
	return c.finish(q, s, c.write([]byte("0\r\n\r\n")))
}

// bodied says whether an answer of this status has a body (RFC 9112 section 6.3).
func bodied(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}
