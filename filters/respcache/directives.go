package respcache

import (
	"bytes"

	"sallyport/internal/wire"
)

// maxSeconds stands for every longer time (RFC 9111 section 1.2.2).
const maxSeconds = 1 << 31

var anySeconds = []byte("2147483648")

// directives are what a Cache-Control field, or a targeted field in its place, asks of a shared cache. A request's and an
// answer's directives share the names that they have in common.
type directives struct {
	maxAge, sMaxAge                   seconds
	staleIfError                      seconds
	staleWhileRevalidate              seconds // answers only
	minFresh                          seconds // requests only
	maxStale                          seconds // requests only; without a value any staleness will do
	noStore, noCache, private, public bool
	mustRevalidate, proxyRevalidate   bool
	mustUnderstand, onlyIfCached      bool

	// The field names of no-cache="..." and private="...", lists in the answer's head. With a name, the directive is
	// about these fields only and noCache or private is not set.
	noCacheFields, privateFields []byte

	malformed bool // a quoted string without an end: what it hides is not known
}

// seconds is a directive's delta-seconds.
type seconds struct {
	given bool
	bad   bool // given, and no delta-seconds
	n     int64
}

// parseDirectives reads all lines of Cache-Control (RFC 9111 section 5.2). Of a directive that stands more than once the
// first counts (section 4.2.1); one that can only restrict counts wherever it stands. The slices in d are parts of h.
func parseDirectives(d *directives, h *wire.Head) {
	for i := h.First(wire.CacheControl); i >= 0; i = h.Next(i) {
		d.parse(h.ValueAt(i))
	}
}

func (d *directives) parse(list []byte) {
	for len(list) > 0 {
		end, closed := memberEnd(list)
		if !closed {
			d.malformed = true
		}
		d.member(wire.TrimOWS(list[:end]))
		list = list[min(end+1, len(list)):]
	}
}

// memberEnd returns where the first member of a list ends: at the first comma outside of a quoted string. Without the
// closing quote that is the first comma of all, and closed is false.
func memberEnd(list []byte) (end int, closed bool) {
	for i := 0; i < len(list); i++ {
		switch list[i] {
		case ',':
			return i, true
		case '"':
			for i++; i < len(list) && list[i] != '"'; i++ {
				if list[i] == '\\' {
					i++
				}
			}
			if i >= len(list) {
				if end = bytes.IndexByte(list, ','); end < 0 {
					end = len(list)
				}
				return end, false
			}
		}
	}
	return len(list), true
}

// member reads one directive: a name, and "=" and an argument, with nothing in between.
func (d *directives) member(m []byte) {
	n := 0
	for n < len(m) && isTokenByte(m[n]) {
		n++
	}
	name, arg := m[:n], argument{}
	if n < len(m) {
		arg.given = true
		if m[n] == '=' {
			arg.text = unquote(m[n+1:])
		} else {
			arg.text = m[n:] // malformed; no argument that is asked for looks like this
			arg.bad = true
		}
	}
	d.set(name, arg)
}

// argument is what follows a directive's name.
type argument struct {
	given bool
	bad   bool   // not behind "="
	text  []byte // without the quotes of a quoted string
}

func (d *directives) set(name []byte, arg argument) {
	switch {
	case wire.EqualFold(name, "max-age"):
		d.maxAge.set(arg)
	case wire.EqualFold(name, "s-maxage"):
		d.sMaxAge.set(arg)
	case wire.EqualFold(name, "stale-while-revalidate"):
		d.staleWhileRevalidate.set(arg)
	case wire.EqualFold(name, "stale-if-error"):
		d.staleIfError.set(arg)
	case wire.EqualFold(name, "min-fresh"):
		d.minFresh.set(arg)
	case wire.EqualFold(name, "max-stale"):
		if !arg.given {
			arg = argument{given: true, text: anySeconds}
		}
		d.maxStale.set(arg)
	case wire.EqualFold(name, "no-store"):
		d.noStore = true
	case wire.EqualFold(name, "no-cache"):
		setFields(&d.noCache, &d.noCacheFields, arg)
	case wire.EqualFold(name, "private"):
		setFields(&d.private, &d.privateFields, arg)
	case wire.EqualFold(name, "public"):
		d.public = true
	case wire.EqualFold(name, "must-revalidate"):
		d.mustRevalidate = true
	case wire.EqualFold(name, "proxy-revalidate"):
		d.proxyRevalidate = true
	case wire.EqualFold(name, "must-understand"):
		d.mustUnderstand = true
	case wire.EqualFold(name, "only-if-cached"):
		d.onlyIfCached = true
	}
}

// setFields reads no-cache and private: with field names they are about these fields only, without, or with an argument
// that names none, about the answer. Two lists of names cannot be joined without memory, so they count as no list.
func setFields(all *bool, fields *[]byte, arg argument) {
	if !arg.given || arg.bad || *fields != nil || !isFieldList(arg.text) {
		*all = true
		return
	}
	*fields = arg.text
}

func isFieldList(list []byte) bool {
	found := false
	for name := range wire.Tokens(list) {
		if !wire.IsToken(name) {
			return false
		}
		found = true
	}
	return found
}

// set reads delta-seconds (RFC 9111 section 1.2.2), also from a quoted string; the first of several counts.
func (s *seconds) set(arg argument) {
	if s.given {
		return
	}
	s.given = true
	n, ok := parseSeconds(arg.text)
	s.n, s.bad = n, !ok || arg.bad
}

// parseSeconds reads 1*DIGIT; more than 2^31 is 2^31.
func parseSeconds(b []byte) (int64, bool) {
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = min(n*10+int64(c-'0'), maxSeconds)
	}
	return n, len(b) > 0
}

// unquote returns what is between the quotes of a quoted string, and anything else as it is. Nothing that is looked for
// needs a quoted pair, so those stay.
func unquote(b []byte) []byte {
	if len(b) >= 2 && b[0] == '"' && b[len(b)-1] == '"' {
		return b[1 : len(b)-1]
	}
	return b
}

var tokenBytes = func() (t [256]bool) {
	for i := range t {
		t[i] = wire.IsToken([]byte{byte(i)})
	}
	return t
}()

func isTokenByte(c byte) bool { return tokenBytes[c] }
