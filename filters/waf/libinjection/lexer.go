package libinjection

import (
	"bytes"
	"unicode/utf8"
)

// dialect says how comments are read, quote which quote the input is taken to stand in.
type dialect uint8

const (
	ansi  dialect = iota // -- begins a comment anywhere, # is an operator
	mysql                // -- begins a comment before white space only, # does anywhere
)

// lexer cuts an input into tokens.
type lexer struct {
	tables  *tables
	input   []byte
	pos     int
	quote   byte // the input is the rest of a text in these quotes; 0 for none
	dialect dialect

	tokens int  // how many there were
	again  bool // another dialect would read the comments differently
	work   int  // compared bytes that a string's end may still cost
}

// next reads a token into t. It returns false at the end of the input.
func (l *lexer) next(t *token) bool {
	t.kind, t.open, t.close, t.size = none, 0, 0, 0
	if l.pos == 0 && l.quote != 0 && len(l.input) > 0 {
		l.pos = l.quoted(t, 0, l.quote, false)
		l.tokens++
		return true
	}
	for l.pos < len(l.input) {
		l.pos = l.read(t)
		if t.kind != none {
			l.tokens++
			return true
		}
	}
	return false
}

// Classes of the bytes that can begin a token.
const (
	cWord = iota
	cWhite
	cOperator
	cOperator2
	cSelf
	cQuote
	cHash
	cMoney
	cDash
	cDigit
	cSlash
	cOther
	cAt
	cBracket
	cBackslash
	cTick
	cB
	cE
	cN
	cQ
	cU
	cX
)

var firstClass = func() (t [256]uint8) {
	for c := 0; c <= ' '; c++ {
		t[c] = cWhite
	}
	t[0x7f], t[0xa0] = cWhite, cWhite
	set := func(class uint8, bytes string) {
		for i := range len(bytes) {
			t[bytes[i]] = class
		}
	}
	set(cOperator, "%+^~")
	set(cOperator2, "!&*:<=>|")
	set(cSelf, "(),;{}")
	set(cQuote, `'"`)
	set(cHash, "#")
	set(cMoney, "$")
	set(cDash, "-")
	set(cDigit, ".0123456789")
	set(cSlash, "/")
	set(cOther, "?]")
	set(cAt, "@")
	set(cBracket, "[")
	set(cBackslash, `\`)
	set(cTick, "`")
	set(cB, "bB")
	set(cE, "eE")
	set(cN, "nN")
	set(cQ, "qQ")
	set(cU, "uU")
	set(cX, "xX")
	return t
}()

// read reads what begins at l.pos and returns where it ends. The token's kind stays none for white space.
func (l *lexer) read(t *token) int {
	s, i := l.input, l.pos
	switch firstClass[s[i]] {
	case cWhite:
		return i + 1
	case cOperator:
		return l.one(t, operator)
	case cOperator2:
		return l.operator(t)
	case cSelf:
		return l.one(t, kind(s[i]))
	case cQuote:
		return l.quoted(t, i+1, s[i], true)
	case cHash:
		l.again = true
		if l.dialect == mysql {
			return l.lineComment(t)
		}
		return l.one(t, operator)
	case cMoney:
		return l.money(t)
	case cDash:
		return l.dash(t)
	case cDigit:
		return l.number(t)
	case cSlash:
		return l.slash(t)
	case cOther:
		return l.one(t, unknown)
	case cAt:
		return l.variable(t)
	case cBracket:
		end := len(s)
		if n := bytes.IndexByte(s[i:], ']'); n >= 0 {
			end = i + n + 1
		}
		t.set(bareword, s[i:end])
		return end
	case cBackslash:
		if i+1 < len(s) && s[i+1] == 'N' {
			t.set(number, s[i:i+2])
			return i + 2
		}
		return l.one(t, backslash)
	case cTick:
		return l.tick(t, i)
	case cB:
		return l.digits(t, "01")
	case cX:
		return l.digits(t, "0123456789abcdefABCDEF")
	case cE:
		return l.escaped(t)
	case cN:
		if i+2 < len(s) && s[i+1] == '\'' {
			return l.escaped(t)
		}
		return l.oracle(t, i+1)
	case cQ:
		return l.oracle(t, i)
	case cU:
		if i+2 < len(s) && s[i+1] == '&' && s[i+2] == '\'' {
			end := l.quoted(t, i+3, '\'', true)
			t.open = 'u'
			if t.close == '\'' {
				t.close = 'u'
			}
			return end
		}
	}
	return l.word(t)
}

// one makes the byte at l.pos a token.
func (l *lexer) one(t *token, k kind) int {
	t.set(k, l.input[l.pos:l.pos+1])
	return l.pos + 1
}

func (l *lexer) lineComment(t *token) int {
	rest := l.input[l.pos:]
	n := bytes.IndexByte(rest, '\n')
	if n < 0 {
		t.set(comment, rest)
		return len(l.input)
	}
	t.set(comment, rest[:n])
	return l.pos + n + 1
}

func (l *lexer) dash(t *token) int {
	s, i := l.input, l.pos
	switch {
	case i+1 >= len(s) || s[i+1] != '-':
	case i+2 == len(s) || isWhite(s[i+2]):
		return l.lineComment(t)
	case l.dialect == ansi:
		l.again = true
		return l.lineComment(t)
	}
	return l.one(t, operator)
}

// isWhite is the white space of SQL: Oracle takes NUL for it, Latin-1 the no-break space.
func isWhite(c byte) bool {
	return c == ' ' || c >= '\t' && c <= '\r' || c == 0xa0 || c == 0
}

// slash reads a comment or a division. A comment in a comment, and the comments that MySQL runs, are evil by themselves.
func (l *lexer) slash(t *token) int {
	s, i := l.input, l.pos
	if i+1 == len(s) || s[i+1] != '*' {
		return l.one(t, operator)
	}
	k, end := comment, len(s)
	n := bytes.Index(s[i+2:], []byte("*/"))
	if n >= 0 {
		end = i + 2 + n + 2
	}
	if n >= 0 && bytes.Contains(s[i+2:i+2+n+1], []byte("/*")) || i+2 < len(s) && s[i+2] == '!' {
		k = evil
	}
	t.set(k, s[i:end])
	return end
}

func (l *lexer) operator(t *token) int {
	s, i := l.input, l.pos
	if i+2 < len(s) && s[i] == '<' && s[i+1] == '=' && s[i+2] == '>' {
		t.set(operator, s[i:i+3])
		return i + 3
	}
	if i+1 < len(s) {
		if k := l.tables.lookup(s[i : i+2]); k != none {
			t.set(k, s[i:i+2])
			return i + 2
		}
		if s[i] == ':' {
			return l.one(t, colon)
		}
	}
	return l.one(t, operator)
}

// span returns how many bytes of s, from the beginning, are among those of set.
func span(s []byte, set string) int {
	for i, c := range s {
		found := false
		for j := range len(set) {
			if set[j] == c {
				found = true
				break
			}
		}
		if !found {
			return i
		}
	}
	return len(s)
}

// money reads $1,000.00, the quotes of PostgreSQL ($$text$$, $tag$text$tag$), or a dollar sign.
func (l *lexer) money(t *token) int {
	s, i := l.input, l.pos
	if i+1 == len(s) {
		return l.one(t, bareword)
	}
	n := span(s[i+1:], "0123456789.,")
	if n == 1 && s[i+1] == '.' {
		return l.word(t)
	}
	if n > 0 {
		t.set(number, s[i:i+1+n])
		return i + 1 + n
	}
	if s[i+1] != '$' {
		n = span(s[i+1:], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
		if n == 0 || i+1+n == len(s) || s[i+1+n] != '$' {
			return l.one(t, bareword)
		}
	}
	delimiter := s[i : i+n+2]
	start := i + n + 2
	t.open = '$'
	end := bytes.Index(s[start:], delimiter)
	if end < 0 {
		t.set(text, s[start:])
		return len(s)
	}
	t.set(text, s[start:start+end])
	t.close = '$'
	return start + end + len(delimiter)
}

// wordEnd are the bytes that no word contains.
var wordEnd = byteSet(" []{}<>:\\?=@!#~+-*/&|^%(),';\t\n\v\f\r\"\xa0\x00")

// variableEnd are the bytes that no variable's name contains.
var variableEnd = byteSet(" <>:\\?=@!#~+-*/&|^%(),';\t\n\v\f\r'`\"")

func byteSet(s string) (set [256]bool) {
	for i := range len(s) {
		set[s[i]] = true
	}
	return set
}

// word reads a word. One that is known ends at a dot or a backtick: SELECT.1 is two tokens.
func (l *lexer) word(t *token) int {
	s := l.input[l.pos:]
	n := 0
	for n < len(s) && !wordEnd[s[n]] {
		n++
	}
	t.set(bareword, s[:n])
	for i, c := range t.text() {
		if c != '.' && c != '`' {
			continue
		}
		if k := l.tables.lookup(s[:i]); k != none && k != bareword {
			t.set(k, s[:i])
			return l.pos + i
		}
	}
	if n <= maxValue {
		if k := l.tables.lookup(s[:n]); k != none {
			t.kind = k
		}
	}
	return l.pos + n
}

func (l *lexer) variable(t *token) int {
	s, i := l.input, l.pos+1
	if i < len(s) && s[i] == '@' {
		i++
	}
	if i < len(s) {
		end := 0
		switch s[i] {
		case '`':
			end = l.tick(t, i)
		case '\'', '"':
			end = l.quoted(t, i+1, s[i], true)
		}
		if end > 0 {
			t.kind = variable
			return end
		}
	}
	end := i
	for end < len(s) && !variableEnd[s[end]] {
		end++
	}
	t.set(variable, s[i:end])
	return end
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// number reads a number, or a dot. "1.e" is nothing at all: MySQL passes over it.
func (l *lexer) number(t *token) int {
	s, start := l.input, l.pos
	if s[start] == '0' && start+1 < len(s) {
		digits := ""
		switch s[start+1] | 0x20 {
		case 'x':
			digits = "0123456789ABCDEFabcdef"
		case 'b':
			digits = "01"
		}
		if digits != "" {
			n := span(s[start+2:], digits)
			k := number
			if n == 0 {
				k = bareword
			}
			t.set(k, s[start:start+2+n])
			return start + 2 + n
		}
	}
	i := start
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i < len(s) && s[i] == '.' {
		i++
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		if i-start == 1 {
			t.set(dot, s[start:i])
			return i
		}
	}
	hollow := false // an exponent without digits
	if i < len(s) && s[i]|0x20 == 'e' {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		hollow = i >= len(s) || !isDigit(s[i])
		for i < len(s) && isDigit(s[i]) {
			i++
		}
	}
	if i < len(s) && (s[i]|0x20 == 'd' || s[i]|0x20 == 'f') { // Oracle's suffixes
		if i+1 == len(s) || isWhite(s[i+1]) || s[i+1] == ';' || s[i+1]|0x20 == 'u' {
			i++
		}
	}
	if !hollow {
		t.set(number, s[start:i])
	}
	return i
}

// tick reads a name in backticks that begins at i.
func (l *lexer) tick(t *token, i int) int {
	end := l.quoted(t, i+1, '`', true)
	if l.tables.lookup(t.text()) == function {
		t.kind = function
	} else {
		t.kind = bareword
	}
	return end
}

// digits reads x'1f' or b'01'; without quotes it is a word.
func (l *lexer) digits(t *token, set string) int {
	s, i := l.input, l.pos
	if i+2 >= len(s) || s[i+1] != '\'' {
		return l.word(t)
	}
	n := span(s[i+2:], set)
	if i+2+n >= len(s) || s[i+2+n] != '\'' {
		return l.word(t)
	}
	t.set(number, s[i:i+n+3])
	return i + n + 3
}

// escaped reads e'text' or n'text'.
func (l *lexer) escaped(t *token) int {
	if l.pos+2 >= len(l.input) || l.input[l.pos+1] != '\'' {
		return l.word(t)
	}
	return l.quoted(t, l.pos+2, '\'', true)
}

// oracle reads q'[text]' with the q at i, in which any pair of brackets or any one character quotes.
func (l *lexer) oracle(t *token, i int) int {
	s := l.input
	if i+2 >= len(s) || s[i]|0x20 != 'q' || s[i+1] != '\'' || s[i+2] < 33 {
		return l.word(t)
	}
	c := rune(s[i+2])
	switch c {
	case '(':
		c = ')'
	case '[':
		c = ']'
	case '{':
		c = '}'
	case '<':
		c = '>'
	}
	// Above ASCII the character is looked for as UTF-8 writes it, as the reference does.
	var buf [8]byte
	end := append(utf8.AppendRune(buf[:0], c), '\'')
	t.open = 'q'
	n := bytes.Index(s[i+3:], end)
	if n < 0 {
		t.set(text, s[i+3:])
		return len(s)
	}
	t.set(text, s[i+3:i+3+n])
	t.close = 'q'
	return i + 3 + n + 2
}
