package stub

import (
	"bytes"
	"strconv"
	"time"
)

// body reads a request's body from its connection.
type body struct {
	conn  *conn
	pause time.Duration // before every read
	keep  bool
	kept  []byte
}

// take reads n bytes.
func (b *body) take(n int64) error {
	c := b.conn
	for n > 0 {
		if c.start == c.end {
			if err := b.fill(); err != nil {
				return err
			}
		}
		k := min(n, int64(c.end-c.start))
		b.pass(int(k))
		n -= k
	}
	return nil
}

// line reads to the end of a line and returns it without its CRLF.
func (b *body) line() ([]byte, error) {
	c := b.conn
	for {
		if i := bytes.Index(c.buf[c.start:c.end], []byte("\r\n")); i >= 0 {
			line := c.buf[c.start : c.start+i]
			b.pass(i + 2)
			return line, nil
		}
		if err := b.fill(); err != nil {
			return nil, err
		}
	}
}

// chunked reads chunks and trailers.
func (b *body) chunked() error {
	for {
		line, err := b.line()
		if err != nil {
			return err
		}
		size, _, _ := bytes.Cut(line, []byte(";"))
		n, err := strconv.ParseUint(string(bytes.TrimSpace(size)), 16, 62)
		if err != nil {
			return errRequest
		}
		if n == 0 {
			break
		}
		if err := b.take(int64(n)); err != nil {
			return err
		}
		if line, err = b.line(); err != nil || len(line) != 0 {
			return errRequest
		}
	}
	for {
		if line, err := b.line(); err != nil || len(line) == 0 {
			return err
		}
	}
}

func (b *body) fill() error {
	if err := b.conn.pause(b.pause); err != nil {
		return err
	}
	return b.conn.fill()
}

// pass goes past n buffered bytes.
func (b *body) pass(n int) {
	c := b.conn
	if b.keep {
		b.kept = append(b.kept, c.buf[c.start:c.start+n]...)
	}
	c.start += n
}
