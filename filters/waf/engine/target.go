package engine

import (
	"bytes"
	"net/url"
)

// parsedTarget is what rules see of a request target.
type parsedTarget struct {
	uri   []byte // REQUEST_URI: written again from its parts
	path  []byte // decoded
	query []byte
}

// parseTarget takes a target apart as net/url does for a request line. ok is false for one that net/url refuses.
func (t *Tx) parseTarget(target []byte) (u parsedTarget, ok bool) {
	if len(target) == 0 || target[0] != '/' {
		return t.parseOtherTarget(target)
	}
	raw, query, hasQuery := bytes.Cut(target, questionMark)
	for _, c := range target {
		if c < ' ' || c == 0x7f {
			return u, false
		}
	}
	escaped, written := false, true
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '%':
			if i+2 >= len(raw) || !isHex(raw[i+1]) || !isHex(raw[i+2]) {
				return u, false
			}
			escaped = true
			i += 2
		case !pathByte[c]:
			written = false
		}
	}
	u = parsedTarget{uri: target, path: raw, query: query}
	if escaped {
		u.path = t.unescapePath(raw)
	}
	if !written {
		u.uri = t.writeTarget(u.path, query, hasQuery)
	}
	return u, true
}

// pathByte are the bytes that net/url leaves alone in a path that it writes. The brackets it only keeps where they are.
var pathByte = func() (set [256]bool) {
	for c := range set {
		set[c] = c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' && c < 0x80
	}
	for _, c := range []byte("-_.~!$&'()*+,;=:@/[]") {
		set[c] = true
	}
	return set
}()

func (t *Tx) unescapePath(s []byte) []byte {
	t.arena.reserve(len(s))
	mark := t.arena.begin()
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
		}
		t.arena.buf = append(t.arena.buf, c)
	}
	return t.arena.end(mark)
}

// writeTarget writes a target whose path has to be escaped anew.
func (t *Tx) writeTarget(path, query []byte, hasQuery bool) []byte {
	const digits = "0123456789ABCDEF"
	t.arena.reserve(3*len(path) + 1 + len(query))
	mark := t.arena.begin()
	for _, c := range path {
		if pathByte[c] && bytes.IndexByte([]byte("!'()*;[]"), c) < 0 || c == ';' {
			t.arena.buf = append(t.arena.buf, c)
		} else {
			t.arena.buf = append(t.arena.buf, '%', digits[c>>4], digits[c&15])
		}
	}
	if hasQuery {
		t.arena.buf = append(t.arena.buf, '?')
		t.arena.append(query)
	}
	return t.arena.end(mark)
}

// parseOtherTarget handles absolute targets, "*" and what is neither. It allocates: a gateway refuses or rewrites these.
func (t *Tx) parseOtherTarget(target []byte) (u parsedTarget, ok bool) {
	parsed, err := url.ParseRequestURI(string(target))
	if err != nil {
		return u, false
	}
	return parsedTarget{uri: []byte(parsed.String()), path: []byte(parsed.Path), query: []byte(parsed.RawQuery)}, true
}
