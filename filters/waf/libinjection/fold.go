package libinjection

// maxTokens is the length of a fingerprint.
const maxTokens = 5

// folder reads tokens and folds them: what says the same with fewer tokens becomes fewer tokens.
type folder struct {
	lexer
	t       [maxTokens + 3]token
	n       int // tokens at hand
	left    int // of these, how many are done
	more    bool
	comment token // the last token, if it was a comment
}

// kinds of operands and the like, for isOneOf.
const (
	mergeFirst  = "knoUfETt"
	mergeSecond = "knoUfETt&"
)

// fold returns how many tokens the input comes to.
func (f *folder) fold() int {
	f.n, f.left, f.comment.kind = 0, 0, none
	if !f.start() {
		return 0
	}
	for {
		if f.n >= maxTokens {
			f.shorten()
		}
		if !f.more || f.left >= maxTokens {
			f.left = f.n
			break
		}
		f.fill(2)
		if f.n-f.left < 2 {
			f.left = f.n
			continue
		}
		switch f.foldTwo() {
		case foldedAway:
			continue
		case foldedEvil:
			return f.left + 2
		}
		f.fill(3)
		if f.n-f.left < 3 {
			f.left = f.n
			continue
		}
		if !f.foldThree() {
			f.left++
		}
	}
	if f.left < maxTokens && f.comment.kind == comment {
		f.t[f.left] = f.comment
		f.left++
	}
	return min(f.left, maxTokens)
}

// start passes over comments, parentheses, types and unary operators at the beginning.
func (f *folder) start() bool {
	f.more = true
	for f.more {
		f.more = f.next(&f.t[0])
		if t := &f.t[0]; !t.isOneOf("c(t") && !t.isUnary() {
			break
		}
	}
	if f.more {
		f.n = 1
	}
	return f.more
}

// fill reads until so many tokens are not done. Comments only leave a trace.
func (f *folder) fill(count int) {
	for f.more && f.n <= maxTokens && f.n-f.left < count {
		t := &f.t[f.n]
		if f.more = f.next(t); !f.more {
			return
		}
		if t.kind == comment {
			f.comment = *t
			continue
		}
		f.comment.kind = none
		f.n++
	}
}

// shorten makes room when five tokens say no more than one: "1+(2)", "f(x)".
func (f *folder) shorten() {
	t := &f.t
	fits := func(kinds ...string) bool {
		for i, k := range kinds {
			if !t[i].isOneOf(k) {
				return false
			}
		}
		return true
	}
	if !fits("1", "o,", "(", "1", ")") && !fits("n", "o", "(", "n1", ")") && !fits("1", ")", ",", "(", "1") &&
		!fits("n", ")", "o", "(", "n") {
		return
	}
	if f.n > maxTokens {
		t[1] = t[maxTokens]
		f.n, f.left = 2, 1
	} else {
		f.n, f.left = 1, 0
	}
}

// merge joins two words that are one phrase of SQL.
func (f *folder) merge(a, b *token) bool {
	if !a.isOneOf(mergeFirst) || !b.isOneOf(mergeSecond) || int(a.size)+int(b.size)+1 > maxValue+1 {
		return false
	}
	var buf [maxValue + 1]byte
	phrase := append(append(append(buf[:0], a.text()...), ' '), b.text()...)
	k := f.tables.lookup(phrase)
	if k == none {
		return false
	}
	a.set(k, phrase)
	return true
}

// outcome is what a rule for two tokens came to.
type outcome uint8

const (
	foldedNot  outcome = iota // the rules for three tokens come next
	foldedAway                // begin again
	foldedEvil
)

// drop takes n tokens off the end and goes back to the beginning.
func (f *folder) drop(n int) outcome {
	f.n -= n
	f.left = 0
	return foldedAway
}

// dropStay takes one token off the end and steps back once.
func (f *folder) dropBack() outcome {
	f.n--
	f.left = max(f.left-1, 0)
	return foldedAway
}

// foldTwo applies the first rule that fits the first two tokens that are not done.
func (f *folder) foldTwo() outcome {
	a, b := &f.t[f.left], &f.t[f.left+1]
	switch {
	case a.kind == text && b.kind == text, a.kind == semicolon && b.kind == semicolon:
		f.n--
		return foldedAway
	case a.isOneOf("o&") && (b.isUnary() || b.kind == sqlType):
		return f.drop(1)
	case a.kind == leftParen && b.isUnary():
		return f.dropBack()
	case f.merge(a, b):
		return f.dropBack()
	case a.kind == semicolon && b.kind == function && b.size >= 2 && b.value[0]|0x20 == 'i' && b.value[1]|0x20 == 'f':
		b.kind = tsql // IF is a function, but after a semicolon it is a statement of Transact-SQL
		return foldedAway
	case a.isOneOf("nv") && b.kind == leftParen && callsFunction(a):
		a.kind = function
		return foldedAway
	case a.kind == keyword && (a.is("IN") || a.is("NOT IN")):
		a.kind = bareword
		if b.kind == leftParen {
			a.kind = operator
		}
		return foldedAway
	case a.kind == operator && (a.is("LIKE") || a.is("NOT LIKE")):
		if b.kind == leftParen {
			a.kind = function
		}
	case a.kind == sqlType && b.isOneOf("n1t(fvs"):
		*a = *b
		return f.drop(1)
	case a.kind == collate && b.kind == bareword:
		for _, c := range b.text() {
			if c == '_' {
				b.kind = sqlType
				f.left = 0
			}
		}
	case a.kind == backslash:
		if b.isArithmetic() {
			a.kind = number // \%1 is 0 % 1 in Transact-SQL
			f.left = 0
			return foldedAway
		}
		*a = *b
		return f.drop(1)
	case a.kind == leftParen && b.kind == leftParen, a.kind == rightParen && b.kind == rightParen:
		return f.drop(1)
	case a.kind == leftBrace && b.kind == bareword:
		if b.size == 0 {
			b.kind = evil // {``.``.id} of MySQL
			return foldedEvil
		}
		return f.drop(2) // {foo expr} of ODBC is expr
	case b.kind == rightBrace:
		return f.drop(1)
	}
	return foldedNot
}

// callsFunction reports whether a name is one of those that are functions when a parenthesis follows.
func callsFunction(t *token) bool {
	for _, name := range [...]string{"USER_ID", "USER_NAME", "DATABASE", "PASSWORD", "USER", "CURRENT_USER", "CURRENT_DATE",
		"CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"} {
		if t.is(name) {
			return true
		}
	}
	return false
}

// foldThree applies the first rule that fits three tokens, and reports whether one has changed how many are at hand.
func (f *folder) foldThree() bool {
	a, b, c := &f.t[f.left], &f.t[f.left+1], &f.t[f.left+2]
	switch {
	case a.kind == number && b.kind == operator && c.kind == number,
		a.kind == operator && b.kind != leftParen && c.kind == operator,
		a.kind == logic && c.kind == logic,
		a.kind == variable && b.kind == operator && c.isOneOf("v1n"),
		a.isOneOf("n1") && b.kind == operator && c.isOneOf("1n"),
		a.isOneOf("n1vs") && b.kind == operator && string(b.text()) == "::" && c.kind == sqlType,
		a.isOneOf("n1sv") && b.kind == comma && c.isOneOf("1nsv"):
		f.drop(2)
	case a.isOneOf("EB,") && b.isUnary() && c.kind == leftParen,
		a.isOneOf("kEB") && b.isUnary() && c.isOneOf("1nvsf"):
		*b = *c
		f.drop(1)
	case a.kind == comma && b.isUnary() && c.isOneOf("1nvs"):
		*b = *c
		f.drop(3)
	case a.kind == comma && b.isUnary() && c.kind == function:
		*b = *c
		f.drop(1)
	case a.kind == bareword && b.kind == dot && c.kind == bareword:
		f.drop(2)
	case a.kind == expression && b.kind == dot && c.kind == bareword:
		*b = *c
		f.drop(1)
	case a.kind == function && b.kind == leftParen && c.kind != rightParen:
		if a.is("USER") {
			a.kind = bareword
		}
		return false
	default:
		return false
	}
	return true
}
