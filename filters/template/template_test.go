package template

import (
	"testing"

	"sallyport/filters"
	"sallyport/filters/filterstest"
)

func TestCompile(t *testing.T) {
	site := filterstest.Site("orders", "id", "*")
	x := filterstest.Exchange(t, "GET /v1/a%2Fb/c/d?q=%61", "X-A: one", "X-A: two")
	filterstest.Params(t, x, site, "a%2Fb", "c/d")
	f := func(text, want string) {
		t.Helper()
		tm, err := Compile(text, site)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		got, ok := tm.Append([]byte("="), x)
		if !ok || string(got) != "="+want {
			t.Fatalf("%q: %q, %v; want %q", text, got, ok, want)
		}
		if constant, is := tm.Constant(); is && constant != want {
			t.Fatalf("%q: constant %q", text, constant)
		}
	}
	f("", "")
	f("plain", "plain")
	f("{client.ip}", "192.0.2.77")
	f("a{host}b{route}c", "aapi.example.comborders"+"c")
	f("{path.id}/{header.x-a}/{query.q}", "a%2Fb/one, two/a")
	f(`{"group":"{route}","n":{}}`, `{"group":"orders","n":{}}`)
	f("{", "{")
	f("}{", "}{")
	f("{{route}} {}", "{orders} {}")

	lacks := func(text, want string) {
		t.Helper()
		tm, err := Compile(text, site)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if got, ok := tm.Append(nil, x); ok || string(got) != want {
			t.Fatalf("%q: %q, %v", text, got, ok)
		}
	}
	lacks("a {principal}, {route}", "a , orders")
	lacks("{header.x-b}", "")

	refused := func(text string) {
		t.Helper()
		if _, err := Compile(text, site); err == nil {
			t.Fatalf("%q is a template", text)
		}
	}
	refused("{path.other}")
	refused("{id}")
	refused("a{unknown.thing}")
}

func TestCompileURL(t *testing.T) {
	site := filterstest.Site("orders", "id", "*")
	f := func(line, id, rest, text, want string) {
		t.Helper()
		x := filterstest.Exchange(t, line)
		filterstest.Params(t, x, site, id, rest)
		tm, err := CompileURL(text, site)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		got, ok := tm.Append(nil, x)
		if !ok || string(got) != want {
			t.Fatalf("%q: %q, %v; want %q", text, got, ok, want)
		}
	}
	f("GET /v1/42/c/d?a=b", "42", "c/d", "https://{host}{path}?{query}", "https://api.example.com/v1/42/c/d?a=b")
	f("GET /v1/42/c/d?a=b", "42", "c/d", "https://new.example/{id}/x/{*}?x=y&{query}", "https://new.example/42/x/c/d?x=y&a=b")
	f("GET /v1/42/c/d", "42", "c/d", "https://{host}{path}?{query}", "https://api.example.com/v1/42/c/d")
	f("GET /v1/42/c/d", "42", "c/d", "/{id}?x=y&{query}", "/42?x=y")
	f("GET /v1/42/c/d?", "42", "c/d", "/{id}?{query}", "/42?")

	if _, err := CompileURL("/{other}", site); err == nil {
		t.Fatal("a name that is not known")
	}

	var x filters.Exchange
	tm, _ := CompileURL("https://{host}/", site)
	if _, ok := tm.Append(nil, &x); ok {
		t.Fatal("a request without a host")
	}
}

func BenchmarkTemplate(b *testing.B) {
	site := filterstest.Site("orders", "id")
	x := filterstest.Exchange(b, "GET /v1/42?a=b")
	filterstest.Params(b, x, site, "42")
	tm, err := CompileURL("https://{host}/orders/{id}?{query}", site)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var dst []byte
	for b.Loop() {
		dst, _ = tm.Append(dst[:0], x)
	}
}
