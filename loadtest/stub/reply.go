package stub

import (
	"bytes"
	"net/http"
	"strconv"
)

// reply writes one scripted answer.
type reply struct {
	conn   *conn
	script *Script
	size   int
	echo   []byte // the body, if it is not filler
	sent   int
}

// head renders the status line and the fields.
func (r *reply) head(kind string) []byte {
	s, options := r.script, &r.conn.server.options
	b := append([]byte(nil), "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(s.Status), 10)
	b = append(b, ' ')
	b = append(b, http.StatusText(s.Status)...)
	b = append(b, "\r\n"...)
	b = r.conn.server.answers.Load().appendCommon(b, options)
	if bodied(s.Status) {
		b = append(b, "Content-Type: "...)
		b = append(b, kind...)
		if s.Chunked {
			b = append(b, "\r\nTransfer-Encoding: chunked\r\n"...)
		} else {
			b = append(b, "\r\nContent-Length: "...)
			b = strconv.AppendInt(b, int64(r.size), 10)
			b = append(b, "\r\n"...)
		}
	}
	for _, f := range s.Headers {
		b = append(b, f...)
		b = append(b, "\r\n"...)
	}
	if s.Close {
		b = append(b, "Connection: close\r\n"...)
	}
	return append(b, "\r\n"...)
}

// body writes the body in pieces, up to where it is cut or reset.
func (r *reply) body() error {
	s := r.script
	for r.sent < r.size {
		n := min(s.Piece, r.size-r.sent, len(filler))
		if s.Cut >= 0 {
			n = min(n, s.Cut-r.sent)
		}
		if s.Reset >= 0 {
			n = min(n, s.Reset-r.sent)
		}
		if n <= 0 {
			if s.Reset >= 0 {
				return r.conn.reset()
			}
			return errClosing
		}
		if err := r.conn.pause(s.Pace); err != nil {
			return err
		}
		if err := r.piece(r.part(n)); err != nil {
			return err
		}
		r.sent += n
	}
	if s.Chunked {
		return r.conn.write([]byte("0\r\n\r\n"))
	}
	return nil
}

func (r *reply) part(n int) []byte {
	if r.echo != nil {
		return r.echo[r.sent : r.sent+n]
	}
	return filler[:n]
}

// piece writes b, as a chunk where the answer is chunked.
func (r *reply) piece(b []byte) error {
	if !r.script.Chunked {
		return r.conn.write(b)
	}
	chunk := strconv.AppendInt(nil, int64(len(b)), 16)
	chunk = append(chunk, "\r\n"...)
	chunk = append(chunk, b...)
	return r.conn.write(append(chunk, "\r\n"...))
}

func plainSize(target []byte) int {
	path, _, _ := bytes.Cut(target, []byte("?"))
	if bytes.HasSuffix(path, []byte("/10k")) {
		return 10 << 10
	}
	return 200
}
