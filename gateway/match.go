package gateway

import (
	"bytes"
	"fmt"
	"sort"
	"strings"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/wire"
)

// noRoute is what find returns when no route matches.
const noRoute = -1

// matchRule is when a route matches.
type matchRule struct {
	conf.Pattern
	preflight bool // the route answers the CORS preflights of its methods
}

// matcher finds the route of a request: among those all of whose conditions hold, the most specific by Pattern.Compare. Its
// cost depends on the request's path and not on the number of routes. It is immutable and safe for concurrent use.
type matcher struct {
	methods *methodTable
	exact   map[string]*pathNode // by host
	wild    map[string]*pathNode // by what follows the "*" of a wildcard
	deepest int                  // how many dots the longest wildcard has
	any     *pathNode            // of routes without a host
}

// matchEntry is a route at the place in the tree where its path ends.
type matchEntry struct {
	route     int
	pattern   conf.Pattern
	headers   []headerCondition
	methods   methodSet
	preflight bool
}

// headerCondition asks for a field with a value; "*" is any value.
type headerCondition struct {
	lower string
	value string
}

// compileMatcher builds the matcher of routes, which are known by their index from here on.
func compileMatcher(rules []matchRule) (*matcher, error) {
	m := &matcher{methods: newMethodTable(), exact: map[string]*pathNode{}, wild: map[string]*pathNode{}}
	for i, rule := range rules {
		if n := len(rule.Params()); n > filters.MaxParams {
			return nil, fmt.Errorf("a path with %d parameters; a route can have %d", n, filters.MaxParams)
		}
		methods, err := m.methods.set(rule.Methods)
		if err != nil {
			return nil, err
		}
		e := matchEntry{route: i, pattern: rule.Pattern, methods: methods, preflight: rule.preflight}
		for name, value := range rule.Headers {
			e.headers = append(e.headers, headerCondition{name, value})
		}
		sort.Slice(e.headers, func(a, b int) bool { return e.headers[a].lower < e.headers[b].lower })
		m.host(rule.Pattern).add(rule.Segments, e)
	}
	for _, trees := range []map[string]*pathNode{m.exact, m.wild, {"": m.any}} {
		for _, tree := range trees {
			tree.finish()
		}
	}
	return m, nil
}

// host returns the tree of a pattern's host.
func (m *matcher) host(p conf.Pattern) *pathNode {
	switch {
	case p.Host == "":
		if m.any == nil {
			m.any = &pathNode{}
		}
		return m.any
	case p.Wild:
		m.deepest = max(m.deepest, strings.Count(p.Host, "."))
		return treeOf(m.wild, p.Host)
	}
	return treeOf(m.exact, p.Host)
}

// find returns the index of the route that a request takes and fills in its path parameters. When there is none it returns
// noRoute and the methods that would have found one: a 405 unless that set is empty.
func (m *matcher) find(r *wire.Request, params *[filters.MaxParams]filters.Offset) (int, methodSet) {
	if r.Target.Asterisk {
		return noRoute, methodSet{}
	}
	s := search{request: r, path: r.Target.Path, method: m.methods.number(r), params: params}
	if r.Method == wire.OPTIONS && r.Has(wire.Origin) {
		if wanted := r.Value(wire.AccessControlRequestMethod); wanted != nil {
			s.preflight, s.method = true, m.methods.numberOf(wanted)
			if route := m.hosts(&s); route != noRoute {
				return route, methodSet{}
			}
			s.preflight, s.method, s.allowed = false, m.methods.number(r), methodSet{}
		}
	}
	return m.hosts(&s), s.allowed
}

// hosts searches the trees of a request's host, the most specific first.
func (m *matcher) hosts(s *search) int {
	host := s.request.Host()
	if n := len(host); n > 1 && host[n-1] == '.' {
		host = host[:n-1] // the DNS root: the same host
	}
	if tree := m.exact[string(host)]; tree != nil {
		if route := s.walk(tree, 1, 0); route != noRoute {
			return route
		}
	}
	if m.deepest > 0 {
		for rest := lastLabels(host, m.deepest); len(rest) > 0; rest = nextDot(rest[1:]) {
			if tree := m.wild[string(rest)]; tree != nil {
				if route := s.walk(tree, 1, 0); route != noRoute {
					return route
				}
			}
		}
	}
	if m.any == nil {
		return noRoute
	}
	return s.walk(m.any, 1, 0)
}

// lastLabels returns the end of host that begins with the n-th dot from behind, or with its first dot when there are fewer.
func lastLabels(host []byte, n int) []byte {
	from := len(host)
	for ; n > 0; n-- {
		dot := bytes.LastIndexByte(host[:from], '.')
		if dot <= 0 {
			break
		}
		from = dot
	}
	return host[from:]
}

// nextDot returns b from its first dot on, nil when there is none.
func nextDot(b []byte) []byte {
	if i := bytes.IndexByte(b, '.'); i >= 0 {
		return b[i:]
	}
	return nil
}

// search is one look-up on its way.
type search struct {
	request   *wire.Request
	path      []byte
	method    uint8
	preflight bool      // only routes that answer preflights are looked at; method is the one that was asked about
	allowed   methodSet // of the routes that only the method kept out
	params    *[filters.MaxParams]filters.Offset
}

// walk searches the tree n for the path from path[at] on, where a segment begins, or, when at is behind the path's end,
// for the routes that end here. It turns back when a branch holds no candidate, and visits no node twice.
func (s *search) walk(n *pathNode, at, params int) int {
	if at > len(s.path) {
		if route := s.choose(n.here); route != noRoute {
			return route
		}
		return s.rest(n, len(s.path), params)
	}
	end := len(s.path)
	if i := bytes.IndexByte(s.path[at:], '/'); i >= 0 {
		end = at + i
	}
	if next := n.literal(s.path[at:end]); next != nil {
		if route := s.walk(next, end+1, params); route != noRoute {
			return route
		}
	}
	if n.param != nil && end > at {
		s.params[params] = filters.Offset{From: uint16(at), To: uint16(end)}
		if route := s.walk(n.param, end+1, params+1); route != noRoute {
			return route
		}
	}
	return s.rest(n, at, params)
}

// rest chooses among the routes that take whatever follows.
func (s *search) rest(n *pathNode, at, params int) int {
	route := s.choose(n.rest)
	if route != noRoute {
		s.params[params] = filters.Offset{From: uint16(at), To: uint16(len(s.path))}
	}
	return route
}

// choose returns the first of entries whose headers and methods fit.
func (s *search) choose(entries []matchEntry) int {
	for i := range entries {
		e := &entries[i]
		if s.preflight && !e.preflight || !s.headersFit(e.headers) {
			continue
		}
		if e.methods.has(s.method) {
			return e.route
		}
		s.allowed.addAll(e.methods)
	}
	return noRoute
}

func (s *search) headersFit(conditions []headerCondition) bool {
	for _, c := range conditions {
		if s.preflight {
			if !s.asksFor(c.lower) {
				return false
			}
			continue
		}
		if !s.hasField(c) {
			return false
		}
	}
	return true
}

// hasField reports whether a field of the condition's name has its value.
func (s *search) hasField(c headerCondition) bool {
	for i := s.request.Find(c.lower); i >= 0; i = s.request.Next(i) {
		if c.value == "*" || string(s.request.ValueAt(i)) == c.value {
			return true
		}
	}
	return false
}

// asksFor reports whether a preflight announces a field. Its value is not known yet.
func (s *search) asksFor(lower string) bool {
	for name := range wire.Tokens(s.request.Value(wire.AccessControlRequestHeaders)) {
		if wire.EqualFold(name, lower) {
			return true
		}
	}
	return false
}
