package respcache

// sfKind is the type of a bare item (RFC 9651 section 3.3), as far as it matters here.
type sfKind uint8

const (
	sfOther sfKind = iota
	sfInteger
	sfString
	sfBoolean
)

// sfItem is an item's value, without its parameters.
type sfItem struct {
	kind   sfKind
	number int64  // of an Integer; 1 or 0 of a Boolean
	text   []byte // of a String, escapes as they stand
}

// structured takes a Structured Fields value to pieces (RFC 9651 section 4.2); after the first mistake it is bad, and then
// nothing of the value may be used.
type structured struct {
	rest []byte
	bad  bool
}

func (p *structured) fail() {
	p.bad, p.rest = true, nil
}

func (p *structured) peek() byte {
	if len(p.rest) == 0 {
		return 0
	}
	return p.rest[0]
}

// take takes c if it comes next.
func (p *structured) take(c byte) bool {
	if len(p.rest) == 0 || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// while takes bytes as long as ok says so.
func (p *structured) while(ok func(byte) bool) []byte {
	n := 0
	for n < len(p.rest) && ok(p.rest[n]) {
		n++
	}
	taken := p.rest[:n]
	p.rest = p.rest[n:]
	return taken
}

// next takes what is between two members of a list or dictionary; behind the comma there must be another.
func (p *structured) next() {
	p.while(isOWS)
	if len(p.rest) == 0 {
		return
	}
	if !p.take(',') {
		p.fail()
		return
	}
	p.while(isOWS)
	if len(p.rest) == 0 {
		p.fail()
	}
}

func (p *structured) key() []byte {
	if c := p.peek(); !isLower(c) && c != '*' {
		p.fail()
		return nil
	}
	return p.while(isKeyByte)
}

func (p *structured) parameters() {
	for p.take(';') {
		p.while(isSpace)
		p.key()
		if p.take('=') {
			p.bareItem()
		}
	}
}

func (p *structured) itemOrList() sfItem {
	if !p.take('(') {
		item := p.bareItem()
		p.parameters()
		return item
	}
	for !p.bad {
		p.while(isSpace)
		if p.take(')') {
			p.parameters()
			return sfItem{}
		}
		p.bareItem()
		p.parameters()
		if c := p.peek(); c != ' ' && c != ')' {
			p.fail()
		}
	}
	return sfItem{}
}

func (p *structured) bareItem() sfItem {
	switch c := p.peek(); {
	case c == '-' || isDigit(c):
		return p.number()
	case c == '"':
		return p.string()
	case c == '*' || isAlpha(c):
		p.while(isSFTokenByte)
		return sfItem{}
	case c == ':':
		p.rest = p.rest[1:]
		p.while(isBase64)
		if !p.take(':') {
			p.fail()
		}
		return sfItem{}
	case c == '?':
		p.rest = p.rest[1:]
		if p.take('1') {
			return sfItem{kind: sfBoolean, number: 1}
		}
		if !p.take('0') {
			p.fail()
		}
		return sfItem{kind: sfBoolean}
	case c == '@':
		p.rest = p.rest[1:]
		if p.number().kind != sfInteger {
			p.fail()
		}
		return sfItem{}
	case c == '%':
		p.displayString()
		return sfItem{}
	}
	p.fail()
	return sfItem{}
}

// number reads an Integer of at most 15 digits, or a Decimal of at most 12 and 3.
func (p *structured) number() sfItem {
	negative := p.take('-')
	whole := p.while(isDigit)
	if len(whole) == 0 || len(whole) > 15 {
		p.fail()
		return sfItem{}
	}
	if p.take('.') {
		if fraction := p.while(isDigit); len(whole) > 12 || len(fraction) < 1 || len(fraction) > 3 {
			p.fail()
		}
		return sfItem{}
	}
	var n int64
	for _, c := range whole {
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return sfItem{kind: sfInteger, number: n}
}

func (p *structured) string() sfItem {
	text := p.rest[1:]
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			p.rest = text[i+1:]
			return sfItem{kind: sfString, text: text[:i]}
		case c == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
		case c == '\\' || c < 0x20 || c > 0x7e:
			p.fail()
			return sfItem{}
		}
	}
	p.fail()
	return sfItem{}
}

func (p *structured) displayString() {
	p.rest = p.rest[1:]
	if !p.take('"') {
		p.fail()
		return
	}
	for !p.bad && !p.take('"') {
		switch c := p.peek(); {
		case c == '%':
			if len(p.rest) < 3 || !isLowerHex(p.rest[1]) || !isLowerHex(p.rest[2]) {
				p.fail()
				return
			}
			p.rest = p.rest[3:]
		case c < 0x20 || c > 0x7e:
			p.fail()
		default:
			p.rest = p.rest[1:]
		}
	}
}

func isOWS(c byte) bool      { return c == ' ' || c == '\t' }
func isSpace(c byte) bool    { return c == ' ' }
func isDigit(c byte) bool    { return '0' <= c && c <= '9' }
func isLower(c byte) bool    { return 'a' <= c && c <= 'z' }
func isAlpha(c byte) bool    { return isLower(c | 0x20) }
func isLowerHex(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' }
func isKeyByte(c byte) bool {
	return isLower(c) || isDigit(c) || c == '_' || c == '-' || c == '.' || c == '*'
}
func isSFTokenByte(c byte) bool { return isTokenByte(c) || c == ':' || c == '/' }
func isBase64(c byte) bool      { return isAlpha(c) || isDigit(c) || c == '+' || c == '/' || c == '=' }
