package content

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/filterstest"
	"sallyport/internal/wire"
)

func schemaFile(t testing.TB) conf.Path {
	t.Helper()
	path := filepath.Join(t.TempDir(), "schema.json")
	text := `{"type":"object","required":["id"],"properties":{"id":{"type":"integer"}},"additionalProperties":false}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return conf.Path(path)
}

// exchange returns one with a body, as the gateway hands it over: read up to the filter's cap.
func exchange(t testing.TB, f *Content, method, contentType, body string, fields ...string) *filters.Exchange {
	t.Helper()
	if contentType != "" {
		fields = append(fields, "Content-Type: "+contentType)
	}
	if body != "" {
		fields = append(fields, fmt.Sprintf("Content-Length: %d", len(body)))
	}
	x := filterstest.Exchange(t, method+" /v1/orders", fields...)
	x.Request.Body.SetBytes([]byte(body))
	if most := f.BodyCap(); most > 0 && len(body) > most {
		x.Request.Body.SetStream([]byte(body[:most]), nothing{})
	}
	return x
}

// nothing is a stream that nobody may read.
type nothing struct{ wire.Source }

func TestContent(t *testing.T) {
	var f *Content
	use := func(c conf.Content) {
		t.Helper()
		var err error
		if f, err = New(&c, 1000, filterstest.Site("orders")); err != nil {
			t.Fatal(err)
		}
	}
	check := func(reason string, status int, x *filters.Exchange) {
		t.Helper()
		v := f.Request(x)
		if (v == filters.Done) != (reason != "") || reason != "" && (x.Denial.Code != reason || x.Reply.Status != status) {
			t.Fatalf("%v %v, want %q", v, x.Denial, reason)
		}
	}

	use(conf.Content{Types: []string{"application/json", "image/*"}})
	check("", 0, exchange(t, f, "POST", "application/json", "{}"))
	check("", 0, exchange(t, f, "POST", "Application/JSON ; charset=utf-8", "{}"))
	check("", 0, exchange(t, f, "PUT", "image/png", "x"))
	check("", 0, exchange(t, f, "GET", "", ""))
	check("", 0, exchange(t, f, "POST", "", ""))
	check("content.type", 415, exchange(t, f, "POST", "", "{}"))
	check("content.type", 415, exchange(t, f, "POST", "text/plain", "{}"))
	check("content.type", 415, exchange(t, f, "POST", "application/json, text/plain", "{}"))
	check("content.type", 415, exchange(t, f, "POST", "application/jsonx", "{}"))
	check("content.type", 415, exchange(t, f, "POST", "json", "{}"))
	check("content.type", 415, exchange(t, f, "DELETE", "text/plain", "x"))

	use(conf.Content{Types: []string{"*/*"}, MaxBody: 10})
	check("", 0, exchange(t, f, "POST", "a/b", "0123456789"))
	check("body.too_large", 413, exchange(t, f, "POST", "a/b", "01234567890"))
	check("content.type", 415, exchange(t, f, "POST", "", "x"))

	use(conf.Content{MaxBody: 10})
	check("", 0, exchange(t, f, "POST", "", "0123456789"))
	check("body.too_large", 413, exchange(t, f, "POST", "", "01234567890"))

	use(conf.Content{Schema: schemaFile(t), MaxBody: 30})
	check("", 0, exchange(t, f, "POST", "application/json", `{"id":1}`))
	check("", 0, exchange(t, f, "POST", `application/vnd.x+json;charset="UTF-8"`, `{"id":1}`))
	check("", 0, exchange(t, f, "GET", "", ""))
	check("content.schema", 422, exchange(t, f, "POST", "application/json", `{"id":"1"}`))
	check("content.schema", 422, exchange(t, f, "POST", "application/json", `{"id":1,"id":2}`))
	check("content.schema", 422, exchange(t, f, "POST", "application/json", `{"id":1`))
	check("content.schema", 422, exchange(t, f, "POST", "application/json", ""))
	check("content.schema", 422, exchange(t, f, "PUT", "", ""))
	check("content.type", 415, exchange(t, f, "POST", "text/plain", `{"id":1}`))
	check("content.type", 415, exchange(t, f, "POST", "", `{"id":1}`))
	check("content.type", 415, exchange(t, f, "POST", "application/json; charset=utf-16", `{"id":1}`))
	check("content.type", 415, exchange(t, f, "POST", "application/json", `{"id":1}`, "Content-Encoding: gzip"))
	check("body.too_large", 413, exchange(t, f, "POST", "application/json", `{"id":1}`+strings.Repeat(" ", 30)))

	use(conf.Content{Schema: schemaFile(t), Types: []string{"application/json", "text/csv"}})
	check("", 0, exchange(t, f, "POST", "text/csv", "id\n1\n"))
	check("content.schema", 422, exchange(t, f, "POST", "application/json", "id\n1\n"))
	check("content.type", 415, exchange(t, f, "POST", "text/plain", "id\n1\n"))
}

// Of a chunked body the length is not known: what was read of it so far decides.
func TestContentChunked(t *testing.T) {
	f, err := New(&conf.Content{Schema: schemaFile(t)}, 20, filterstest.Site("orders"))
	if err != nil {
		t.Fatal(err)
	}
	x := filterstest.Exchange(t, "POST /", "Content-Type: application/json", "Transfer-Encoding: chunked")
	x.Request.Body.SetBytes([]byte(`{"id":7}`))
	if f.Request(x) != filters.Next {
		t.Fatal(x.Denial)
	}
	x = filterstest.Exchange(t, "POST /", "Content-Type: application/json", "Transfer-Encoding: chunked")
	x.Request.Body.SetStream([]byte(`{"id":7}            `), nothing{}) // with a trailer still to come
	if f.Request(x) != filters.Next {
		t.Fatal(x.Denial)
	}
	x = filterstest.Exchange(t, "POST /", "Content-Type: application/json", "Transfer-Encoding: chunked")
	x.Request.Body.SetStream([]byte(`{"id":7}             `), nothing{})
	if f.Request(x) != filters.Done || x.Denial.Code != "body.too_large" {
		t.Fatal(x.Denial)
	}
}

func TestContentShadow(t *testing.T) {
	f, err := New(&conf.Content{Types: []string{"a/b"}, Mode: conf.Shadow}, 1000, filterstest.Site("orders"))
	if err != nil {
		t.Fatal(err)
	}
	x := exchange(t, f, "POST", "c/d", "x")
	if f.Request(x) != filters.Next || x.Shadowed.Code != "content.type" {
		t.Fatalf("%v %v", x.Shadowed, x.Denial)
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := New(&conf.Content{Schema: "none.json"}, 1000, filterstest.Site("orders")); err == nil {
		t.Fatal("a schema that is not there")
	}
}

func BenchmarkContent(b *testing.B) {
	f, err := New(&conf.Content{Types: []string{"text/csv", "application/json"}}, 1000, filterstest.Site("orders"))
	if err != nil {
		b.Fatal(err)
	}
	x := exchange(b, f, "POST", "application/json; charset=utf-8", `{"id":1}`)
	b.ReportAllocs()
	for b.Loop() {
		f.Request(x)
	}
}
