package libinjection

// kind is what a token is. The letters make up fingerprints.
type kind byte

const (
	none       kind = 0
	keyword    kind = 'k'
	union      kind = 'U'
	group      kind = 'B'
	expression kind = 'E'
	sqlType    kind = 't'
	function   kind = 'f'
	bareword   kind = 'n'
	number     kind = '1'
	variable   kind = 'v'
	text       kind = 's'
	operator   kind = 'o'
	logic      kind = '&'
	comment    kind = 'c'
	collate    kind = 'A'
	leftParen  kind = '('
	rightParen kind = ')'
	leftBrace  kind = '{'
	rightBrace kind = '}'
	dot        kind = '.'
	comma      kind = ','
	colon      kind = ':'
	semicolon  kind = ';'
	tsql       kind = 'T'
	unknown    kind = '?'
	evil       kind = 'X'
	backslash  kind = '\\'
)

// maxValue is how much of a token's text is kept.
const maxValue = 31

// token is one token of SQL.
type token struct {
	kind        kind
	open, close byte // the quotes of a text, 0 where one is missing
	size        uint8
	value       [maxValue]byte
}

// set makes the token one of a kind with a text, of which only the beginning is kept.
func (t *token) set(k kind, value []byte) {
	t.kind = k
	t.size = uint8(copy(t.value[:], value))
}

// text returns what is kept of the token's text.
func (t *token) text() []byte { return t.value[:t.size] }

// is reports whether the token's text is a word, given in capitals.
func (t *token) is(word string) bool {
	if len(word) != int(t.size) {
		return false
	}
	for i := range word {
		c := t.value[i]
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}

// isOneOf reports whether the token is of one of the kinds.
func (t *token) isOneOf(kinds string) bool {
	for i := range kinds {
		if kind(kinds[i]) == t.kind {
			return true
		}
	}
	return false
}

// isUnary reports whether the token is an operator with one operand.
func (t *token) isUnary() bool {
	if t.kind != operator {
		return false
	}
	switch t.size {
	case 1:
		c := t.value[0]
		return c == '+' || c == '-' || c == '!' || c == '~'
	case 2:
		return t.value[0] == '!' && t.value[1] == '!'
	}
	return t.is("NOT")
}

// isArithmetic reports whether the token is an operator of arithmetic.
func (t *token) isArithmetic() bool {
	if t.kind != operator || t.size != 1 {
		return false
	}
	c := t.value[0]
	return c == '*' || c == '/' || c == '+' || c == '-' || c == '%'
}
