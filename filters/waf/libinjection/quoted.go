package libinjection

import "bytes"

// quoted reads a text that begins at start and ends at a quote which is neither doubled nor escaped. real says that there is
// a quote before it.
func (l *lexer) quoted(t *token, start int, quote byte, real bool) int {
	s := l.input
	if real {
		t.open = quote
	}
	for at := start; ; {
		n := bytes.IndexByte(s[at:], quote)
		if n < 0 {
			t.set(text, s[start:])
			t.close = 0
			return len(s)
		}
		at += n
		switch {
		case l.escapedAt(start, at):
			at++
		case at+1 < len(s) && s[at+1] == quote:
			at += 2
		default:
			t.set(text, s[start:at])
			t.close = quote
			return at + 1
		}
	}
}

// escapedAt reports whether an odd number of backslashes comes before a quote.
//
// The reference looks for the rest of the input from the quote on, and finds its first occurrence, which may be an earlier
// one: in \'x' the last quote counts as escaped because the first is. So do we, while that costs little: an earlier
// occurrence makes the input periodic, and comparing all of a long one again at each quote would take too long.
func (l *lexer) escapedAt(start, at int) bool {
	s := l.input
	rest := s[at:]
	if l.work >= at-start {
		i := start
		for i < at {
			n := bytes.IndexByte(s[i:at], rest[0])
			if n < 0 {
				break
			}
			i += n
			if l.work -= n + 1; l.work < 0 {
				break
			}
			same := samePrefix(s[i:], rest)
			if l.work -= same; same == len(rest) {
				at = i
				break
			}
			i++
		}
		l.work -= at - i
	}
	count := 0
	for at-count > start && s[at-count-1] == '\\' {
		count++
	}
	return count%2 == 1
}

// samePrefix returns the length of the common prefix.
func samePrefix(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
