package wire

import "bytes"

// Target is the one reading of a request target (RFC 9112 section 3.2). Its slices are parts of what was parsed, or of
// memory that belongs to the Target, and are valid until the next Parse or Reset.
//
// The canonical path is what every part of the gateway and the upstream sees, so that nobody can be shown one path and
// another be served. In it (RFC 3986 section 6.2.2)
//
//   - unreserved characters stand decoded, all other encodings have upper-case digits, and a character that may not stand
//     raw in a path is encoded;
//   - no segment is . or .., and empty ones are merged where that is asked for;
//   - %2F, %5C, %25 and parameters stand as they were sent: to decode them would name another resource.
//
// Parsing a canonical path again yields the same path.
type Target struct {
	Path      []byte // begins with "/", or is "*"
	Query     []byte // what is behind "?", as received; nil when there is no "?"
	Authority []byte // of the absolute form, nil otherwise
	Asterisk  bool   // the whole server is meant: OPTIONS *
	Odd       Oddity // what the raw path contained

	buffer []byte // holds the path when it is not a part of the raw target
}

// maxPath is the longest canonical path: offsets into it have 16 bits.
const maxPath = 1<<16 - 1

// maxKeptPath is the largest buffer for a path that a pooled Target keeps.
const maxKeptPath = 16 << 10

// Reset empties the target and keeps its memory, within bounds.
func (t *Target) Reset() {
	buffer := t.buffer
	if cap(buffer) > maxKeptPath {
		buffer = nil
	}
	*t = Target{buffer: buffer}
}

// copyFrom makes t an independent copy of other.
func (t *Target) copyFrom(other *Target) {
	buffer := append(append(append(t.buffer[:0], other.Path...), other.Query...), other.Authority...)
	path, query := len(other.Path), len(other.Path)+len(other.Query)
	*t = Target{Path: buffer[:path:path], Asterisk: other.Asterisk, Odd: other.Odd, buffer: buffer}
	if other.Query != nil {
		t.Query = buffer[path:query:query]
	}
	if other.Authority != nil {
		t.Authority = buffer[query:]
	}
}

// Parse reads a request target: origin form, absolute form with http or https, or the asterisk that OPTIONS may have. What
// has no reading on every side of the gateway is a Fault: bytes that may not stand in a URI, a backslash, userinfo, a
// fragment, a broken encoding, an encoded control, an over-long UTF-8 form, and dot segments that climb above the root. What
// has more than one is noted in Odd.
func (t *Target) Parse(raw []byte, method Method, mergeSlashes bool) Fault {
	t.Path, t.Query, t.Authority, t.Asterisk, t.Odd = nil, nil, nil, false, 0
	path := raw
	switch {
	case len(raw) == 0:
		return TargetForm
	case raw[0] == '/':
	case len(raw) == 1 && raw[0] == '*':
		return t.asterisk(raw, method)
	default:
		n := schemeLength(raw)
		if n == 0 {
			return TargetForm
		}
		authority := raw[n:]
		if i := bytes.IndexAny(authority, "/?#"); i >= 0 {
			authority = authority[:i]
		}
		if !validAuthority(authority) {
			return TargetForm
		}
		t.Authority = authority
		path = raw[n+len(authority):]
		if len(path) == 0 && method == OPTIONS {
			return t.asterisk(asterisk, method) // RFC 9112 section 3.2.4
		}
	}
	n, fault := t.path(path, mergeSlashes)
	if fault != Whole {
		return fault
	}
	if len(t.Path) > maxPath {
		return LongTarget
	}
	if n < len(path) {
		return t.query(path[n+1:])
	}
	return Whole
}

var (
	asterisk = []byte("*")
	root     = []byte("/")
)

func (t *Target) asterisk(path []byte, method Method) Fault {
	if method != OPTIONS {
		return TargetForm
	}
	t.Path, t.Asterisk = path, true
	return Whole
}

// schemeLength returns how long "http://" or "https://" is at the beginning of raw, 0 when it is neither.
func schemeLength(raw []byte) int {
	for _, scheme := range [...]string{"http://", "https://"} {
		if len(raw) >= len(scheme) && EqualFold(raw[:len(scheme)], scheme) {
			return len(scheme)
		}
	}
	return 0
}

// path reads up to the end of the path and returns its length in b. A path that is canonical already is not copied.
func (t *Target) path(b []byte, mergeSlashes bool) (int, Fault) {
	switch {
	case len(b) == 0 || b[0] == '?':
		t.Path = root
		return 0, Whole
	case b[0] != '/':
		return 0, TargetForm
	}
	for i := easyPath(b); i < len(b); i++ {
		switch pathClass[b[i]] {
		case plain:
		case slash:
			if oddSegment(b, i+1) {
				return t.rewrite(b, mergeSlashes)
			}
		case semicolon:
			t.Odd |= OddParameter
		case question:
			t.Path = b[:i:i]
			return i, Whole
		default:
			return t.rewrite(b, mergeSlashes)
		}
	}
	t.Path = b[:len(b):len(b)]
	return len(b), Whole
}

// oddSegment reports whether the segment that begins at b[i] is empty with another behind it, or could be a dot segment.
func oddSegment(b []byte, i int) bool {
	if i == len(b) || b[i] != '/' && b[i] != '.' {
		return false
	}
	return b[i] == '/' || i+1 == len(b) || b[i+1] == '.' || pathClass[b[i+1]] != plain
}

// query keeps the query as it is: what it means is for the application and for the filters that inspect it.
func (t *Target) query(b []byte) Fault {
	if skipVisible(b, 0) != len(b) || bytes.IndexByte(b, '#') >= 0 {
		return TargetForm
	}
	t.Query = b[:len(b):len(b)]
	return Whole
}
