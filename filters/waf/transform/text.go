package transform

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

const spaces = " \t\n\r\f\v"

func lowercase(dst, src []byte) ([]byte, bool) { return AppendLower(dst, src) }

// AppendLower appends src in lower case, as strings.ToLower does it: in a text with bytes above ASCII, each byte that is not
// UTF-8 becomes U+FFFD. changed says whether the bytes differ.
func AppendLower(dst, src []byte) (out []byte, changed bool) {
	for i, c := range src {
		if c >= utf8.RuneSelf {
			return appendMapped(dst[:len(dst)-i], src, unicode.ToLower)
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
			changed = true
		}
		dst = append(dst, c)
	}
	return dst, changed
}

func uppercase(dst, src []byte) ([]byte, bool) {
	changed := false
	for i, c := range src {
		if c >= utf8.RuneSelf {
			return appendMapped(dst[:len(dst)-i], src, unicode.ToUpper)
		}
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
			changed = true
		}
		dst = append(dst, c)
	}
	return dst, changed
}

// appendMapped appends src with each character mapped. A negative one is dropped.
func appendMapped(dst, src []byte, mapping func(rune) rune) ([]byte, bool) {
	start := len(dst)
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		i += size
		if r = mapping(r); r >= 0 {
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst, !bytes.Equal(dst[start:], src)
}

// removeWhitespace drops white space of any script.
func removeWhitespace(dst, src []byte) ([]byte, bool) {
	changed := false
	dst, _ = appendMapped(dst, src, func(r rune) rune {
		if unicode.IsSpace(r) {
			changed = true
			return -1
		}
		return r
	})
	return dst, changed
}

// compressWhitespace writes one space for each run of white space. The byte 0xA0 counts, alone or as U+00A0.
func compressWhitespace(dst, src []byte) ([]byte, bool) {
	changed, inSpace := false, false
	for i := 0; i < len(src); {
		r, size := rune(src[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(src[i:])
		}
		switch {
		case r >= '\t' && r <= '\r', r == ' ', r == 0x85, r == 0xa0, src[i] == 0xa0:
			if inSpace || r != ' ' {
				changed = true
			}
			if !inSpace {
				dst = append(dst, ' ')
			}
			inSpace = true
		default:
			dst = append(dst, src[i:i+size]...)
			inSpace = false
		}
		i += size
	}
	return dst, changed
}

// cmdLine undoes what shells ignore: quotes, backslashes and carets go; spaces, commas and semicolons become one space, and
// none before a slash or a parenthesis; letters become small.
func cmdLine(dst, src []byte) ([]byte, bool) {
	changed, space := false, false
	for _, c := range src {
		switch c {
		case '"', '\'', '\\', '^':
			changed = true
		case ' ', ',', ';', '\t', '\r', '\n':
			changed = changed || space || c != ' '
			if !space {
				dst = append(dst, ' ')
			}
			space = true
		case '/', '(':
			if space {
				dst = dst[:len(dst)-1]
				changed = true
			}
			space = false
			dst = append(dst, c)
		default:
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
				changed = true
			}
			dst = append(dst, c)
			space = false
		}
	}
	return dst, changed
}

func removeNulls(dst, src []byte) ([]byte, bool) {
	start := len(dst)
	for _, c := range src {
		if c != 0 {
			dst = append(dst, c)
		}
	}
	return dst, len(dst)-start != len(src)
}

func replaceNulls(dst, src []byte) ([]byte, bool) {
	changed := false
	for _, c := range src {
		if c == 0 {
			c, changed = ' ', true
		}
		dst = append(dst, c)
	}
	return dst, changed
}

func trim(dst, src []byte) ([]byte, bool) {
	t := bytes.Trim(src, spaces)
	return append(dst, t...), len(t) != len(src)
}

func trimLeft(dst, src []byte) ([]byte, bool) {
	t := bytes.TrimLeft(src, spaces)
	return append(dst, t...), len(t) != len(src)
}

func trimRight(dst, src []byte) ([]byte, bool) {
	t := bytes.TrimRight(src, spaces)
	return append(dst, t...), len(t) != len(src)
}
