package libinjection

import "bytes"

// state is where in HTML the next token begins.
type state uint8

const (
	inData state = iota
	inTagOpen
	beforeName
	afterName
	beforeValue
	inSingle
	inDouble
	inTick
	afterQuoted
	selfClosing
	tagClose
	atEnd
)

// part is what a token of HTML is.
type part uint8

const (
	dataPart part = iota
	tagPart
	closePart
	namePart
	valuePart
	commentPart
	doctypePart
)

// markup cuts an input into the tokens of HTML, with the liberties that browsers have taken.
type markup struct {
	s       []byte
	i       int
	state   state
	closing bool // the tag begins with </

	part  part
	token []byte
}

// next reads a token. It returns false when there is none left.
func (m *markup) next() bool {
	switch m.state {
	case inData:
		return m.data()
	case inTagOpen:
		return m.tagOpen()
	case beforeName:
		return m.beforeName()
	case afterName:
		return m.afterName()
	case beforeValue:
		return m.beforeValue()
	case inSingle:
		return m.quotedValue('\'')
	case inDouble:
		return m.quotedValue('"')
	case inTick:
		return m.quotedValue('`')
	case afterQuoted:
		return m.afterQuoted()
	case selfClosing:
		return m.selfClosing()
	case tagClose:
		return m.closeTag()
	}
	return false
}

// give makes s[m.i:end] the token; reading goes on at i in a state.
func (m *markup) give(p part, end, i int, next state) bool {
	m.part, m.token = p, m.s[m.i:end]
	m.i, m.state = i, next
	return true
}

func isHTMLSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isASCIILetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func (m *markup) data() bool {
	n := bytes.IndexByte(m.s[m.i:], '<')
	if n < 0 {
		m.give(dataPart, len(m.s), m.i, atEnd)
		return len(m.token) > 0
	}
	m.give(dataPart, m.i+n, m.i+n+1, inTagOpen)
	if n == 0 {
		return m.tagOpen()
	}
	return true
}

func (m *markup) tagOpen() bool {
	if m.i >= len(m.s) {
		return false
	}
	switch c := m.s[m.i]; {
	case c == '!':
		m.i++
		return m.declaration()
	case c == '/':
		m.i++
		m.closing = true
		return m.endTagOpen()
	case c == '?':
		m.i++
		return m.bogusComment()
	case c == '%': // of old Internet Explorers
		m.i++
		return m.percentComment()
	case isASCIILetter(c), c == 0:
		return m.tagName()
	case m.i == 0:
		return m.data()
	}
	m.part, m.token, m.state = dataPart, m.s[m.i-1:m.i], inData
	return true
}

func (m *markup) endTagOpen() bool {
	if m.i >= len(m.s) {
		return false
	}
	c := m.s[m.i]
	if c == '>' {
		return m.data()
	}
	if isASCIILetter(c) {
		return m.tagName()
	}
	m.closing = false
	return m.bogusComment()
}

// tagName reads a tag's name, in which NULs may stand.
func (m *markup) tagName() bool {
	for i := m.i; i < len(m.s); i++ {
		switch c := m.s[i]; {
		case isHTMLSpace(c):
			return m.give(tagPart, i, i+1, beforeName)
		case c == '/':
			return m.give(tagPart, i, i+1, selfClosing)
		case c == '>' && m.closing:
			m.closing = false
			return m.give(closePart, i, i+1, inData)
		case c == '>':
			return m.give(tagPart, i, i, tagClose)
		}
	}
	return m.give(tagPart, len(m.s), m.i, atEnd)
}

func (m *markup) closeTag() bool {
	m.closing = false
	next := inData
	if m.i+1 >= len(m.s) {
		next = atEnd
	}
	return m.give(closePart, m.i+1, m.i+1, next)
}

func (m *markup) selfClosing() bool {
	if m.i >= len(m.s) {
		return false
	}
	if m.s[m.i] == '>' {
		return m.give(closePart, m.i+1, m.i+1, inData)
	}
	return m.beforeName()
}

// skipSpace passes over white space and NULs and reports whether something follows.
func (m *markup) skipSpace() bool {
	for m.i < len(m.s) && (isHTMLSpace(m.s[m.i]) || m.s[m.i] == 0) {
		m.i++
	}
	return m.i < len(m.s)
}

func (m *markup) beforeName() bool {
	for m.skipSpace() {
		switch m.s[m.i] {
		case '/':
			m.i++
			if m.i >= len(m.s) || m.s[m.i] == '>' {
				return m.selfClosing()
			}
		case '>':
			return m.give(closePart, m.i+1, m.i+1, inData)
		default:
			return m.attributeName()
		}
	}
	return false
}

func (m *markup) attributeName() bool {
	for i := m.i + 1; i < len(m.s); i++ {
		switch c := m.s[i]; {
		case isHTMLSpace(c):
			return m.give(namePart, i, i+1, afterName)
		case c == '/':
			return m.give(namePart, i, i+1, selfClosing)
		case c == '=':
			return m.give(namePart, i, i+1, beforeValue)
		case c == '>':
			return m.give(namePart, i, i, tagClose)
		}
	}
	return m.give(namePart, len(m.s), len(m.s), atEnd)
}

func (m *markup) afterName() bool {
	if !m.skipSpace() {
		return false
	}
	switch m.s[m.i] {
	case '/':
		m.i++
		return m.selfClosing()
	case '=':
		m.i++
		return m.beforeValue()
	case '>':
		return m.closeTag()
	}
	return m.attributeName()
}

func (m *markup) beforeValue() bool {
	if !m.skipSpace() {
		m.state = atEnd
		return false
	}
	switch c := m.s[m.i]; c {
	case '"', '\'', '`':
		return m.quotedValue(c)
	}
	return m.plainValue()
}

func (m *markup) plainValue() bool {
	for i := m.i; i < len(m.s); i++ {
		switch c := m.s[i]; {
		case isHTMLSpace(c):
			return m.give(valuePart, i, i+1, beforeName)
		case c == '>':
			return m.give(valuePart, i, i, tagClose)
		}
	}
	return m.give(valuePart, len(m.s), m.i, atEnd)
}

// quotedValue reads a value in quotes. At the very beginning of the input there is no opening quote.
func (m *markup) quotedValue(quote byte) bool {
	if m.i > 0 {
		m.i++
	}
	n := bytes.IndexByte(m.s[m.i:], quote)
	if n < 0 {
		return m.give(valuePart, len(m.s), m.i, atEnd)
	}
	return m.give(valuePart, m.i+n, m.i+n+1, afterQuoted)
}

func (m *markup) afterQuoted() bool {
	if m.i >= len(m.s) {
		return false
	}
	switch c := m.s[m.i]; {
	case isHTMLSpace(c):
		m.i++
	case c == '/':
		m.i++
		return m.selfClosing()
	case c == '>':
		return m.give(closePart, m.i+1, m.i+1, inData)
	}
	return m.beforeName()
}

// declaration reads what follows <!.
func (m *markup) declaration() bool {
	rest := m.s[m.i:]
	switch {
	case len(rest) >= 7 && bytes.EqualFold(rest[:7], []byte("doctype")):
		return m.doctype()
	case bytes.HasPrefix(rest, []byte("[CDATA[")):
		m.i += 7
		return m.cdata()
	case bytes.HasPrefix(rest, []byte("--")):
		m.i += 2
		return m.comment()
	}
	return m.bogusComment()
}

func (m *markup) doctype() bool {
	n := bytes.IndexByte(m.s[m.i:], '>')
	if n < 0 {
		return m.give(doctypePart, len(m.s), m.i, atEnd)
	}
	return m.give(doctypePart, m.i+n, m.i+n+1, inData)
}

func (m *markup) cdata() bool {
	n := bytes.Index(m.s[m.i:], []byte("]]>"))
	if n < 0 {
		return m.give(dataPart, len(m.s), m.i, atEnd)
	}
	return m.give(dataPart, m.i+n, m.i+n+3, inData)
}

func (m *markup) bogusComment() bool {
	n := bytes.IndexByte(m.s[m.i:], '>')
	if n < 0 {
		return m.give(commentPart, len(m.s), len(m.s), atEnd)
	}
	return m.give(commentPart, m.i+n, m.i+n+1, inData)
}

// percentComment reads <% to %>. As in the reference, after a percent sign that ends nothing the look-out for the next one
// starts there, but the character behind it is looked for as if it had not.
func (m *markup) percentComment() bool {
	for at := m.i; ; {
		n := bytes.IndexByte(m.s[at:], '%')
		if n < 0 || at+n+1 >= len(m.s) {
			return m.give(commentPart, len(m.s), len(m.s), atEnd)
		}
		if m.s[m.i+n+1] == '>' {
			return m.give(commentPart, m.i+n, at+n+2, inData)
		}
		at += n + 1
	}
}

// comment reads <!-- to --> or -!>, with NULs between.
func (m *markup) comment() bool {
	for at := m.i; ; {
		n := bytes.IndexByte(m.s[at:], '-')
		if n < 0 || at+n+3 > len(m.s) {
			return m.give(commentPart, len(m.s), m.i, atEnd)
		}
		dash := at + n
		i := dash + 1
		for i < len(m.s) && m.s[i] == 0 {
			i++
		}
		if i == len(m.s) {
			return m.give(commentPart, len(m.s), m.i, atEnd)
		}
		if m.s[i] != '-' && m.s[i] != '!' {
			at = dash + 1
			continue
		}
		if i++; i == len(m.s) {
			return m.give(commentPart, len(m.s), m.i, atEnd)
		}
		if m.s[i] != '>' {
			at = dash + 1
			continue
		}
		return m.give(commentPart, dash, i+1, inData)
	}
}
