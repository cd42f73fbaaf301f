package wire

import (
	"encoding/binary"
	"math/bits"
)

// Limits bound what one head may be. Zero values are not defaults: the configuration fills them in.
type Limits struct {
	Head   int // bytes of a whole head
	Target int // bytes of a request target
	Fields int // how many fields

	MergeSlashes bool // the canonical path has no empty segments
}

// Request is a request's head, its target and its body.
type Request struct {
	Head
	Method Method
	Minor  uint8  // HTTP/1.Minor
	Target Target // the one normalised reading of the request target
	Body   Body

	Framing   Framing // how the body is delimited; see frame
	KeepAlive bool    // the client lets the connection be used again
	Continue  bool    // the client waits for 100 (Continue) before it sends the body
	Upgrade   bool    // Connection names Upgrade

	methodEnd      uint32 // the method is block[:methodEnd]
	rawFrom, rawTo uint32 // the target as it was received
	host           []byte // see Host
}

// MethodText returns the method as it was received.
func (r *Request) MethodText() []byte { return r.block[:r.methodEnd] }

// RawTarget returns the target as it was received: for logs and inspection, never for matching or forwarding.
func (r *Request) RawTarget() []byte { return r.block[r.rawFrom:r.rawTo] }

// Reset empties the request and keeps its memory, within bounds.
func (r *Request) Reset() {
	r.Head.Reset()
	r.Target.Reset()
	r.Body.Reset()
	r.Framing = Framing{}
	r.Method, r.Minor = OtherMethod, 0
	r.KeepAlive, r.Continue, r.Upgrade = false, false, false
	r.methodEnd, r.rawFrom, r.rawTo = 0, 0, 0
	r.host = r.host[:0]
}

// CopyFrom makes r an independent copy of other, without its body.
func (r *Request) CopyFrom(other *Request) {
	r.Reset()
	r.Head.CopyFrom(&other.Head)
	r.Method, r.Minor = other.Method, other.Minor
	r.Target.copyFrom(&other.Target)
	r.KeepAlive, r.Continue, r.Upgrade = other.KeepAlive, false, false
	r.methodEnd, r.rawFrom, r.rawTo = other.methodEnd, other.rawFrom, other.rawTo
	r.host = append(r.host[:0], other.host...)
}

// Parse reads one request head from the beginning of buf and returns its length. It returns 0 and Whole when buf ends
// inside the head, and a Fault when the bytes have no reading or not one. A head is parsed whole or not at all: without a
// length the request is empty, and with a Fault beside a length only its fields are known. The head is copied; buf may be
// reused.
func (r *Request) Parse(buf []byte, lim *Limits) (int, Fault) {
	i := 0
	if len(buf) >= 2 && buf[0] == '\r' && buf[1] == '\n' {
		buf = buf[2:] // one empty line before a request is forgiven (RFC 9112 section 2.2)
		i = 2
	}
	n, fault := r.parse(buf, lim)
	if n == 0 {
		r.Reset() // the spans of a head that was not kept would show bytes of another request
		return 0, fault
	}
	return n + i, fault
}

func (r *Request) parse(buf []byte, lim *Limits) (int, Fault) {
	method := 0
	for method < len(buf) && isToken[buf[method]] {
		method++
	}
	switch {
	case method == len(buf):
		if method > maxMethod {
			return 0, StartLine
		}
		return 0, tooLong(buf, lim)
	case method == 0 && buf[0] == '\r' && len(buf) == 1:
		return 0, Whole
	case method == 0:
		return 0, NotHTTP
	case buf[method] != ' ' || method > maxMethod:
		return 0, StartLine
	}
	from := method + 1
	to := skipVisible(buf, from)
	if to-from > lim.Target {
		return 0, LongTarget
	}
	const version = " HTTP/1.1\r\n"
	if len(buf)-to < len(version) {
		if !startsLike(buf[to:], version) {
			return 0, startLineFault(buf[to:])
		}
		return 0, tooLong(buf, lim)
	}
	if f := r.version(buf[to : to+len(version)]); f != Whole || to == from {
		return 0, max(f, StartLine)
	}
	n, fault := r.scan(buf, to+len(version), lim.Fields)
	if fault != Whole {
		return 0, fault
	}
	if n == 0 {
		return 0, tooLong(buf, lim)
	}
	if n > lim.Head {
		return 0, LongHead
	}
	r.keep(buf[:n])
	r.methodEnd, r.rawFrom, r.rawTo = uint32(method), uint32(from), uint32(to)
	return n, r.check(lim.MergeSlashes)
}

// maxMethod bounds a method; the longest registered one has 17 letters.
const maxMethod = 32

// tooLong decides whether an incomplete head can still become a legal one.
func tooLong(buf []byte, lim *Limits) Fault {
	if len(buf) >= lim.Head {
		return LongHead
	}
	return Whole
}

// skipVisible returns the index of the first byte from i on that is not visible ASCII, or len(b).
func skipVisible(b []byte, i int) int {
	for i+8 <= len(b) {
		v := binary.LittleEndian.Uint64(b[i:])
		del := v ^ 0x7f*lows
		if m := ((v-0x21*lows)&^v | (del-lows)&^del | v) & highs; m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
		i += 8
	}
	for i < len(b) && b[i] > 0x20 && b[i] < 0x7f {
		i++
	}
	return i
}

// startsLike reports whether b could be the beginning of a version and line end like want, any minor version.
func startsLike(b []byte, want string) bool {
	for i, c := range b {
		if c != want[i] && !('0' <= want[i] && want[i] <= '9' && '0' <= c && c <= '9') {
			return false
		}
	}
	return true
}

// version reads " HTTP/1.x CRLF".
func (r *Request) version(b []byte) Fault {
	if string(b) == " HTTP/1.1\r\n" {
		r.Minor = 1
		return Whole
	}
	if string(b) == " HTTP/1.0\r\n" {
		r.Minor = 0
		return Whole
	}
	return startLineFault(b)
}

// startLineFault names what is wrong where a version should be.
func startLineFault(b []byte) Fault {
	switch {
	case len(b) > 0 && b[0] == '\n', len(b) > 9 && b[9] == '\n', len(b) > 9 && b[9] == '\r' && len(b) > 10 && b[10] != '\n':
		return LineEnding
	case len(b) > 0 && b[0] >= 0x7f:
		return TargetForm
	case len(b) > 6 && string(b[:6]) == " HTTP/":
		return Version
	}
	return StartLine
}
