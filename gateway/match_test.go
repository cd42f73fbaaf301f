package gateway

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/wire"
)

// testRequest parses "METHOD [host]/path" with further field lines behind it.
func testRequest(t testing.TB, line string, fields ...string) *wire.Request {
	t.Helper()
	method, target, _ := strings.Cut(line, " ")
	host, path := target, ""
	if i := strings.IndexByte(target, '/'); i >= 0 {
		host, path = target[:i], target[i:]
	} else if target == "*" {
		host, path = "", "*"
	}
	if host == "" {
		host = "unknown.example"
	}
	raw := method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + strings.Join(append(fields, ""), "\r\n") + "\r\n"
	var r wire.Request
	lim := wire.Limits{Head: 1 << 20, Target: 1 << 16, Fields: 100, MergeSlashes: true}
	if n, fault := r.Parse([]byte(raw), &lim); fault != wire.Whole || n != len(raw) {
		t.Fatalf("%q: %d of %d bytes, %v", raw, n, len(raw), fault)
	}
	return &r
}

// testRule reads "[METHODS ][host]/path[ Name=value...]".
func testRule(t testing.TB, s string) matchRule {
	t.Helper()
	var match conf.Match
	words := strings.Fields(s)
	if !strings.Contains(words[0], "/") {
		match.Methods = strings.Split(words[0], ",")
		words = words[1:]
	}
	slash := strings.IndexByte(words[0], '/')
	match.Host, match.Path = words[0][:slash], words[0][slash:]
	match.Headers = map[string]string{}
	for _, w := range words[1:] {
		name, value, _ := strings.Cut(w, "=")
		match.Headers[name] = value
	}
	p, err := match.Pattern()
	if err != nil {
		t.Fatal(err)
	}
	return matchRule{Pattern: p}
}

func testMatcher(t testing.TB, rules ...string) *matcher {
	t.Helper()
	var rs []matchRule
	for _, s := range rules {
		rs = append(rs, testRule(t, s))
	}
	m, err := compileMatcher(rs)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestFind(t *testing.T) {
	var m *matcher
	var rules []string
	f := func(want, line string, fields ...string) {
		t.Helper()
		var params [filters.MaxParams]filters.Offset
		got, _ := m.find(testRequest(t, line, fields...), &params)
		name := ""
		if got != noRoute {
			name = rules[got]
		}
		if name != want {
			t.Fatalf("%s %v: %q, want %q", line, fields, name, want)
		}
	}
	use := func(rs ...string) { rules, m = rs, testMatcher(t, rs...) }

	use("api.example.com/a", "*.example.com/a", "*.eu.example.com/a", "/a", "/*")
	f("api.example.com/a", "GET api.example.com/a")
	f("api.example.com/a", "GET API.Example.com:8443/a")
	f("api.example.com/a", "GET api.example.com./a")
	f("*.example.com/a", "GET www.example.com/a")
	f("*.example.com/a", "GET a.b.example.com/a")
	f("*.eu.example.com/a", "GET x.eu.example.com/a")
	f("*.example.com/a", "GET eu.example.com/a")
	f("/a", "GET example.com/a")
	f("/a", "GET notexample.com/a")
	f("/*", "GET api.example.com/b")
	f("/*", "GET www.eu.example.com/")

	use("/a", "/a/", "/a/*", "/a/b", "/a/{x}", "/a/{x}/c", "/a/b/*", "/{x}/b/c")
	f("/a", "GET /a")
	f("/a/", "GET /a/")
	f("/a/b", "GET /a/b")
	f("/a/{x}", "GET /a/c")
	f("/a/{x}", "GET /a/bb")
	f("/a/{x}/c", "GET /a/x/c")
	f("/a/b/*", "GET /a/b/c")
	f("/a/b/*", "GET /a/b/")
	f("/a/b/*", "GET /a/b/c/d")
	f("/a/*", "GET /a/c/d")
	f("/a/*", "GET /a/c/")
	f("/a/*", "GET /a/c/c/")
	f("/{x}/b/c", "GET /b/b/c")
	f("", "GET /b/b")
	f("", "GET /")
	f("", "GET /ab")
	f("", "GET /A")

	use("/a/*")
	f("/a/*", "GET /a")
	f("/a/*", "GET /a/")
	f("/a/*", "GET /a/b/c")
	f("", "GET /ab")
	f("", "GET /")

	use("/*")
	f("/*", "GET /")
	f("/*", "GET /a/b")
	f("/*", "OPTIONS /")
	f("", "OPTIONS *")

	use("/")
	f("/", "GET /")
	f("", "GET /a")
	f("", "OPTIONS *")

	// A branch that leads nowhere is left again.
	use("/a/b/x", "/a/{p}/y", "/{p}/b/z", "/{p}/{q}/{r}/*")
	f("/a/b/x", "GET /a/b/x")
	f("/a/{p}/y", "GET /a/b/y")
	f("/{p}/b/z", "GET /a/b/z")
	f("/{p}/{q}/{r}/*", "GET /a/b/w")

	// Headers before methods, and both can lead on to a less specific route.
	use("/a X-V=2", "/a", "GET /a X-V=3", "POST /b", "/b", "GET /c", "/*", "/a X-V=2 X-W=*")
	f("/a", "GET /a")
	f("/a X-V=2", "GET /a", "X-V: 2")
	f("/a X-V=2", "GET /a", "X-V: 1", "x-v: 2")
	f("/a X-V=2 X-W=*", "GET /a", "X-V: 2", "X-W:")
	f("GET /a X-V=3", "GET /a", "X-V: 3")
	f("/a", "POST /a", "X-V: 3")
	f("POST /b", "POST /b")
	f("/b", "PUT /b")
	f("GET /c", "GET /c")
	f("/*", "HEAD /c")
}

func TestFindAllowed(t *testing.T) {
	var m *matcher
	f := func(line, allow string, fields ...string) {
		t.Helper()
		var params [filters.MaxParams]filters.Offset
		route, allowed := m.find(testRequest(t, line, fields...), &params)
		if route != noRoute {
			t.Fatalf("%s: route %d", line, route)
		}
		if got := string(m.methods.appendAllow(nil, allowed)); got != allow {
			t.Fatalf("%s: Allow %q, want %q", line, got, allow)
		}
	}
	m = testMatcher(t, "GET,HEAD /a", "POST /{x}", "BREW api.example.com/a", "DELETE /a X-V=1")
	f("PUT /a", "GET, HEAD, POST")
	f("PUT /a", "GET, HEAD, POST, DELETE", "X-V: 1")
	f("PUT api.example.com/a", "GET, HEAD, POST, BREW")
	f("brew api.example.com/a", "GET, HEAD, POST, BREW")
	f("GET /b", "POST")
	f("GET /b/c", "")

	m = testMatcher(t, "/a")
	all := strings.Join(registeredMethods[:], ", ")
	f("BREW /a", all)
	f("get /a", all)

	for _, method := range registeredMethods {
		var params [filters.MaxParams]filters.Offset
		if route, _ := m.find(testRequest(t, method+" /a"), &params); route != 0 {
			t.Fatalf("%s is not taken by a route without methods", method)
		}
	}
}

func TestFindParams(t *testing.T) {
	f := func(rule, line string, want ...string) {
		t.Helper()
		m := testMatcher(t, rule, "/v1/dead/{end}/x")
		r := testRequest(t, line)
		var params [filters.MaxParams]filters.Offset
		if route, _ := m.find(r, &params); route != 0 {
			t.Fatalf("%s: route %d", line, route)
		}
		var got []string
		for _, p := range params[:len(want)] {
			got = append(got, string(r.Target.Path[p.From:p.To]))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%s: params %q, want %q", line, got, want)
		}
	}
	f("/v1/{a}", "GET /v1/42?x=y", "42")
	f("/v1/{a}/b/{c}", "GET /v1/a%2fb/b/%C3%A9", "a%2Fb", "%C3%A9")
	f("/v1/{a}/*", "GET /v1/x/y/z", "x", "y/z")
	f("/v1/{a}/*", "GET /v1/x/", "x", "")
	f("/v1/{a}/*", "GET /v1/x", "x", "")
	f("/v1/*", "GET /v1/dead/x/y", "dead/x/y")
	f("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/*", "GET /1/2/3/4/5/6/7/8/9", "1", "2", "3", "4", "5", "6", "7", "8/9")
}

func TestFindPreflight(t *testing.T) {
	plain := testRule(t, "GET,OPTIONS /a")
	cors := testRule(t, "PUT,DELETE /a")
	cors.preflight = true
	versioned := testRule(t, "PUT /a X-V=2")
	versioned.preflight = true
	m, err := compileMatcher([]matchRule{plain, cors, versioned})
	if err != nil {
		t.Fatal(err)
	}
	f := func(want int, line string, fields ...string) {
		t.Helper()
		var params [filters.MaxParams]filters.Offset
		if got, _ := m.find(testRequest(t, line, fields...), &params); got != want {
			t.Fatalf("%s %v: route %d, want %d", line, fields, got, want)
		}
	}
	f(1, "OPTIONS /a", "Origin: https://x.example", "Access-Control-Request-Method: PUT")
	f(1, "OPTIONS /a", "Origin: https://x.example", "Access-Control-Request-Method: DELETE")
	f(2, "OPTIONS /a", "Origin: https://x.example", "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: accept, x-v")
	f(0, "OPTIONS /a", "Origin: https://x.example", "Access-Control-Request-Method: GET")
	f(0, "OPTIONS /a", "Origin: https://x.example", "Access-Control-Request-Method: BREW")
	f(0, "OPTIONS /a", "Access-Control-Request-Method: PUT")
	f(0, "OPTIONS /a", "Origin: https://x.example")
	f(noRoute, "POST /a", "Origin: https://x.example", "Access-Control-Request-Method: PUT")
	f(noRoute, "OPTIONS /b", "Origin: https://x.example", "Access-Control-Request-Method: PUT")
}

func TestCompileMatcherRefuses(t *testing.T) {
	f := func(rules ...matchRule) {
		t.Helper()
		if _, err := compileMatcher(rules); err == nil {
			t.Fatal("no error")
		}
	}
	f(testRule(t, "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/*"))
	var many []matchRule
	for i := range 100 {
		many = append(many, testRule(t, fmt.Sprintf("M%d /%d", i, i)))
	}
	f(many...)
}

// The numbers of the wire's methods are those of the table.
func TestMethodNumbers(t *testing.T) {
	table := newMethodTable()
	for i, name := range registeredMethods {
		m := wire.MethodOf(name)
		if m != wire.OtherMethod && int(m-wire.GET) != i {
			t.Fatalf("%s: %d, want %d", name, i, m-wire.GET)
		}
		if table.numberOf([]byte(name)) != uint8(i) {
			t.Fatalf("%s stands twice", name)
		}
	}
}

// find must choose what the definition says: of all routes whose conditions hold, the least by Compare.
func TestFindAgreesWithDefinition(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	for range 400 {
		var rules []matchRule
		seen := map[string]bool{}
		for range 1 + random.IntN(30) {
			s := pick("", "", "GET ", "POST ", "GET,POST ") + pick("", "", "a.x", "*.x", "*.a.x")
			for range 1 + random.IntN(3) {
				s += pick("/a", "/b", "/{P}")
			}
			s += pick("", "", "/", "/*") + pick("", "", " H=1", " H=*", " G=1 H=1")
			for i := 0; strings.Contains(s, "P"); i++ {
				if j := strings.Index(s, "{P}"); j >= 0 {
					s = s[:j] + fmt.Sprintf("{p%d}", i) + s[j+3:]
				} else {
					break
				}
			}
			if !seen[s] {
				seen[s] = true
				rules = append(rules, testRule(t, s))
			}
		}
		m, err := compileMatcher(rules)
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			line := pick("GET", "POST", "PUT") + " " + pick("a.x", "b.x", "b.a.x", "c.b.a.x", "x")
			for range 1 + random.IntN(4) {
				line += pick("/a", "/b", "/c")
			}
			line += pick("", "", "/")
			r := testRequest(t, line, pick("H: 1", "H: 2", "I: 1"), pick("G: 1", "J: 1"))
			var params [filters.MaxParams]filters.Offset
			got, allowed := m.find(r, &params)
			want, other := leastRule(rules, r)
			if got != want && (got == noRoute || want == noRoute || rules[got].Compare(rules[want].Pattern) != 0) {
				t.Fatalf("%s: route %d, want %d of %+v", line, got, want, rules)
			}
			if got == noRoute && allowed.empty() == other {
				t.Fatalf("%s: allowed %v, other methods %v", line, allowed, other)
			}
		}
	}
}

// leastRule is the definition. It also tells whether only a method kept a route out.
func leastRule(rules []matchRule, r *wire.Request) (least int, other bool) {
	least = noRoute
	for i, rule := range rules {
		if !hostMatches(rule, string(r.Host())) || !segmentsMatch(rule.Segments, string(r.Target.Path)) {
			continue
		}
		fits := true
		for name, value := range rule.Headers {
			v := r.Lookup(name)
			fits = fits && v != nil && (value == "*" || value == string(v))
		}
		switch {
		case !fits:
		case rule.Methods != nil && !slices.Contains(rule.Methods, string(r.MethodText())):
			other = true
		case least == noRoute || rule.Compare(rules[least].Pattern) < 0:
			least = i
		}
	}
	return least, other
}

func hostMatches(rule matchRule, host string) bool {
	if rule.Wild {
		return strings.HasSuffix(host, rule.Host) && len(host) > len(rule.Host)
	}
	return rule.Host == "" || rule.Host == host
}

func segmentsMatch(pattern []conf.Segment, path string) bool {
	segments := strings.Split(path[1:], "/")
	for i, p := range pattern {
		switch {
		case p.Kind == conf.Rest:
			return len(segments) >= i
		case i >= len(segments):
			return false
		case p.Kind == conf.Param && segments[i] == "", p.Kind == conf.Literal && segments[i] != p.Text:
			return false
		}
	}
	return len(segments) == len(pattern)
}

func BenchmarkFind(b *testing.B) {
	f := func(name string, rules []string, line string, fields ...string) {
		b.Run(name, func(b *testing.B) {
			m := testMatcher(b, rules...)
			r := testRequest(b, line, fields...)
			var params [filters.MaxParams]filters.Offset
			b.ReportAllocs()
			for b.Loop() {
				if route, _ := m.find(r, &params); route == noRoute {
					b.Fatal("no route")
				}
			}
		})
	}
	for _, n := range []int{100, 1000, 10_000} {
		var rules []string
		for i := range n {
			rules = append(rules, fmt.Sprintf("GET,HEAD api.example.com/v1/service-%d/orders/{id}", i))
		}
		f(fmt.Sprintf("routes=%d", n), rules, fmt.Sprintf("GET api.example.com/v1/service-%d/orders/42", n/2))
	}
	f("one", []string{"/*"}, "GET api.example.com/v1/orders/42")
	f("wildcard", []string{"*.example.com/v1/*", "api.example.net/*"}, "GET api.example.com/v1/orders/42")

	// The worst there is: every literal is also a parameter, on seven levels, and only the last route fits.
	var worst []string
	for i := range 1 << 7 {
		path := ""
		for level := range 7 {
			if i>>level&1 == 0 {
				path += "/a"
			} else {
				path += fmt.Sprintf("/{p%d}", level)
			}
		}
		worst = append(worst, path+"/x")
	}
	f("worst", append(worst, "/*"), "GET /a/a/a/a/a/a/a/y")
}
