package engine

import (
	"strconv"

	"sallyport/filters/waf/seclang"
)

// macro is text with references to variables, ready to expand.
type macro struct {
	text  string
	parts []macroPart
	// literal is the whole text when nothing in it refers to a variable; number is what it is as a number.
	literal []byte
	number  int
}

type macroPart struct {
	text     []byte
	variable seclang.Variable
	key      string
	slot     int // of a member of TX
}

func (c *compiler) macro(m *seclang.Macro) *macro {
	if m == nil {
		return nil
	}
	out := &macro{text: m.Text}
	for _, p := range m.Parts {
		part := macroPart{text: []byte(p.Text), variable: p.Variable, key: p.Key, slot: -1}
		if p.Variable == seclang.TX {
			part.slot = c.p.slot(p.Key)
		}
		out.parts = append(out.parts, part)
	}
	if text, ok := m.Literal(); ok {
		out.literal = []byte(text)
		out.number = toNumber(out.literal)
	}
	return out
}

// expand returns the text with its references replaced. The result lives in the arena, or belongs to the program: it must
// not be written to.
func (t *Tx) expand(m *macro) []byte {
	if m.literal != nil {
		return m.literal
	}
	if len(m.parts) == 1 {
		return t.expandPart(&m.parts[0])
	}
	mark := t.arena.begin()
	for i := range m.parts {
		t.arena.append(t.expandPart(&m.parts[i]))
	}
	return t.arena.end(mark)
}

// expandNumber is expand followed by toNumber.
func (t *Tx) expandNumber(m *macro) int {
	if m.literal != nil {
		return m.number
	}
	return toNumber(t.expand(m))
}

func (t *Tx) expandPart(p *macroPart) []byte {
	switch p.variable {
	case seclang.Unknown:
		return p.text
	case seclang.TX:
		if v := t.tx[p.slot]; v != nil {
			return v
		}
		return p.text
	case seclang.RuleMeta:
		if v := t.ruleMeta(p.key); v != nil {
			return v
		}
		return p.text
	case seclang.ArgsCombinedSize:
		return t.number(t.argsSize())
	}
	if !p.variable.Keyed() {
		return t.scalar(p.variable)
	}
	a, b, c := collectionsOf(p.variable)
	for _, col := range [3]collection{a, b, c} {
		if col == noCollection {
			break
		}
		for i := range t.cols[col] {
			if e := &t.cols[col][i]; string(e.folded) == p.key {
				return e.value
			}
		}
	}
	return p.text
}

// ruleMeta is the RULE collection: what the rule that runs says about itself.
func (t *Tx) ruleMeta(key string) []byte {
	r := t.current
	if r == nil {
		return nil
	}
	switch key {
	case "id":
		return t.number(t.p.rules[r.index].id)
	case "msg":
		if r.message != nil {
			return t.expandMeta(r.message)
		}
	case "logdata":
		if r.logData != nil {
			return t.expandMeta(r.logData)
		}
	case "rev":
		return []byte(r.def.Revision)
	case "severity":
		return []byte(seclang.SeverityName(r.def.Severity))
	}
	return nil
}

// expandMeta expands a message that may itself mention the rule's message: one level only.
func (t *Tx) expandMeta(m *macro) []byte {
	outer := t.current
	t.current = nil
	text := t.expand(m)
	t.current = outer
	return text
}

// number returns n in decimal.
func (t *Tx) number(n int) []byte {
	if n >= 0 && n < len(smallNumbers) {
		return smallNumbers[n]
	}
	mark := t.arena.begin()
	t.arena.buf = strconv.AppendInt(t.arena.buf, int64(n), 10)
	return t.arena.end(mark)
}

// smallNumbers are the numbers that counts and scores mostly are.
var smallNumbers = func() (list [256][]byte) {
	for i := range list {
		list[i] = strconv.AppendInt(nil, int64(i), 10)
	}
	return list
}()

// toNumber reads a number as strconv.Atoi would with its error thrown away: what is no number is 0, what is too large is the
// largest.
func toNumber(b []byte) int {
	n, _ := parseNumber(b)
	return n
}

// parseNumber returns the number and whether it is one.
func parseNumber(b []byte) (n int, ok bool) {
	s, negative := b, false
	if len(s) > 0 && (s[0] == '+' || s[0] == '-') {
		negative = s[0] == '-'
		s = s[1:]
	}
	if len(s) == 0 {
		return 0, false
	}
	const limit = 1<<63 - 1
	ok = true
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0, false
		}
		d := int(c - '0')
		if n > (limit-d)/10 {
			n, ok = limit, false
			continue
		}
		if ok {
			n = n*10 + d
		}
	}
	if negative {
		n = -n
	}
	return n, ok
}
