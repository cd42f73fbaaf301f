package attribute

import "bytes"

// appendQuery appends the decoded value of the first parameter of this name, read as a form is
// (application/x-www-form-urlencoded): "+" is a space, "%41" an A, and a percent sign without two digits is itself.
func appendQuery(dst, query []byte, name string) ([]byte, bool) {
	for len(query) > 0 {
		var pair []byte
		pair, query, _ = bytes.Cut(query, []byte{'&'})
		key, value, _ := bytes.Cut(pair, []byte{'='})
		if FormNameIs(key, name) {
			return appendDecoded(dst, value), len(pair) > 0
		}
	}
	return dst, false
}

// FormNameIs reports whether b, a parameter's name as the request wrote it, is name once decoded.
func FormNameIs(b []byte, name string) bool {
	for len(b) > 0 {
		c, n := decode(b)
		if len(name) == 0 || name[0] != c {
			return false
		}
		b, name = b[n:], name[1:]
	}
	return name == ""
}

func appendDecoded(dst, b []byte) []byte {
	for len(b) > 0 {
		c, n := decode(b)
		dst = append(dst, c)
		b = b[n:]
	}
	return dst
}

// decode returns the first byte that b stands for, and how many bytes of b it took.
func decode(b []byte) (c byte, n int) {
	switch {
	case b[0] == '+':
		return ' ', 1
	case b[0] == '%' && len(b) > 2:
		high, low := hex(b[1]), hex(b[2])
		if high|low < 16 {
			return high<<4 | low, 3
		}
	}
	return b[0], 1
}

// hex returns the value of a hexadecimal digit, 16 for another byte.
func hex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 16
}
