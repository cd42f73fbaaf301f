package headers

import (
	"testing"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/filterstest"
)

func TestRequest(t *testing.T) {
	site := filterstest.Site("orders", "id")
	const host = "Host: api.example.com\r\n"
	f := func(c conf.HeaderEdits, want string, fields ...string) {
		t.Helper()
		r, err := NewRequest(&c, site)
		if err != nil {
			t.Fatal(err)
		}
		x := filterstest.Exchange(t, "GET /v1/42?q=a%0d%0aB:c", fields...)
		filterstest.Params(t, x, site, "42")
		if v := r.Request(x); v != filters.Next {
			t.Fatal("the request was ended")
		}
		if got := filterstest.Fields(&x.Request.Head); got != host+want {
			t.Fatalf("%q, want %q", got, host+want)
		}
	}
	f(conf.HeaderEdits{}, "A: 1\r\n", "A: 1")
	f(conf.HeaderEdits{Remove: []string{"a", "Cookie"}}, "B: 2\r\n", "A: 1", "a: 3", "B: 2", "Cookie: x")
	f(conf.HeaderEdits{Set: map[string]string{"A": "2"}}, "A: 2\r\n", "a: 1", "A: 3")
	f(conf.HeaderEdits{Add: map[string]string{"A": "2"}}, "A: 1\r\nA: 2\r\n", "A: 1")
	f(conf.HeaderEdits{Remove: []string{"A"}, Set: map[string]string{"B": "x"}, Add: map[string]string{"A": "y", "B": "z"}},
		"B: x\r\nA: y\r\nB: z\r\n", "A: 1", "B: 1")
	f(conf.HeaderEdits{Set: map[string]string{"X-Id": "{route}-{path.id} from {client.ip}"}}, "X-Id: orders-42 from 192.0.2.77\r\n")

	// A value made of the field itself.
	f(conf.HeaderEdits{Set: map[string]string{"A": "<{header.a}>"}}, "A: <1, 2>\r\n", "A: 1", "A: 2")
	// What the request has not is left out, and what a client sent there too.
	f(conf.HeaderEdits{Set: map[string]string{"X-Who": "{principal}"}}, "", "X-Who: admin")
	// A decoded line end is not one of ours.
	f(conf.HeaderEdits{Set: map[string]string{"X-Q": "{query.q}"}, Add: map[string]string{"Y": "{query.q}"}}, "")
}

func TestResponse(t *testing.T) {
	c := conf.HeaderEdits{Remove: []string{"Server", "X-Powered-By"}, Set: map[string]string{"Strict-Transport-Security": "max-age=31536000"}}
	r, err := NewResponse(&c, filterstest.Site("orders"))
	if err != nil {
		t.Fatal(err)
	}
	x := filterstest.Exchange(t, "GET /")
	x.Respond(200, nil, nil)
	x.Reply.Add("Server", []byte("x"))
	x.Reply.Add("X-Powered-By", []byte("y"))
	x.Reply.Add("Strict-Transport-Security", []byte("max-age=0"))
	x.Reply.Add("Vary", []byte("Accept"))
	if r.Request(x) != filters.Next {
		t.Fatal("the request was ended")
	}
	r.Response(x)
	if got := filterstest.Fields(&x.Reply.Head); got != "Vary: Accept\r\nStrict-Transport-Security: max-age=31536000\r\n" {
		t.Fatalf("%q", got)
	}
}

func TestCompileRefuses(t *testing.T) {
	f := func(c conf.HeaderEdits) {
		t.Helper()
		if _, err := NewResponse(&c, filterstest.Site("orders")); err == nil {
			t.Fatal("no error")
		}
	}
	f(conf.HeaderEdits{Remove: []string{"a b"}})
	f(conf.HeaderEdits{Set: map[string]string{"a": "b\r\nc: d"}})
	f(conf.HeaderEdits{Set: map[string]string{"a:": "b"}})
	f(conf.HeaderEdits{Add: map[string]string{"a": "{path.id}"}})
}
