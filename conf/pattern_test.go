package conf

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestParsePath(t *testing.T) {
	f := func(path, want string) {
		t.Helper()
		segments, err := ParsePath(path)
		got := fmt.Sprint(segments)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", path, got, want)
		}
	}
	f("/", "[{0 }]")
	f("/a", "[{0 a}]")
	f("/a/", "[{0 a} {0 }]")
	f("/a/*", "[{0 a} {2 }]")
	f("/{x}/b", "[{1 x} {0 b}]")
	f("/a%20b/c;d=1", "[{0 a%20b} {0 c;d=1}]")
	f("/é", `"/é" never matches: "\xc3" stands in a path as %C3`)
	f("/%c3%a9", `"/%c3%a9" never matches: %c3 is %C3 in canonical form`)
	f("/%zz", `"/%zz" never matches: "%" is followed by two hexadecimal digits`)
	f("", `"" is not a path; write "/"`)
}

func TestParseHost(t *testing.T) {
	f := func(s, wantHost string, wantWild, good bool) {
		t.Helper()
		host, wild, err := ParseHost(s)
		if (err == nil) != good || good && (host != wantHost || wild != wantWild) {
			t.Errorf("%q: got %q, %v, %v", s, host, wild, err)
		}
	}
	f("", "", false, true)
	f("api.example.com", "api.example.com", false, true)
	f("*.example.com", ".example.com", true, true)
	f("[2001:db8::1]", "[2001:db8::1]", false, true)
	f("127.0.0.1", "127.0.0.1", false, true)
	f("*", "", false, false)
	f("*.*.com", "", false, false)
	f("a..b", "", false, false)
	f("-a.b", "", false, false)
	f("a.b:80", "", false, false)
	f("[2001:db8::1]:80", "", false, false)
	f("A.b", "", false, false)
	f("a/b", "", false, false)
	f(strings.Repeat("a", 64)+".b", "", false, false)
}

func TestCompare(t *testing.T) {
	f := func(first, second Match) {
		t.Helper()
		p, err := first.Pattern()
		q, err2 := second.Pattern()
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if p.Compare(q) >= 0 || q.Compare(p) <= 0 {
			t.Errorf("%+v is not before %+v", first, second)
		}
	}
	f(Match{Host: "z.example.com", Path: "/*"}, Match{Host: "*.example.com", Path: "/a"})
	f(Match{Host: "*.a.example.com", Path: "/*"}, Match{Host: "*.example.com", Path: "/a"})
	f(Match{Host: "*.example.com", Path: "/*"}, Match{Path: "/a"})
	f(Match{Path: "/a/{x}"}, Match{Path: "/{x}/b"})
	f(Match{Path: "/a/b"}, Match{Path: "/a/{x}"})
	f(Match{Path: "/a/{x}"}, Match{Path: "/a/*"})
	f(Match{Path: "/a", Headers: map[string]string{"X": "1"}}, Match{Path: "/a", Methods: []string{"GET"}})
	f(Match{Path: "/a", Headers: map[string]string{"X": "1"}}, Match{Path: "/a", Headers: map[string]string{"Y": "*"}})
	f(Match{Path: "/a", Methods: []string{"GET"}}, Match{Path: "/a"})
}

// matches is what Pattern means, said as simply as possible.
func (p Pattern) matches(host, path, method string, headers map[string]string) bool {
	switch {
	case p.Wild && !(strings.HasSuffix(host, p.Host) && len(host) > len(p.Host)):
		return false
	case !p.Wild && p.Host != "" && host != p.Host:
		return false
	case p.Methods != nil && !slices.Contains(p.Methods, method):
		return false
	}
	for name, value := range p.Headers {
		if got, there := headers[name]; !there || value != "*" && got != value {
			return false
		}
	}
	segments := strings.Split(path[1:], "/")
	for i, s := range p.Segments {
		switch {
		case s.Kind == Rest:
			return true
		case i >= len(segments), s.Kind == Literal && segments[i] != s.Text, s.Kind == Param && segments[i] == "":
			return false
		}
	}
	return len(segments) == len(p.Segments)
}

// TestConflictsAgainstAllRequests draws small sets of routes and asks every request that can tell them apart: a route is unreachable
// when it wins none of those that it matches, and two routes tie when a request has both as its most specific. (Two that are the same
// are said to tie also when more specific ones leave them nothing.)
func TestConflictsAgainstAllRequests(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	var paths []string
	for _, a := range []string{"a", "b", "f", ""} {
		paths = append(paths, "/"+a)
		for _, b := range []string{"a", "b", "f", ""} {
			if a != "" {
				paths = append(paths, "/"+a+"/"+b)
			}
			for _, c := range []string{"a", "f", ""} {
				if a != "" && b != "" {
					paths = append(paths, "/"+a+"/"+b+"/"+c, "/"+a+"/"+b+"/f/"+c)
				}
			}
		}
	}
	headerSets := []map[string]string{{}, {"x": "1"}, {"x": "2"}, {"x": "f"}, {"y": "1"}, {"x": "1", "y": "1"}, {"x": "f", "y": "1"}, {"x": "2", "y": "1"}}
	for range 400 {
		patterns := map[string]Pattern{}
		for i := range 2 + r.IntN(6) {
			m := Match{Path: pick("/", "/a", "/{p}", "/*", "/a/", "/a/*", "/a/b", "/a/{p}", "/{p}/a", "/{p}/*", "/{p}/", "/{p}/{q}", "/{p}/{q}/*")}
			m.Host = pick("", "", "", "h.x", "*.x")
			if r.IntN(3) == 0 {
				m.Methods = [][]string{{"GET"}, {"POST"}, {"GET", "POST"}}[r.IntN(3)]
			}
			if r.IntN(4) == 0 {
				m.Headers = []map[string]string{{"x": "1"}, {"x": "2"}, {"x": "*"}, {"y": "1"}, {"x": "1", "y": "1"}}[r.IntN(5)]
			}
			p, err := m.Pattern()
			if err != nil {
				t.Fatal(err)
			}
			patterns[fmt.Sprintf("r%d %s%s %v %v", i, m.Host, m.Path, m.Methods, m.Headers)] = p
		}
		wins, ties := map[string]bool{}, map[string]bool{}
		for _, host := range []string{"h.x", "f.x", "f"} {
			for _, path := range paths {
				for _, method := range []string{"GET", "POST", "F"} {
					for _, headers := range headerSets {
						judge(patterns, wins, ties, host, path, method, headers)
					}
				}
			}
		}
		reported := map[string]bool{}
		for _, c := range Conflicts(patterns) {
			reported[c.Route] = true
			unreachable := strings.Contains(c.Message, "never match")
			if unreachable && wins[c.Route] {
				t.Fatalf("%q is called unreachable and is not: %s\n%s", c.Route, c.Message, strings.Join(names(patterns), "\n"))
			}
			if !unreachable && !ties[c.Route] && wins[c.Route] {
				t.Fatalf("%q is said to tie and does not: %s\n%s", c.Route, c.Message, strings.Join(names(patterns), "\n"))
			}
		}
		for name := range patterns {
			if !wins[name] && !ties[name] && !reported[name] {
				t.Fatalf("%q is unreachable and nobody says so\n%s", name, strings.Join(names(patterns), "\n"))
			}
		}
		if len(ties) > 0 && len(reported) == 0 {
			t.Fatalf("%v tie and nobody says so", names(ties))
		}
	}
}

// judge notes who wins a request, or who ties for it.
func judge(patterns map[string]Pattern, wins, ties map[string]bool, host, path, method string, headers map[string]string) {
	var best []string
	for name, p := range patterns {
		if !p.matches(host, path, method, headers) {
			continue
		}
		switch {
		case len(best) == 0 || p.Compare(patterns[best[0]]) < 0:
			best = []string{name}
		case p.Compare(patterns[best[0]]) == 0:
			best = append(best, name)
		}
	}
	for _, name := range best {
		wins[name] = true
		if len(best) > 1 {
			ties[name] = true
		}
	}
}

// BenchmarkLoad loads a configuration of ten thousand routes.
func BenchmarkLoad(b *testing.B) {
	var text strings.Builder
	text.WriteString("schema = 1\n[listeners.public]\naddress = \":8080\"\n[upstreams.app]\nnodes = { a = \"127.0.0.1:9000\" }\n[policies.base]\nrate = { key = \"client.ip\", limit = \"5/s\" }\n")
	for i := range 10000 {
		fmt.Fprintf(&text, "[routes.r%d]\nmatch = { host = \"h%d.example.com\", path = \"/v1/s%d/{id}/*\", methods = [\"GET\"] }\nauth = \"anonymous\"\nuse = [\"base\"]\nto = \"app\"\n", i, i%100, i)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Parse("bench.toml", []byte(text.String())); err != nil {
			b.Fatal(err)
		}
	}
}
