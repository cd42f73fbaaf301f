package respond

import (
	"testing"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/filterstest"
	"sallyport/internal/wire"
)

func TestRespond(t *testing.T) {
	site := filterstest.Site("orders", "id")
	f := func(c conf.Respond, status int, fields, body string) {
		t.Helper()
		r, err := New(&c, site)
		if err != nil {
			t.Fatal(err)
		}
		x := filterstest.Exchange(t, "GET /v1/42?q=a%0d%0aB:c")
		filterstest.Params(t, x, site, "42")
		if r.Request(x) != filters.Done {
			t.Fatal("the request went on")
		}
		if got := filterstest.Fields(&x.Reply.Head); x.Reply.Status != status || got != fields || string(x.Reply.Body.Bytes()) != body {
			t.Fatalf("%d %q %q, want %d %q %q", x.Reply.Status, got, x.Reply.Body.Bytes(), status, fields, body)
		}
		framing := wire.Framing{Kind: wire.Sized, Length: int64(len(body))}
		if status == 204 || status == 304 {
			framing = wire.Framing{}
		}
		if x.Reply.Framing != framing || x.Origin != filters.FromGateway || x.Denial != nil {
			t.Fatalf("framing %+v, origin %v, denial %v", x.Reply.Framing, x.Origin, x.Denial)
		}
	}
	text := "text/plain; charset=utf-8"
	f(conf.Respond{Status: 200, Body: "ok", Type: text}, 200, "Content-Type: "+text+"\r\n", "ok")
	f(conf.Respond{Status: 204, Type: text}, 204, "", "")
	f(conf.Respond{Status: 200, Body: "{}", Type: text, Headers: map[string]string{"Content-Type": "application/json", "X-B": "b", "X-A": "a"}},
		200, "Content-Type: application/json\r\nX-A: a\r\nX-B: b\r\n", "{}")
	f(conf.Respond{Status: 404, Body: `{"id":"{path.id}","who":"{principal}"}`, Headers: map[string]string{"X-Route": "<{route}>", "X-Who": "{principal}", "X-Q": "{query.q}"}},
		404, "X-Route: <orders>\r\n", `{"id":"42","who":""}`)
}

func TestRedirect(t *testing.T) {
	site := filterstest.Site("orders", "id", "*")
	f := func(to, path, id, rest, want string) {
		t.Helper()
		r, err := NewRedirect(&conf.Redirect{To: to, Status: 308}, site)
		if err != nil {
			t.Fatal(err)
		}
		x := filterstest.Exchange(t, "GET "+path)
		filterstest.Params(t, x, site, id, rest)
		if r.Request(x) != filters.Done {
			t.Fatal("the request went on")
		}
		if got := string(x.Reply.Value(wire.Location)); x.Reply.Status != 308 || got != want || len(x.Reply.Body.Bytes()) > 0 {
			t.Fatalf("%d %q, want %q", x.Reply.Status, got, want)
		}
	}
	f("https://{host}{path}?{query}", "/v1/42/a?b=c", "42", "a", "https://api.example.com/v1/42/a?b=c")
	f("https://{host}{path}?{query}", "/v1/42/a", "42", "a", "https://api.example.com/v1/42/a")
	f("/new/{id}", "/v1/42/a", "42", "a", "/new/42")
	f("https://new.example/", "/v1/42/a", "42", "a", "https://new.example/")
	f("/{*}/{id}", "/v1/evil.example/", "evil.example", "", "/evil.example")

	r, err := NewRedirect(&conf.Redirect{To: "https://{host}/", Status: 308}, site)
	if err != nil {
		t.Fatal(err)
	}
	var x filters.Exchange
	lim := wire.Limits{Head: 1000, Target: 1000, Fields: 10}
	if _, fault := x.Request.Parse([]byte("GET / HTTP/1.0\r\n\r\n"), &lim); fault != wire.Whole {
		t.Fatal(fault)
	}
	if r.Request(&x) != filters.Done || x.Reply.Status != 400 || x.Denial.Code != "framing.host" {
		t.Fatalf("without a host: %d %v", x.Reply.Status, x.Denial)
	}
}

func TestNewRefuses(t *testing.T) {
	site := filterstest.Site("orders")
	if _, err := New(&conf.Respond{Body: "{path.id}"}, site); err == nil {
		t.Fatal("a parameter that the route has not")
	}
	if _, err := New(&conf.Respond{Headers: map[string]string{"A B": "c"}}, site); err == nil {
		t.Fatal("a name that is none")
	}
	if _, err := NewRedirect(&conf.Redirect{To: "/{id}"}, site); err == nil {
		t.Fatal("a parameter that the route has not")
	}
}

func benchmarkFilters(t testing.TB) map[string]filters.Filter {
	site := filterstest.Site("orders")
	respond, err := New(&conf.Respond{Status: 200, Body: "ok", Type: "text/plain"}, site)
	if err != nil {
		t.Fatal(err)
	}
	template, err := New(&conf.Respond{Status: 200, Body: "{client.ip}", Headers: map[string]string{"X-Host": "{host}"}}, site)
	if err != nil {
		t.Fatal(err)
	}
	redirect, err := NewRedirect(&conf.Redirect{To: "https://{host}{path}?{query}", Status: 308}, site)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]filters.Filter{"respond": respond, "template": template, "redirect": redirect}
}

func BenchmarkRespond(b *testing.B) {
	for name, f := range benchmarkFilters(b) {
		b.Run(name, func(b *testing.B) {
			x := filterstest.Exchange(b, "GET /v1/orders/42?a=b")
			b.ReportAllocs()
			for b.Loop() {
				f.Request(x)
			}
		})
	}
}
