package transform

import "unicode/utf8"

// nibble maps a hexadecimal digit to its value, anything else to -1.
var nibble = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for c := '0'; c <= '9'; c++ {
		t[c] = int8(c - '0')
	}
	for c := 'a'; c <= 'f'; c++ {
		t[c] = int8(c - 'a' + 10)
		t[c-'a'+'A'] = t[c]
	}
	return t
}()

func isHex(c byte) bool   { return nibble[c] >= 0 }
func isOctal(c byte) bool { return c >= '0' && c <= '7' }

// hexPair returns the byte that two hexadecimal digits at src[i] spell.
func hexPair(src []byte, i int) (byte, bool) {
	if i+1 >= len(src) || !isHex(src[i]) || !isHex(src[i+1]) {
		return 0, false
	}
	return byte(nibble[src[i]])<<4 | byte(nibble[src[i+1]]), true
}

// urlDecode decodes %XX and +. An escape that is not valid stays as it is.
func urlDecode(dst, src []byte) ([]byte, bool) {
	changed := false
	for i := 0; i < len(src); i++ {
		switch src[i] {
		case '%':
			changed = true
			if b, ok := hexPair(src, i+1); ok {
				dst = append(dst, b)
				i += 2
				continue
			}
			dst = append(dst, '%')
		case '+':
			changed = true
			dst = append(dst, ' ')
		default:
			dst = append(dst, src[i])
		}
	}
	return dst, changed
}

// urlDecodeUni also decodes %uXXXX: to the ASCII look-alike of code page 20127 if there is one, else to the low byte.
func urlDecodeUni(dst, src []byte) ([]byte, bool) {
	changed := false
	for i := 0; i < len(src); i++ {
		c := src[i]
		switch {
		case c == '+':
			dst = append(dst, ' ')
			changed = true
		case c != '%':
			dst = append(dst, c)
		case i+1 < len(src) && src[i+1]|0x20 == 'u':
			hi, ok1 := hexPair(src, i+2)
			lo, ok2 := hexPair(src, i+4)
			if !ok1 || !ok2 {
				dst = append(dst, c, src[i+1])
				i++
				continue
			}
			dst = append(dst, bestFit(hi, lo))
			i += 5
			changed = true
		default:
			b, ok := hexPair(src, i+1)
			if !ok {
				dst = append(dst, c)
				continue
			}
			dst = append(dst, b)
			i += 2
			changed = true
		}
	}
	return dst, changed
}

// bestFit returns the ASCII byte that stands for a code point.
func bestFit(hi, lo byte) byte {
	if b, ok := bestFitASCII[rune(hi)<<8|rune(lo)]; ok {
		return b
	}
	return foldFullWidth(hi, lo)
}

// foldFullWidth returns the low byte of a code point, moved to ASCII where the point is a full-width form.
func foldFullWidth(hi, lo byte) byte {
	if hi == 0xff && lo > 0 && lo < 0x5f {
		lo += 0x20
	}
	return lo
}

// jsDecode decodes the escapes of JavaScript strings to single bytes.
func jsDecode(dst, src []byte) ([]byte, bool) {
	changed := false
	for i := 0; i < len(src); {
		if src[i] != '\\' || i+1 >= len(src) {
			dst = append(dst, src[i])
			i++
			continue
		}
		changed = true
		b, n := jsEscape(src[i+1:])
		dst = append(dst, b)
		i += 1 + n
	}
	return dst, changed
}

// jsEscape decodes what follows a backslash; s is not empty. It returns the byte and how many bytes of s it took.
func jsEscape(s []byte) (b byte, n int) {
	switch {
	case s[0] == 'u' && len(s) > 1 && s[1] == '{':
		if code, digits := braceHex(s[2:]); digits > 0 {
			b = byte(code)
			if code >= 0xff01 && code <= 0xff5e {
				b += 0x20
			}
			return b, digits + 3
		}
	case s[0] == 'u':
		hi, ok1 := hexPair(s, 1)
		lo, ok2 := hexPair(s, 3)
		if ok1 && ok2 {
			return foldFullWidth(hi, lo), 5
		}
	case s[0] == 'x':
		if b, ok := hexPair(s, 1); ok {
			return b, 3
		}
	case isOctal(s[0]):
		n = 1
		for n < 3 && n < len(s) && isOctal(s[n]) {
			n++
		}
		if n == 3 && s[0] > '3' {
			n = 2
		}
		for _, c := range s[:n] {
			b = b<<3 | (c - '0')
		}
		return b, n
	}
	return simpleEscape(s[0]), 1
}

// braceHex reads one to six hexadecimal digits that a closing brace follows. digits is 0 where there is no such thing.
func braceHex(s []byte) (code uint32, digits int) {
	for digits < 6 && digits < len(s) && isHex(s[digits]) {
		code = code<<4 | uint32(nibble[s[digits]])
		digits++
	}
	if digits == 0 || digits >= len(s) || s[digits] != '}' {
		return 0, 0
	}
	return code, digits
}

// simpleEscape returns what a backslash and c stand for: a control character, or c itself.
func simpleEscape(c byte) byte {
	switch c {
	case 'a':
		return '\a'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'v':
		return '\v'
	}
	return c
}

// escapeSeqDecode decodes the escapes of C strings.
func escapeSeqDecode(dst, src []byte) ([]byte, bool) {
	changed := false
	for i := 0; i < len(src); {
		if src[i] != '\\' || i+1 >= len(src) {
			dst = append(dst, src[i])
			i++
			continue
		}
		changed = true
		c := src[i+1]
		b, ok := hexPair(src, i+2)
		switch {
		case c|0x20 == 'x' && ok:
			dst = append(dst, b)
			i += 4
		case isOctal(c):
			n, v := 1, 0
			for n < 4 && i+n < len(src) && isOctal(src[i+n]) {
				v = v<<3 | int(src[i+n]-'0')
				n++
			}
			dst = append(dst, byte(v))
			i += n
		default:
			dst = append(dst, simpleEscape(c))
			i += 2
		}
	}
	return dst, changed
}

// cssDecode decodes the escapes of CSS: one to six hexadecimal digits and a space, or any character for itself.
func cssDecode(dst, src []byte) ([]byte, bool) {
	changed := false
	for i := 0; i < len(src); {
		if src[i] != '\\' {
			dst = append(dst, src[i])
			i++
			continue
		}
		changed = true
		if i++; i >= len(src) {
			break
		}
		digits, code := 0, rune(0)
		for digits < 6 && i+digits < len(src) && isHex(src[i+digits]) {
			code = code<<4 | rune(nibble[src[i+digits]])
			digits++
		}
		switch {
		case digits > 0:
			if code == 0 {
				code = utf8.RuneError
			}
			if code >= 0xff01 && code <= 0xff5e {
				code -= 0xfee0
			}
			dst = utf8.AppendRune(dst, code)
			i += digits
			if i < len(src) && isCSpace(src[i]) {
				i++
			}
		case src[i] == '\n':
			i++
		default:
			dst = append(dst, src[i])
			i++
		}
	}
	return dst, changed
}

// isCSpace is the C library's isspace.
func isCSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// base64Decode decodes until the first byte that is not in the alphabet. forgiving skips such bytes instead, and knows the
// alphabet of URLs too. Padding ends the text in both.
func base64Decode(dst, src []byte, forgiving bool) []byte {
	bits, n := uint32(0), 0
	for _, c := range src {
		if forgiving && (isCSpace(c) || c == 0x85 || c == 0xa0 || c == '.') || c == '\r' || c == '\n' {
			continue
		}
		if c == '=' || c == ' ' {
			break
		}
		v := base64Value(c, forgiving)
		if v < 0 {
			if forgiving {
				continue
			}
			break
		}
		bits = bits<<6 | uint32(v)
		if n++; n == 4 {
			dst = append(dst, byte(bits>>16), byte(bits>>8), byte(bits))
			bits, n = 0, 0
		}
	}
	switch n {
	case 2:
		dst = append(dst, byte(bits>>4))
	case 3:
		dst = append(dst, byte(bits>>10), byte(bits>>2))
	}
	return dst
}

func base64Value(c byte, urlAlphabet bool) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+', c == '-' && urlAlphabet:
		return 62
	case c == '/', c == '_' && urlAlphabet:
		return 63
	case c == '=':
		return 64
	}
	return -1
}

// hexDecode leaves a value that is not hexadecimal as it is.
func hexDecode(dst, src []byte) ([]byte, bool) {
	if len(src)%2 == 1 {
		return append(dst, src...), false
	}
	for _, c := range src {
		if !isHex(c) {
			return append(dst, src...), false
		}
	}
	for i := 0; i < len(src); i += 2 {
		b, _ := hexPair(src, i)
		dst = append(dst, b)
	}
	return dst, true
}

// utf8ToUnicode writes every character above ASCII as %uXXXX; a byte that is not UTF-8 becomes %ufffd.
func utf8ToUnicode(dst, src []byte) ([]byte, bool) {
	const digits = "0123456789abcdef"
	changed := false
	for i := 0; i < len(src); {
		if src[i] < utf8.RuneSelf {
			dst = append(dst, src[i])
			i++
			continue
		}
		r, size := utf8.DecodeRune(src[i:])
		i += size
		changed = true
		dst = append(dst, '%', 'u')
		if r > 0xfffff {
			dst = append(dst, digits[r>>20&15])
		}
		if r > 0xffff {
			dst = append(dst, digits[r>>16&15])
		}
		dst = append(dst, digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
	}
	return dst, changed
}
