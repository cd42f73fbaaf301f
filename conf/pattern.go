package conf

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Pattern is a Match taken apart. Matching and the checks for ties and unreachable routes work on it, so that they agree.
//
// A request's candidates are the routes all of whose conditions hold: host, path, methods and headers. The least by Compare wins.
type Pattern struct {
	Host     string // in lower case; of a wildcard, what follows the "*", such as ".example.com"; "" for all hosts
	Wild     bool   // Host is below a wildcard: at least one label stands before it
	Segments []Segment
	Methods  []string          // sorted; nil for all
	Headers  map[string]string // by name in lower case: the field is there and has this value, or any when it is "*"
}

// SegmentKind is what a segment of a path pattern matches.
type SegmentKind uint8

// The kinds of segments, the most specific first.
const (
	Literal SegmentKind = iota // exactly Text; the last one of "/a/" is ""
	Param                      // {name}: one segment that is not empty
	Rest                       // the trailing *: anything, also nothing, and then the slash before it may be missing
)

// Segment is what stands after one slash of a path pattern.
type Segment struct {
	Kind SegmentKind
	Text string // of a literal its text in canonical form, of a param its name
}

// Pattern returns the match taken apart. The error says what is wrong with its host or its path.
func (m Match) Pattern() (Pattern, error) {
	p := Pattern{Methods: slices.Compact(slices.Sorted(slices.Values(m.Methods))), Headers: make(map[string]string, len(m.Headers))}
	for name, value := range m.Headers {
		p.Headers[strings.ToLower(name)] = value
	}
	var err error
	if p.Host, p.Wild, err = ParseHost(m.Host); err != nil {
		return p, err
	}
	p.Segments, err = ParsePath(m.Path)
	return p, err
}

// ParseHost reads a host pattern: "api.example.com", "*.example.com", an address, or "" for all hosts.
func ParseHost(s string) (host string, wild bool, err error) {
	if s == "" {
		return "", false, nil
	}
	host, wild = strings.CutPrefix(s, "*")
	if wild && !strings.HasPrefix(host, ".") {
		return "", false, fmt.Errorf(`%q is not a host; a wildcard stands for whole labels, such as "*.example.com"`, s)
	}
	name := strings.TrimPrefix(host, ".")
	switch {
	case strings.Contains(name, "*"):
		return "", false, fmt.Errorf(`%q is not a host; a wildcard stands once, at the front, such as "*.example.com"`, s)
	case strings.ToLower(s) != s:
		return "", false, fmt.Errorf("%q never matches, hosts are compared in lower case; write %q", s, strings.ToLower(s))
	case strings.HasPrefix(name, "["):
		if wild || !isIPv6Literal(name) {
			return "", false, fmt.Errorf(`%q is not a host; an IPv6 address is written "[2001:db8::1]"`, s)
		}
	case strings.Contains(name, ":"):
		return "", false, fmt.Errorf("%q never matches, hosts are compared without the port; write %q", s, s[:strings.IndexByte(s, ':')])
	case !isHostname(name):
		return "", false, fmt.Errorf(`%q is not a host; write one such as "api.example.com" or "*.example.com"`, s)
	}
	return host, wild, nil
}

// isHostname reports whether s is labels of letters, digits, dashes and underscores.
func isHostname(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if c := label[i]; !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
				return false
			}
		}
	}
	return true
}

// ParsePath reads a path pattern: "/v1/orders", "/v1/orders/{id}" or "/v1/*".
func ParsePath(s string) ([]Segment, error) {
	if !strings.HasPrefix(s, "/") {
		return nil, fmt.Errorf("%q is not a path; write %q", s, "/"+strings.TrimPrefix(s, "./"))
	}
	parts := strings.Split(s[1:], "/")
	segments := make([]Segment, 0, len(parts))
	seen := map[string]bool{}
	for i, part := range parts {
		last := i == len(parts)-1
		switch {
		case part == "*" && last:
			segments = append(segments, Segment{Kind: Rest})
		case strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}"):
			name := part[1 : len(part)-1]
			if !isName(name) {
				return nil, fmt.Errorf(`%q: %q does not name a segment; write one such as "{id}"`, s, part)
			}
			if seen[name] {
				return nil, fmt.Errorf("%q names two segments {%s}", s, name)
			}
			seen[name] = true
			segments = append(segments, Segment{Param, name})
		case strings.Contains(part, "*"):
			return nil, fmt.Errorf(`%q: "*" stands alone at the end, such as "/v1/*"; {name} is for one segment`, s)
		case strings.ContainsAny(part, "{}"):
			return nil, fmt.Errorf("%q: {name} is a whole segment, between two slashes", s)
		default:
			if why := neverInPath(part, last); why != "" {
				return nil, fmt.Errorf("%q never matches: %s", s, why)
			}
			segments = append(segments, Segment{Literal, part})
		}
	}
	return segments, nil
}

// neverInPath says why a segment cannot stand in a canonical path, "" when it can.
func neverInPath(segment string, last bool) string {
	switch {
	case segment == "." || segment == "..":
		return "dot segments are resolved or refused before routing"
	case segment == "" && !last:
		return "empty segments are merged or refused before routing"
	}
	for i := 0; i < len(segment); i++ {
		switch c := segment[i]; {
		case c == '?' || c == '#':
			return "a path ends before ? and #"
		case c <= ' ' || c == 0x7f || c >= 0x80 || strings.IndexByte("\"<>[]\\^`|", c) >= 0:
			return fmt.Sprintf("%q stands in a path as %%%02X", segment[i:i+1], c)
		case c == '%':
			if i+2 >= len(segment) || !isHex(segment[i+1]) || !isHex(segment[i+2]) {
				return `"%" is followed by two hexadecimal digits`
			}
			code := unhex(segment[i+1])<<4 | unhex(segment[i+2])
			if isUnreserved(code) {
				return fmt.Sprintf("%s is %q in canonical form", segment[i:i+3], string(code))
			}
			if upper := strings.ToUpper(segment[i : i+3]); upper != segment[i:i+3] {
				return fmt.Sprintf("%s is %s in canonical form", segment[i:i+3], upper)
			}
			i += 2
		}
	}
	return ""
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// isUnreserved reports whether c is an unreserved character of RFC 3986 section 2.3.
func isUnreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// Compare says which of two patterns is more specific: negative when p is, 0 when neither is. In order: an exact host before the
// longer wildcard before the shorter one before all hosts; then segment by segment a literal before {name} before the rest; then
// more header conditions, and of as many, more that name a value; then methods before none.
func (p Pattern) Compare(q Pattern) int {
	return cmp.Or(
		cmp.Compare(p.hostRank(), q.hostRank()),
		cmp.Compare(len(q.Host), len(p.Host)),
		strings.Compare(p.Host, q.Host),
		slices.CompareFunc(p.Segments, q.Segments, Segment.compare),
		cmp.Compare(len(q.Headers), len(p.Headers)),
		cmp.Compare(q.values(), p.values()),
		cmp.Compare(p.methodRank(), q.methodRank()),
	)
}

func (p Pattern) hostRank() int {
	switch {
	case p.Host == "":
		return 2
	case p.Wild:
		return 1
	}
	return 0
}

// values counts the header conditions that name a value.
func (p Pattern) values() int {
	n := 0
	for _, value := range p.Headers {
		if value != "*" {
			n++
		}
	}
	return n
}

func (p Pattern) methodRank() int {
	if p.Methods == nil {
		return 1
	}
	return 0
}

func (s Segment) compare(t Segment) int {
	if s.Kind == Literal && t.Kind == Literal {
		return strings.Compare(s.Text, t.Text)
	}
	return cmp.Compare(s.Kind, t.Kind)
}

// Overlaps reports whether p and q, equal in Compare, can both match one request.
func (p Pattern) Overlaps(q Pattern) bool {
	for name, value := range p.Headers {
		if other, both := q.Headers[name]; both && other != value && other != "*" && value != "*" {
			return false
		}
	}
	if p.Methods == nil || q.Methods == nil {
		return true
	}
	return slices.ContainsFunc(p.Methods, func(m string) bool { return slices.Contains(q.Methods, m) })
}

// impliesHeaders reports whether a request that meets p's header conditions meets q's.
func (p Pattern) impliesHeaders(q Pattern) bool {
	for name, value := range q.Headers {
		if own, ok := p.Headers[name]; !ok || own != value && value != "*" {
			return false
		}
	}
	return true
}

// Params returns the names of the {name} segments, and "*" for the rest.
func (p Pattern) Params() []string {
	var params []string
	for _, s := range p.Segments {
		switch s.Kind {
		case Param:
			params = append(params, s.Text)
		case Rest:
			params = append(params, "*")
		}
	}
	return params
}

// shape is a text that two patterns share when they have the same host and path, whatever their params are called.
func (p Pattern) shape() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%t%s", p.Wild, p.Host)
	for _, s := range p.Segments {
		switch s.Kind {
		case Literal:
			b.WriteString("/" + s.Text)
		case Param:
			b.WriteString("/{}")
		case Rest:
			b.WriteString("/*")
		}
	}
	return b.String()
}

// sortedHeaders returns the names of the header conditions.
func (p Pattern) sortedHeaders() []string { return slices.Sorted(maps.Keys(p.Headers)) }

// isName reports whether s may name a thing of the configuration: it goes into references, metrics and logs as it is.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || i > 0 && (c == '-' || c == '_' || c == '.')) {
			return false
		}
	}
	return s != "" && len(s) <= 128
}
