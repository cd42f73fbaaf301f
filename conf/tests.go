package conf

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Test is what the configuration must do with one request.
type Test struct {
	Name    string      `toml:"-"`
	Request TestRequest `toml:"request" required:"yes" doc:"the request"`
	As      *TestAs     `toml:"as" doc:"who sends it; nobody known when not written"`
	From    string      `toml:"from" default:"192.0.2.1" doc:"the client's address"`
	Time    Time        `toml:"time" doc:"when, RFC 3339; now when not written"`
	Times   int         `toml:"times" default:"1" min:"1" max:"100000" doc:"how often it is sent; the last answer counts"`
	Expect  TestExpect  `toml:"expect" required:"yes" doc:"what must come of it"`
}

// TestRequest is the request of a test.
type TestRequest struct {
	Method  string            `toml:"method" default:"GET" doc:"method"`
	URL     string            `toml:"url" required:"yes" doc:"URL"`
	Headers map[string]string `toml:"headers" doc:"fields"`
	Body    string            `toml:"body" doc:"body"`
}

// TestAs is the caller of a test, known without any key.
type TestAs struct {
	Issuer string `toml:"issuer" doc:"an issuer's name, whose token the caller has"`
	Keys   string `toml:"keys" doc:"a name from [keys], one of whose keys the caller has"`
	Key    string `toml:"key" doc:"the key's id"`
	Claims JSON   `toml:"claims" doc:"the token's claims, or of a key scope"`
}

// TestExpect is what must come of a test's request. What is not written is not looked at.
type TestExpect struct {
	Route    string            `toml:"route" doc:"route"`
	Status   int               `toml:"status" max:"599" doc:"status"`
	Reason   string            `toml:"reason" doc:"reason code"`
	Decision string            `toml:"decision" enum:"forward|respond|refuse" doc:"what is decided"`
	Upstream string            `toml:"upstream" doc:"upstream"`
	Headers  map[string]string `toml:"headers" doc:"fields of the answer"`
}

// JSON is a TOML table as JSON text, "" when not written.
type JSON string

func (j *JSON) fromNode(d *decoder, n *node) {
	if n.kind != kindTable {
		d.wrong(n, "a table")
		return
	}
	var b strings.Builder
	n.json(&b)
	*j = JSON(b.String())
}

func (n *node) json(b *strings.Builder) {
	switch n.kind {
	case kindTable:
		b.WriteByte('{')
		for i, key := range names(n.table) {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(jsonString(key))
			b.WriteByte(':')
			n.table[key].json(b)
		}
		b.WriteByte('}')
	case kindArray:
		b.WriteByte('[')
		for i, e := range n.array {
			if i > 0 {
				b.WriteByte(',')
			}
			e.json(b)
		}
		b.WriteByte(']')
	case kindInteger, kindBool:
		b.WriteString(n.text)
	case kindFloat:
		fmt.Fprintf(b, "%g", n.float)
	default:
		b.WriteString(jsonString(n.text))
	}
}

func jsonString(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic("BUG: a string has no JSON form: " + err.Error())
	}
	return string(text)
}

// Time is a moment, zero when not written. It is a TOML date-time or a string of RFC 3339.
type Time struct{ time.Time }

func (t *Time) fromNode(d *decoder, n *node) {
	parsed, err := time.Parse(time.RFC3339, n.text)
	if err != nil || n.kind != kindString && n.kind != kindTime {
		d.wrong(n, `a date and time such as "2026-11-24T12:00:00Z"`)
		return
	}
	t.Time = parsed
}
