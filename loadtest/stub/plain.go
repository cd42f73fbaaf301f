package stub

import (
	"bytes"
	"net/http"
	"strconv"
	"time"
)

// filler is what bodies are made of.
var filler = bytes.Repeat([]byte("0123456789abcdefghijklmnopqrstuv"), 64<<10/32)

// answers are the plain answers of one second, ready to be written.
type answers struct {
	small []byte // 200 bytes
	large []byte // 10 KiB
	date  []byte
}

func newAnswers(o *Options, now time.Time) *answers {
	a := &answers{date: now.UTC().AppendFormat(nil, http.TimeFormat)}
	a.small = a.plain(o, 200)
	a.large = a.plain(o, 10<<10)
	return a
}

func (a *answers) plain(o *Options, size int) []byte {
	b := append([]byte(nil), "HTTP/1.1 200 OK\r\n"...)
	b = a.appendCommon(b, o)
	b = append(b, "Content-Type: text/plain\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(size), 10)
	b = append(b, "\r\n\r\n"...)
	return append(b, filler[:size]...)
}

// appendCommon appends the fields that every answer of the stub carries.
func (a *answers) appendCommon(b []byte, o *Options) []byte {
	b = append(b, "Server: stub\r\nDate: "...)
	b = append(b, a.date...)
	b = append(b, "\r\n"...)
	if o.Node != "" {
		b = append(b, "Stub-Node: "...)
		b = append(b, o.Node...)
		b = append(b, "\r\n"...)
	}
	if o.Idle > 0 {
		b = append(b, "Keep-Alive: timeout="...)
		b = strconv.AppendInt(b, int64(max(1, o.Idle/time.Second)), 10)
		b = append(b, "\r\n"...)
	}
	return b
}

// pick returns the plain answer for a target: the large one where the path ends in "/10k".
func (a *answers) pick(target []byte) []byte {
	if bytes.HasSuffix(target, []byte("/10k")) {
		return a.large
	}
	return a.small
}
