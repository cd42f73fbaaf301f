package cors

import (
	"testing"
	"time"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/filterstest"
)

func TestOrigins(t *testing.T) {
	o := newOrigins([]string{"https://app.example.com", "http://localhost:3000", "https://*.example.org", "https://*.example.net:8443"})
	f := func(origin string, want bool) {
		t.Helper()
		if got := o.allow([]byte(origin)); got != want {
			t.Fatalf("%q: %v, want %v", origin, got, want)
		}
	}
	f("https://app.example.com", true)
	f("http://localhost:3000", true)
	f("https://a.example.org", true)
	f("https://a.b-c.example.org", true)
	f("https://x.example.net:8443", true)
	f("", false)
	f("null", false)
	f("*", false)
	f("http://app.example.com", false)
	f("https://app.example.com:443", false)
	f("https://app.example.com.evil.example", false)
	f("https://APP.example.com", false)
	f("https://example.org", false)
	f("https://.example.org", false)
	f("https://a..example.org", false)
	f("http://a.example.org", false)
	f("https://evil.example/.example.org", false)
	f("https://evil.example:1.example.org", false)
	f("https://u@a.example.org", false)
	f("https://a.example.org:8443", false)
	f("https://x.example.net", false)
	f("https://aexample.org", false)
}

var rules = &conf.CORS{
	Origins: []string{"https://app.example.com", "https://*.example.org"},
	Methods: []string{"GET", "PUT"},
	Headers: []string{"Authorization", "X-A"},
	Expose:  []string{"ETag", "X-B"},
	MaxAge:  conf.Duration(10 * time.Minute),
}

const varies = "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n"

func TestPreflight(t *testing.T) {
	f := func(c *conf.CORS, fields []string, want string) {
		t.Helper()
		x := filterstest.Exchange(t, "OPTIONS /a", fields...)
		if New(c).Request(x) != filters.Done || x.Reply.Status != 204 || x.Denial != nil {
			t.Fatalf("status %d", x.Reply.Status)
		}
		if got := filterstest.Fields(&x.Reply.Head); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	}
	ask := []string{"Origin: https://app.example.com", "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: x-z"}
	granted := "Access-Control-Allow-Methods: GET, PUT\r\nAccess-Control-Allow-Headers: Authorization, X-A\r\nAccess-Control-Max-Age: 600\r\n"
	f(rules, ask, granted+"Access-Control-Allow-Origin: https://app.example.com\r\n"+varies)
	f(rules, []string{"Origin: https://evil.example", "Access-Control-Request-Method: PUT"}, varies)

	with := *rules
	with.Credentials = true
	f(&with, ask, granted+"Access-Control-Allow-Origin: https://app.example.com\r\nAccess-Control-Allow-Credentials: true\r\n"+varies)

	open := &conf.CORS{Origins: []string{"*"}, Methods: []string{"GET"}, Headers: []string{"*"}}
	f(open, ask, "Access-Control-Allow-Methods: GET\r\nAccess-Control-Max-Age: 0\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Headers: x-z\r\n"+varies)
	f(open, ask[:2], "Access-Control-Allow-Methods: GET\r\nAccess-Control-Max-Age: 0\r\nAccess-Control-Allow-Origin: *\r\n"+varies)
}

func TestNoPreflight(t *testing.T) {
	f := func(line string, fields ...string) {
		t.Helper()
		if New(rules).Request(filterstest.Exchange(t, line, fields...)) != filters.Next {
			t.Fatalf("%s %v is answered", line, fields)
		}
	}
	f("OPTIONS /a")
	f("OPTIONS /a", "Origin: https://app.example.com")
	f("OPTIONS /a", "Access-Control-Request-Method: PUT")
	f("PUT /a", "Origin: https://app.example.com", "Access-Control-Request-Method: PUT")
}

func TestResponse(t *testing.T) {
	f := func(c *conf.CORS, request []string, reply []string, want string) {
		t.Helper()
		x := filterstest.Exchange(t, "GET /a", request...)
		x.Respond(200, nil, nil)
		for i := 0; i < len(reply); i += 2 {
			x.Reply.Add(reply[i], []byte(reply[i+1]))
		}
		New(c).Response(x)
		if got := filterstest.Fields(&x.Reply.Head); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	}
	from := func(origin string) []string { return []string{"Origin: " + origin} }
	f(rules, nil, nil, "Vary: Origin\r\n")
	f(rules, from("https://evil.example"), nil, "Vary: Origin\r\n")
	f(rules, from("https://app.example.com"), nil, "Vary: Origin\r\nAccess-Control-Allow-Origin: https://app.example.com\r\nAccess-Control-Expose-Headers: ETag, X-B\r\n")
	f(rules, nil, []string{"Vary", "Accept"}, "Vary: Accept\r\nVary: Origin\r\n")
	f(rules, nil, []string{"Vary", "Accept, ORIGIN"}, "Vary: Accept, ORIGIN\r\n")
	f(rules, nil, []string{"Vary", "*"}, "Vary: *\r\n")
	f(rules, from("https://evil.example"), []string{
		"Access-Control-Allow-Origin", "*", "Access-Control-Allow-Credentials", "true", "Access-Control-Expose-Headers", "x", "A", "b",
	}, "A: b\r\nVary: Origin\r\n")

	open := &conf.CORS{Origins: []string{"*"}, Methods: []string{"GET"}}
	f(open, nil, nil, "")
	f(open, from("https://any.example"), nil, "Access-Control-Allow-Origin: *\r\n")
}

func BenchmarkCORS(b *testing.B) {
	c := New(rules)
	b.Run("preflight", func(b *testing.B) {
		x := filterstest.Exchange(b, "OPTIONS /a", "Origin: https://app.example.com", "Access-Control-Request-Method: PUT")
		b.ReportAllocs()
		for b.Loop() {
			c.Request(x)
		}
	})
	b.Run("response", func(b *testing.B) {
		x := filterstest.Exchange(b, "GET /a", "Origin: https://a.example.org")
		b.ReportAllocs()
		for b.Loop() {
			x.Reply.Reset()
			c.Response(x)
		}
	})
}
