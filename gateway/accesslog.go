package gateway

import (
	"bytes"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/attribute"
)

// accessLog writes one JSON line per request. Lines are gathered in memory and written by one goroutine: a slow disk or
// pipe holds no request up. What does not fit any more is dropped and counted.
type accessLog struct {
	out         io.WriteCloser
	share       float64 // of the requests that went well
	redactQuery []string
	dropped     func()

	mu      sync.Mutex
	lines   []byte
	writing []byte
	timer   *time.Timer
	closed  bool
}

const (
	flushAfter  = 100 * time.Millisecond
	maxWaiting  = 4 << 20
	flushAtSize = 64 << 10
)

// newAccessLog opens the log; nil when there is none.
func newAccessLog(c conf.AccessLog, dropped func()) (*accessLog, error) {
	l := &accessLog{share: c.Sample2xx.Fraction(), dropped: dropped}
	for _, name := range c.Redact {
		if parameter, ok := strings.CutPrefix(name, "query:"); ok {
			l.redactQuery = append(l.redactQuery, parameter)
		}
	}
	switch c.To {
	case "off":
		return nil, nil
	case "stdout":
		l.out = keptOpen{os.Stdout}
	case "stderr":
		l.out = keptOpen{os.Stderr}
	default:
		file, err := os.OpenFile(string(c.To), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
		if err != nil {
			return nil, err
		}
		l.out = file
	}
	l.timer = time.AfterFunc(time.Hour, l.flush)
	return l, nil
}

// keptOpen is a file that the log does not close.
type keptOpen struct{ *os.File }

func (keptOpen) Close() error { return nil }

// write appends the line of an exchange.
func (l *accessLog) write(f *flight, took int64) {
	if f.Reply.Status < 300 && f.Reply.Status >= 200 && f.Shadowed == nil && l.share < 1 && rand.Float64() >= l.share {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) > maxWaiting || l.closed {
		l.dropped()
		return
	}
	first := len(l.lines) == 0
	l.lines = l.appendLine(l.lines, f, took)
	if first {
		l.timer.Reset(flushAfter)
	} else if len(l.lines) > flushAtSize {
		l.timer.Reset(0)
	}
}

// flush writes what has gathered.
func (l *accessLog) flush() {
	l.mu.Lock()
	l.lines, l.writing = l.writing[:0], l.lines
	l.mu.Unlock()
	if len(l.writing) == 0 {
		return
	}
	if _, err := l.out.Write(l.writing); err != nil {
		slog.Error("cannot write the access log", "error", err)
	}
	if cap(l.writing) > maxWaiting {
		l.writing = nil
	}
}

// close writes what is left and ends the log.
func (l *accessLog) close() {
	l.mu.Lock()
	l.closed = true
	l.timer.Stop()
	rest := l.lines
	l.lines = nil
	l.mu.Unlock()
	l.out.Write(rest)
	l.out.Close()
}

func (l *accessLog) appendLine(b []byte, f *flight, took int64) []byte {
	b = append(b, `{"time":"`...)
	b = f.Start.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
	b = append(b, `","request_id":"`...)
	b = append(b, f.ID...)
	b = append(b, `","client":"`...)
	b = appendAddress(b, f.Client)
	b = append(b, `","method":`...)
	b = appendJSON(b, f.Request.MethodText())
	b = append(b, `,"host":`...)
	b = appendJSON(b, f.Request.Host())
	b = append(b, `,"path":`...)
	b = appendJSON(b, f.Request.Target.Path)
	if f.Request.Target.Query != nil {
		b = append(b, `,"query":`...)
		b = l.appendQuery(b, f.Request.Target.Query)
	}
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(f.Reply.Status), 10)
	b = append(b, `,"origin":"`...)
	b = append(b, f.Origin.String()...)
	b = append(b, '"')
	if f.route != nil {
		b = append(b, `,"route":"`...)
		b = append(b, f.route.site.Route...)
		b = append(b, '"')
	}
	if f.Upstream != "" {
		b = append(b, `,"upstream":"`...)
		b = append(b, f.Upstream...)
		b = append(b, '"')
	}
	b = appendDenial(b, `,"reason":"`, f.Denial)
	b = appendDenial(b, `,"would_refuse":"`, f.Shadowed)
	if f.Identity.Authenticated {
		b = append(b, `,"principal":`...)
		b = appendJSON(b, f.Identity.Principal)
	}
	if len(f.Findings) > 0 {
		b = append(b, `,"waf":`...)
		b = append(b, f.Findings...)
	}
	b = append(b, `,"bytes":`...)
	b = strconv.AppendInt(b, f.sent, 10)
	if f.broken {
		b = append(b, `,"broken":true`...)
	}
	b = append(b, `,"seconds":`...)
	b = strconv.AppendFloat(b, float64(took)/1e9, 'f', 6, 64)
	return append(b, "}\n"...)
}

func appendDenial(b []byte, key string, d *filters.Denial) []byte {
	if d == nil {
		return b
	}
	b = append(b, key...)
	b = append(b, d.Code...)
	return append(b, '"')
}

// appendQuery appends a query with the values of secret parameters replaced.
func (l *accessLog) appendQuery(b, query []byte) []byte {
	if len(l.redactQuery) == 0 {
		return appendJSON(b, query)
	}
	b = append(b, '"')
	for len(query) > 0 {
		pair := query
		if i := bytes.IndexByte(query, '&'); i >= 0 {
			pair, query = query[:i], query[i+1:]
		} else {
			query = nil
		}
		name, _, _ := bytes.Cut(pair, []byte("="))
		if l.redacted(name) {
			b = appendText(b, name)
			b = append(b, "=***"...)
		} else {
			b = appendText(b, pair)
		}
		if query != nil {
			b = append(b, '&')
		}
	}
	return append(b, '"')
}

// redacted reports whether the values of a parameter are secret, however its name is written.
func (l *accessLog) redacted(name []byte) bool {
	for _, r := range l.redactQuery {
		if attribute.FormNameIs(name, r) {
			return true
		}
	}
	return false
}

// appendJSON appends a JSON string.
func appendJSON(b, text []byte) []byte {
	b = append(b, '"')
	b = appendText(b, text)
	return append(b, '"')
}

// appendText appends text as it stands in a JSON string (RFC 8259 section 7); what is not UTF-8 becomes U+FFFD.
func appendText(b, text []byte) []byte {
	const hex = "0123456789abcdef"
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20 || c == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, n := utf8.DecodeRune(text[i:])
			b = utf8.AppendRune(b, r)
			i += n
			continue
		}
		i++
	}
	return b
}
