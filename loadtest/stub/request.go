package stub

import (
	"bytes"
	"errors"
	"strconv"
)

// Request is one request as the stub received it. Its memory belongs to the stub and changes after the answer, except
// in a Recorder, which keeps copies.
type Request struct {
	Conn   int    // the connection's number, from 1
	Head   []byte // request line and fields with the empty line, as received
	Body   []byte // as received, chunk framing included; only where a Recorder or an Answer asks for it
	Method []byte
	Target []byte

	script  []byte // the value of X-Stub
	key     []byte // the value of Sec-WebSocket-Key
	length  int64  // of the body; -1 is chunked
	close   bool
	expects bool
	upgrade bool
}

// errRequest is a request that the stub cannot frame.
var errRequest = errors.New("stub: request cannot be framed")

// parse reads the head: what frames the request, and what the stub obeys. It forgives all else, since what it receives
// is a matter for whoever reads the record.
func (r *Request) parse(head []byte) error {
	*r = Request{Conn: r.Conn, Head: head, Body: r.Body[:0]}
	line, rest, _ := bytes.Cut(head, []byte("\r\n"))
	method, line, _ := bytes.Cut(line, []byte(" "))
	target, version, ok := bytes.Cut(line, []byte(" "))
	if !ok {
		return errRequest
	}
	r.Method, r.Target = method, target
	r.close = string(version) == "HTTP/1.0"
	for len(rest) > 2 {
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			return errRequest
		}
		if err := r.field(name, bytes.TrimSpace(value)); err != nil {
			return err
		}
	}
	return nil
}

func (r *Request) field(name, value []byte) error {
	is := func(s string) bool { return len(name) == len(s) && bytes.EqualFold(name, []byte(s)) }
	switch {
	case is("Content-Length"):
		n, err := strconv.ParseUint(string(value), 10, 63)
		if err != nil || r.length != 0 && r.length != int64(n) {
			return errRequest
		}
		r.length = int64(n)
	case is("Transfer-Encoding"):
		if !bytes.EqualFold(value, []byte("chunked")) || r.length != 0 {
			return errRequest
		}
		r.length = -1
	case is("Connection"):
		r.close = r.close || bytes.Contains(bytes.ToLower(value), []byte("close"))
	case is("Expect"):
		r.expects = true
	case is("Upgrade"):
		r.upgrade = bytes.EqualFold(value, []byte("websocket"))
	case is("Sec-WebSocket-Key"):
		r.key = value
	case is("X-Stub"):
		r.script = value
	}
	return nil
}

// query is what follows the target's question mark.
func (r *Request) query() []byte {
	_, q, _ := bytes.Cut(r.Target, []byte("?"))
	return q
}
