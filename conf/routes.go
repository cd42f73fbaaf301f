package conf

import (
	"slices"
	"strings"
)

// Conflict is a route that can never be chosen, or not for sure.
type Conflict struct {
	Route   string
	Message string
}

// Conflicts finds the routes that tie with another one and those whose every request is taken by more specific ones. Patterns are
// by route name. A tie is reported once, at the route whose name comes later.
func Conflicts(patterns map[string]Pattern) []Conflict {
	var found []Conflict
	shapes := map[string][]string{}
	hosts := map[string]*pathTree{}
	for _, name := range names(patterns) {
		p := patterns[name]
		for _, other := range shapes[p.shape()] {
			if q := patterns[other]; p.Compare(q) == 0 && p.Overlaps(q) {
				found = append(found, Conflict{name, tie(p, q, other)})
				break
			}
		}
		shapes[p.shape()] = append(shapes[p.shape()], name)
		host, _, _ := strings.Cut(p.shape(), "/")
		if hosts[host] == nil {
			hosts[host] = &pathTree{}
		}
		hosts[host].add(p.Segments, name)
	}
	for _, name := range names(patterns) {
		p := patterns[name]
		host, _, _ := strings.Cut(p.shape(), "/")
		c := cover{patterns: patterns, route: p, taken: map[string]bool{}}
		if c.covers([]*pathTree{hosts[host]}, nil, p.Segments, 0) {
			found = append(found, Conflict{name, "the route can never match: every request for it is taken by more specific ones, " + strings.Join(names(c.taken), ", ")})
		}
	}
	return found
}

func tie(p, q Pattern, other string) string {
	what := "the same host and path"
	if shared := commonMethods(p, q); shared != "" {
		what += " for " + shared
	}
	if len(p.Headers) > 0 && slices.Equal(p.sortedHeaders(), q.sortedHeaders()) {
		what += ", under the same header conditions,"
	} else if len(p.Headers) > 0 {
		what += ", under header conditions that a request can meet together,"
	}
	return "the route ties with " + other + ": both match " + what + " and neither is more specific; give one of them other methods, headers or another path"
}

func commonMethods(p, q Pattern) string {
	var shared []string
	for _, m := range p.Methods {
		if slices.Contains(q.Methods, m) {
			shared = append(shared, m)
		}
	}
	return strings.Join(shared, ", ")
}

// pathTree holds the routes of one host by their segments.
type pathTree struct {
	literals map[string]*pathTree
	param    *pathTree
	here     []string // routes whose path ends here
	rest     []string // routes that take anything below
}

func (t *pathTree) add(segments []Segment, route string) {
	for _, s := range segments {
		switch s.Kind {
		case Rest:
			t.rest = append(t.rest, route)
			return
		case Param:
			if t.param == nil {
				t.param = &pathTree{}
			}
			t = t.param
		default:
			if t.literals == nil {
				t.literals = map[string]*pathTree{}
			}
			if t.literals[s.Text] == nil {
				t.literals[s.Text] = &pathTree{}
			}
			t = t.literals[s.Text]
		}
	}
	t.here = append(t.here, route)
}

// cover is the question whether more specific routes take everything that a route matches.
type cover struct {
	patterns map[string]Pattern
	route    Pattern
	taken    map[string]bool // the routes that take some of it
}

// covers walks the paths that the remaining segments of the route match. At are the places in the tree where other routes stand
// after depth segments, rest the routes that take whatever follows. A {name} is followed with a value that nobody spells out:
// whoever takes that takes every value.
func (c *cover) covers(at []*pathTree, rest []string, segments []Segment, depth int) bool {
	for _, t := range at {
		rest = append(rest[:len(rest):len(rest)], t.rest...)
	}
	if len(segments) == 0 {
		for _, t := range at {
			rest = append(rest[:len(rest):len(rest)], t.here...)
		}
		return c.taking(rest)
	}
	s := segments[0]
	switch s.Kind {
	case Literal:
		return c.covers(step(at, s.Text), rest, segments[1:], depth+1)
	case Param:
		return c.covers(step(at, "\x00"), rest, segments[1:], depth+1)
	}
	if len(at) == 0 {
		return c.taking(rest)
	}
	below := step(at, "\x00")
	bare := depth == 0 || c.covers(at, rest, nil, depth) // every path begins with a slash
	return bare && c.covers(step(at, ""), rest, nil, depth+1) && c.covers(below, rest, nil, depth+1) && c.covers(below, rest, segments, depth+1)
}

// step returns where routes stand after one more segment.
func step(at []*pathTree, text string) []*pathTree {
	var next []*pathTree
	for _, t := range at {
		if l := t.literals[text]; l != nil {
			next = append(next, l)
		}
		if t.param != nil && text != "" {
			next = append(next, t.param)
		}
	}
	return next
}

// taking reports whether the more specific ones of some routes, all of which match a path, take every request for it.
func (c *cover) taking(routes []string) bool {
	var better []string
	for _, name := range routes {
		if p := c.patterns[name]; p.Compare(c.route) < 0 && c.route.impliesHeaders(p) {
			better = append(better, name)
		}
	}
	methods := c.route.Methods
	if methods == nil {
		methods = []string{"\x00"}
	}
	for _, m := range methods {
		i := slices.IndexFunc(better, func(name string) bool {
			ms := c.patterns[name].Methods
			return ms == nil || slices.Contains(ms, m)
		})
		if i < 0 {
			return false
		}
		c.taken[better[i]] = true
	}
	return true
}
