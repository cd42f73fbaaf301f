package gateway

import (
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"sallyport/internal/wire"
)

// reply sends the flight's reply to the client. Where the reply or its body cannot be sent whole, the connection ends
// without a sign of completion, so that nobody takes a part for the whole.
func (c *conn) reply(f *flight) {
	r := &f.Reply
	chunked := c.frame(f)
	keep := f.Request.KeepAlive && !c.refused && !c.ended && !c.listener.gateway.draining.Load() && (!c.body.unread() || c.body.finish()) &&
		(r.Framing.Kind != wire.UntilClose || chunked)
	if !keep {
		c.ended = true
	}
	c.out = appendHead(c.out[:0], f, keep, chunked)
	c.replied = true
	c.wire.SetDeadline(wire.Now() + c.settings.timeouts.bodyIdle)
	if f.Request.Method == wire.HEAD || r.Framing.Kind == wire.NoBody {
		if c.wire.Write(c.out, nil) != nil {
			c.ended = true
		}
		return
	}
	if !c.replyBody(f, chunked) {
		c.ended = true
	}
}

// frame decides how the body is delimited towards this client, and reports whether that is by chunks.
func (c *conn) frame(f *flight) (chunked bool) {
	r := &f.Reply
	if r.Framing.Kind == wire.UntilClose || r.Framing.Kind == wire.Chunked {
		if f.Request.Minor == 1 {
			return true
		}
		r.Framing.Kind = wire.UntilClose // HTTP/1.0 knows no chunks
	}
	return false
}

// replyBody sends the head in c.out and the body behind it. It returns false when the body could not be sent whole.
func (c *conn) replyBody(f *flight, chunked bool) bool {
	body := &f.Reply.Body
	left := f.Reply.Framing.Length
	for {
		p, err := body.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			if len(c.out) > 0 {
				c.wire.Write(c.out, nil) // the head was the upstream's word; what is missing shows by the cut
			}
			f.broken = true
			return false
		}
		f.sent += int64(len(p))
		if chunked {
			c.out = wire.AppendChunkSize(c.out, len(p))
		} else if f.Reply.Framing.Kind == wire.Sized {
			if left -= int64(len(p)); left < 0 {
				panic("BUG: a body longer than its Content-Length")
			}
		}
		small := len(c.out) > 0 && len(p) <= copiedPiece
		if small {
			c.out = append(c.out, p...)
			p = nil
			if chunked {
				c.out = append(c.out, "\r\n"...)
			}
		}
		if c.wire.Write(c.out, p) != nil {
			return false
		}
		c.out = c.out[:0]
		if chunked && !small {
			c.out = append(c.out, "\r\n"...) // goes with what comes next: the payload is complete without it
		}
		c.wire.SetDeadline(wire.Now() + c.settings.timeouts.bodyIdle)
	}
	if chunked {
		c.out = append(c.out, "0\r\n"...)
		if t := body.Trailer(); t != nil {
			c.out = t.AppendFields(c.out)
		}
		c.out = append(c.out, "\r\n"...)
	}
	return (len(c.out) == 0 || c.wire.Write(c.out, nil) == nil) && (f.Reply.Framing.Kind != wire.Sized || left == 0)
}

// copiedPiece is the size up to which copying a piece beside its framing is cheaper than naming it to the kernel.
const copiedPiece = 4 << 10

// appendHead appends the reply's head as it goes to the client.
func appendHead(dst []byte, f *flight, keep, chunked bool) []byte {
	r := &f.Reply
	dst = append(dst, statusLine(r.Status)...)
	dst = r.AppendFields(dst)
	if !r.Has(wire.Date) {
		dst = append(dst, currentDate()...)
	}
	switch {
	case chunked:
		dst = append(dst, "Transfer-Encoding: chunked\r\n"...)
	case r.Framing.Kind == wire.Sized && !r.Has(wire.ContentLength):
		dst = append(dst, "Content-Length: "...)
		dst = strconv.AppendInt(dst, r.Framing.Length, 10)
		dst = append(dst, "\r\n"...)
	}
	if !keep {
		dst = append(dst, "Connection: close\r\n"...)
	} else if f.Request.Minor == 0 {
		dst = append(dst, "Connection: keep-alive\r\n"...)
	}
	return append(dst, "\r\n"...)
}

// statusLines holds the status lines by code, with the phrases of the registry.
var statusLines = func() (t [600]string) {
	for code := range t {
		t[code] = "HTTP/1.1 " + strconv.Itoa(code) + " " + http.StatusText(code) + "\r\n"
	}
	return t
}()

func statusLine(code int) string { return statusLines[code] }

// dateLine is the Date field of replies that the gateway makes itself, renewed each second.
type dateLine struct {
	second int64
	line   string
}

var lastDate atomic.Pointer[dateLine]

// currentDate returns the Date field with its line end.
func currentDate() string {
	now := time.Now()
	if d := lastDate.Load(); d != nil && d.second == now.Unix() {
		return d.line
	}
	d := &dateLine{now.Unix(), "Date: " + now.UTC().Format(http.TimeFormat) + "\r\n"} // once a second
	lastDate.Store(d)
	return d.line
}
