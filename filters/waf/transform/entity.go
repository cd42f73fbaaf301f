package transform

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:generate go run ./gen

//go:embed entities.txt
var entityList string // a name, with its semicolon where it has to have one, and one or two characters in hexadecimal

// entities maps the name of a character reference to its characters, in UTF-8.
var entities = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(entityList) {
		var name string
		var first, second rune
		n, _ := fmt.Sscanf(line, "%s %x %x", &name, &first, &second)
		text := string(first)
		if n == 3 {
			text += string(second)
		}
		m[name] = text
	}
	return m
})

// maxBareEntity is the length of the longest name that needs no semicolon.
const maxBareEntity = 6

// htmlEntityDecode decodes character references as browsers do in text.
func htmlEntityDecode(dst, src []byte) ([]byte, bool) {
	start, in := len(dst), len(src)
	for {
		i := bytes.IndexByte(src, '&')
		if i < 0 {
			dst = append(dst, src...)
			return dst, len(dst)-start != in
		}
		dst = append(dst, src[:i]...)
		src = src[i:]
		var n int
		dst, n = appendReference(dst, src)
		src = src[n:]
	}
}

// appendReference decodes the reference that s begins with and returns how many bytes of s it takes. What is none is an
// ampersand.
func appendReference(dst, s []byte) ([]byte, int) {
	if len(s) > 2 && s[1] == '#' {
		return appendNumeric(dst, s)
	}
	end := 1
	for end < len(s) && (isLetter(s[end]) || s[end] >= '0' && s[end] <= '9') {
		end++
	}
	name := s[1:end]
	if len(name) > 0 {
		if end < len(s) && s[end] == ';' {
			if text := entities()[string(s[1:end+1])]; text != "" {
				return append(dst, text...), end + 1
			}
		} else if text := entities()[string(name)]; text != "" {
			return append(dst, text...), end
		}
		longest := len(name)
		if end >= len(s) || s[end] != ';' {
			longest--
		}
		for n := min(longest, maxBareEntity); n > 1; n-- {
			if text := entities()[string(name[:n])]; text != "" {
				return append(dst, text...), n + 1
			}
		}
	}
	return append(dst, '&'), 1
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// appendNumeric decodes &#233; or &#xe9;. The semicolon may be missing.
func appendNumeric(dst, s []byte) ([]byte, int) {
	base, i := rune(10), 2
	if s[2]|0x20 == 'x' {
		base, i = 16, 3
	}
	start, r := i, rune(0)
	for ; i < len(s) && isHex(s[i]) && rune(nibble[s[i]]) < base; i++ {
		if r <= utf8.MaxRune {
			r = r*base + rune(nibble[s[i]])
		}
	}
	if i == start {
		return append(dst, '&'), 1
	}
	if i < len(s) && s[i] == ';' {
		i++
	}
	switch {
	case r >= 0x80 && r <= 0x9f:
		r = windows1252[r-0x80]
	case r == 0:
		r = utf8.RuneError
	}
	return utf8.AppendRune(dst, r), i
}

// windows1252 are the characters that numbers from 0x80 to 0x9f stand for.
var windows1252 = [32]rune{
	0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f,
	0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178,
}
