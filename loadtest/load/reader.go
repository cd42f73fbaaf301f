package load

import (
	"bytes"
	"errors"
	"io"
	"strconv"
)

// reader reads answers from one connection: their status and framing, and nothing more.
type reader struct {
	from       io.Reader
	buf        []byte
	start, end int
	answers    int
}

var errAnswer = errors.New("load: answer cannot be framed")

func (r *reader) reset(from io.Reader) {
	if r.buf == nil {
		r.buf = make([]byte, 32<<10)
	}
	*r = reader{from: from, buf: r.buf}
}

// stale says that the connection's deadline should be moved.
func (r *reader) stale() bool {
	r.answers++
	return r.answers%100 == 1
}

func (r *reader) fill() error {
	if r.start == r.end {
		r.start, r.end = 0, 0
	} else if r.end == len(r.buf) {
		if r.start == 0 {
			return errAnswer
		}
		r.end = copy(r.buf, r.buf[r.start:r.end])
		r.start = 0
	}
	n, err := r.from.Read(r.buf[r.end:])
	r.end += n
	if n > 0 {
		return nil
	}
	return err
}

// until returns what comes before mark, and goes past it.
func (r *reader) until(mark string) ([]byte, error) {
	for {
		if i := bytes.Index(r.buf[r.start:r.end], []byte(mark)); i >= 0 {
			b := r.buf[r.start : r.start+i]
			r.start += i + len(mark)
			return b, nil
		}
		if err := r.fill(); err != nil {
			return nil, err
		}
	}
}

func (r *reader) skip(n int) error {
	for {
		k := min(n, r.end-r.start)
		r.start += k
		if n -= k; n == 0 {
			return nil
		}
		if err := r.fill(); err != nil {
			return err
		}
	}
}

// answer reads one final answer: its code, and whether the connection may be used again.
func (r *reader) answer() (code int, keep bool, err error) {
	for code < 200 {
		head, err := r.until("\r\n\r\n")
		if err != nil {
			return 0, false, err
		}
		if len(head) < len("HTTP/1.1 200") {
			return 0, false, errAnswer
		}
		if code, err = strconv.Atoi(string(head[9:12])); err != nil {
			return 0, false, errAnswer
		}
		if code < 200 {
			continue
		}
		f := framing{length: -1, keep: true}
		if err := f.read(head); err != nil {
			return 0, false, err
		}
		if code == 204 || code == 304 {
			return code, f.keep, nil
		}
		keep = f.keep
		switch {
		case f.chunked:
			err = r.chunks()
		case f.length >= 0:
			err = r.skip(f.length)
		default:
			err, keep = r.rest(), false
		}
		return code, keep, err
	}
	return 0, false, errAnswer
}

func (r *reader) chunks() error {
	for {
		line, err := r.until("\r\n")
		if err != nil {
			return err
		}
		line, _, _ = bytes.Cut(line, []byte(";"))
		n, err := strconv.ParseUint(string(line), 16, 31)
		if err != nil {
			return errAnswer
		}
		if n == 0 {
			break
		}
		if err := r.skip(int(n) + 2); err != nil {
			return err
		}
	}
	for {
		if line, err := r.until("\r\n"); err != nil || len(line) == 0 {
			return err
		}
	}
}

// rest reads to the end of the connection.
func (r *reader) rest() error {
	for {
		r.start, r.end = 0, 0
		if err := r.fill(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// framing is what an answer's fields say about its body and its connection.
type framing struct {
	length  int
	chunked bool
	keep    bool
}

func (f *framing) read(head []byte) error {
	for len(head) > 0 {
		var line []byte
		line, head, _ = bytes.Cut(head, []byte("\r\n"))
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue // the status line
		}
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			n, err := strconv.ParseUint(string(value), 10, 31)
			if err != nil {
				return errAnswer
			}
			f.length = int(n)
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			f.chunked = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("Connection")):
			f.keep = !bytes.EqualFold(value, []byte("close"))
		}
	}
	return nil
}
