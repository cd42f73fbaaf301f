package rewrite

import (
	"testing"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/filterstest"
)

func TestRewritePrefixes(t *testing.T) {
	f := func(c conf.Rewrite, path, want string) {
		t.Helper()
		r, err := New(&c, filterstest.Site("orders"))
		if err != nil {
			t.Fatal(err)
		}
		x := filterstest.Exchange(t, "GET "+path)
		before := string(x.Request.Target.Path)
		x.Forward = append(x.Forward, "/left/over"...)
		if r.Request(x) != filters.Next {
			t.Fatal("the request was ended")
		}
		if string(x.Forward) != want || string(x.Request.Target.Path) != before {
			t.Fatalf("%s: %q, want %q; canonical %q", path, x.Forward, want, x.Request.Target.Path)
		}
	}
	f(conf.Rewrite{StripPrefix: "/v1"}, "/v1/orders/42", "/orders/42")
	f(conf.Rewrite{StripPrefix: "/v1/"}, "/v1/orders/", "/orders/")
	f(conf.Rewrite{StripPrefix: "/v1"}, "/v1", "/")
	f(conf.Rewrite{StripPrefix: "/v1"}, "/v1/", "/")
	f(conf.Rewrite{StripPrefix: "/v1"}, "/v10/orders", "/v10/orders")
	f(conf.Rewrite{StripPrefix: "/v1"}, "/V1/orders", "/V1/orders")
	f(conf.Rewrite{StripPrefix: "/"}, "/orders", "/orders")
	f(conf.Rewrite{StripPrefix: "/a%20b"}, "/%61%20b/c", "/c")
	f(conf.Rewrite{AddPrefix: "/api"}, "/orders", "/api/orders")
	f(conf.Rewrite{AddPrefix: "/api/"}, "/", "/api/")
	f(conf.Rewrite{StripPrefix: "/v1", AddPrefix: "/api/v2"}, "/v1/orders", "/api/v2/orders")
	f(conf.Rewrite{StripPrefix: "/v1", AddPrefix: "/api"}, "/v1", "/api")
	f(conf.Rewrite{Replace: &conf.Replace{From: "/v1", To: "/v2"}}, "/v1/orders", "/v2/orders")
	f(conf.Rewrite{Replace: &conf.Replace{From: "/v1", To: "/v2"}}, "/v1", "/v2")
	f(conf.Rewrite{Replace: &conf.Replace{From: "/v1", To: "/v2"}}, "/v12", "/v12")
	f(conf.Rewrite{Replace: &conf.Replace{From: "/v1", To: "/"}}, "/v1", "/")
	f(conf.Rewrite{Replace: &conf.Replace{From: "/", To: "/api"}}, "/a", "/api/a")
	f(conf.Rewrite{StripPrefix: "/x", Replace: &conf.Replace{From: "/v1", To: "/v2"}, AddPrefix: "/y"}, "/x/v1/a", "/y/v2/a")
}

func TestRewriteTemplate(t *testing.T) {
	site := filterstest.Site("orders", "id", "*")
	f := func(template, path, id, rest, want string) {
		t.Helper()
		r, err := New(&conf.Rewrite{Path: template}, site)
		if err != nil {
			t.Fatal(err)
		}
		x := filterstest.Exchange(t, "GET "+path)
		filterstest.Params(t, x, site, id, rest)
		if v := r.Request(x); (v == filters.Done) != (want == "") || string(x.Forward) != want {
			t.Fatalf("%s: %q, want %q", path, x.Forward, want)
		}
		if want == "" && (x.Reply.Status != 400 || x.Denial.Code != "normalize.target") {
			t.Fatalf("%s: %d %v", path, x.Reply.Status, x.Denial)
		}
	}
	f("/o/{id}/x/{*}", "/v1/42/a/b", "42", "a/b", "/o/42/x/a/b")
	f("/o/{id}", "/v1/a%2Fb/c", "a%2Fb", "c", "/o/a%2Fb")
	f("/{*}/{id}", "/v1/42/", "42", "", "/42")
	f("/a b/{id}", "/v1/42/", "42", "", "")
	f("/<a>/{id}", "/v1/42/", "42", "", "/%3Ca%3E/42")
	f("/x/.{*}", "/v1/42/", "42", "", "/x/")
	f("/.{*}.", "/v1/42/", "42", "", "")
}

func TestNewRefuses(t *testing.T) {
	f := func(c conf.Rewrite) {
		t.Helper()
		if _, err := New(&c, filterstest.Site("orders")); err == nil {
			t.Fatal("no error")
		}
	}
	f(conf.Rewrite{Path: "/{id}"})
	f(conf.Rewrite{StripPrefix: "v1"})
	f(conf.Rewrite{AddPrefix: "/a?b"})
	f(conf.Rewrite{Replace: &conf.Replace{From: "/a", To: "/.."}})
}

func BenchmarkRewrite(b *testing.B) {
	f := func(name string, c conf.Rewrite) {
		b.Run(name, func(b *testing.B) {
			site := filterstest.Site("orders", "id")
			r, err := New(&c, site)
			if err != nil {
				b.Fatal(err)
			}
			x := filterstest.Exchange(b, "GET /v1/orders/424242424")
			filterstest.Params(b, x, site, "424242424")
			b.ReportAllocs()
			for b.Loop() {
				r.Request(x)
			}
		})
	}
	f("strip", conf.Rewrite{StripPrefix: "/v1"})
	f("template", conf.Rewrite{Path: "/api/{id}/orders"})
}
