package libinjection

import "bytes"

// schemes are the beginnings of URLs that run something.
var schemes = [...]string{"DATA", "VIEW-SOURCE", "VBSCRIPT", "JAVA"}

// isBadURL reports whether a URL in an attribute has one of the schemes, written with character references if need be.
func isBadURL(s []byte) bool {
	s = bytes.TrimLeftFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
	for _, scheme := range schemes {
		if beginsWith(s, scheme) {
			return true
		}
	}
	return false
}

// beginsWith reports whether a text with character references begins with a word, in any case. White space and controls
// before it do not count, nor NULs and line feeds within.
func beginsWith(s []byte, word string) bool {
	first, matched := true, 0
	for len(s) > 0 {
		c, size := reference(s)
		s = s[size:]
		if first && c <= ' ' {
			continue
		}
		first = false
		if c == 0 || c == '\n' {
			continue
		}
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if matched == len(word) {
			return true
		}
		if byte(c) != word[matched] {
			return false
		}
		matched++
	}
	return matched == len(word)
}

// maxReference is the largest number of a character reference.
const maxReference = 0x1000ff

// reference decodes the character or the numeric reference that s begins with, and returns its length.
func reference(s []byte) (c, size int) {
	if s[0] != '&' || len(s) < 3 || s[1] != '#' {
		return int(s[0]), 1
	}
	base, i := 10, 2
	if s[2]|0x20 == 'x' {
		base, i = 16, 3
	}
	start := i
	for ; i < len(s); i++ {
		d := digitValue(s[i])
		if d >= base {
			break
		}
		c = c*base + d
		if c > maxReference {
			return '&', 1
		}
	}
	if i == start {
		return '&', 1
	}
	if i < len(s) && s[i] == ';' {
		i++
	}
	return c, i
}

func digitValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return 99
}
