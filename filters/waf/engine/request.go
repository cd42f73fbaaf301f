package engine

import (
	"bytes"

	"sallyport/filters/waf/seclang"
)

// RequestLine gives the method, the target as it was received, and the protocol ("HTTP/1.1").
func (t *Tx) RequestLine(method, target, protocol []byte) {
	t.scalars[seclang.RequestMethod] = method
	t.scalars[seclang.RequestProtocol] = protocol
	t.scalars[seclang.RequestURIRaw] = target

	t.arena.reserve(len(method) + len(target) + len(protocol) + 2)
	mark := t.arena.begin()
	t.arena.append(method)
	t.arena.buf = append(t.arena.buf, ' ')
	t.arena.append(target)
	t.arena.buf = append(t.arena.buf, ' ')
	t.arena.append(protocol)
	t.scalars[seclang.RequestLine] = t.arena.end(mark)

	if i := bytes.IndexByte(target, '#'); i >= 0 {
		target = target[:i]
	}
	u, ok := t.parseTarget(target)
	if !ok {
		// Rules still see the parts of a target that no parser takes.
		t.scalars[seclang.URIParseError] = one
		u.uri = target
		u.path, u.query, _ = bytes.Cut(target, questionMark)
	}
	t.scalars[seclang.RequestURI] = u.uri
	t.scalars[seclang.RequestFilename] = u.path
	t.scalars[seclang.RequestBasename] = u.path
	if i := bytes.LastIndexAny(u.path, `/\`); i >= 0 && i+1 < len(u.path) {
		t.scalars[seclang.RequestBasename] = u.path[i+1:]
	}
	t.scalars[seclang.QueryString] = u.query
	t.addForm(argsGet, u.query)
}

var questionMark = []byte("?")

// RequestHeader gives one field, in the order of the wire.
func (t *Tx) RequestHeader(name, value []byte) {
	if len(name) == 0 {
		return
	}
	t.add(requestHeaders, name, value)
	e := &t.cols[requestHeaders][len(t.cols[requestHeaders])-1]
	switch string(e.folded) {
	case "content-type":
		if t.count(requestHeaders, "content-type") == 1 {
			t.chooseProcessor(value)
		}
	case "cookie":
		t.addCookies(value)
	}
}

// chooseProcessor picks the body's parser by the first Content-Type field.
func (t *Tx) chooseProcessor(value []byte) {
	folded := bytes.TrimSpace(t.fold(value))
	switch {
	case bytes.HasPrefix(folded, formType):
		t.scalars[seclang.ReqbodyProcessor] = urlencoded
	case bytes.HasPrefix(folded, multipartType):
		t.scalars[seclang.ReqbodyProcessor] = multipartForms
	}
}

// Media types with a body processor of their own, and the names of these.
var (
	formType       = []byte("application/x-www-form-urlencoded")
	multipartType  = []byte("multipart/form-data")
	urlencoded     = []byte("URLENCODED")
	multipartForms = []byte("MULTIPART")
)

// count returns how many members of a collection have a key in lower case.
func (t *Tx) count(c collection, key string) int {
	n := 0
	for i := range t.cols[c] {
		if string(t.cols[c][i].folded) == key {
			n++
		}
	}
	return n
}

// header returns the first request field with a name in lower case.
func (t *Tx) header(name string) []byte {
	for i := range t.cols[requestHeaders] {
		if e := &t.cols[requestHeaders][i]; string(e.folded) == name {
			return e.value
		}
	}
	return nil
}

// addForm adds the pairs of a query or of a form, decoded, up to the limit of arguments.
func (t *Tx) addForm(c collection, s []byte) {
	left := t.p.set.ArgumentsLimit - len(t.cols[c])
	for len(s) > 0 {
		pair := s
		if i := bytes.IndexByte(s, '&'); i >= 0 {
			pair, s = s[:i], s[i+1:]
		} else {
			s = nil
		}
		if len(pair) == 0 {
			continue
		}
		if left <= 0 {
			t.scalars[seclang.ArgumentsLimitReached] = one
			return
		}
		left--
		key, value, _ := bytes.Cut(pair, equalsSign)
		t.add(c, t.unescapeForm(key), t.unescapeForm(value))
	}
}

var equalsSign = []byte("=")

// unescapeForm decodes + and %XX. What is no valid escape stays.
func (t *Tx) unescapeForm(s []byte) []byte {
	if bytes.IndexByte(s, '%') < 0 && bytes.IndexByte(s, '+') < 0 {
		return s
	}
	t.arena.reserve(len(s))
	mark := t.arena.begin()
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
		}
		t.arena.buf = append(t.arena.buf, c)
	}
	return t.arena.end(mark)
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// unhex returns the value of a hexadecimal digit.
func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// addCookies adds the cookies of one Cookie field. Names and values lose the control characters and spaces around them; a
// pair with nothing left is no cookie.
func (t *Tx) addCookies(s []byte) {
	for len(s) > 0 {
		var part []byte
		part, s, _ = bytes.Cut(s, semicolon)
		name, value, _ := bytes.Cut(trimControls(part), equalsSign)
		name, value = trimControls(name), trimControls(value)
		if len(name) > 0 || len(value) > 0 {
			t.add(requestCookies, name, value)
		}
	}
}

var semicolon = []byte(";")

func trimControls(b []byte) []byte {
	for len(b) > 0 && (b[0] <= ' ' || b[0] == 0x7f) {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] <= ' ' || b[len(b)-1] == 0x7f) {
		b = b[:len(b)-1]
	}
	return b
}

// setPathArg sets a member of ARGS_PATH.
func (t *Tx) setPathArg(name, value []byte) {
	folded := t.fold(name)
	for i := range t.cols[argsPath] {
		if e := &t.cols[argsPath][i]; bytes.Equal(e.folded, folded) {
			*e = entry{key: name, folded: folded, value: value}
			return
		}
	}
	t.add(argsPath, name, value)
}
