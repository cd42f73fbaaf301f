package mask

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/filterstest"
	"sallyport/internal/wire"
)

func TestText(t *testing.T) {
	f := func(paths, source, want string) {
		t.Helper()
		p, err := newPath(strings.Fields(paths))
		if err != nil {
			t.Fatal(err)
		}
		var tx text
		got, ok := tx.mask([]byte(source), p, []byte(`"***"`))
		if !ok || string(got) != want {
			t.Fatalf("%s: %s, want %s", source, got, want)
		}
	}
	f("a", `{"a":1,"b":2}`, `{"a":"***","b":2}`)
	f("a", `{ "a" : {"x":[1]} , "b":2}`, `{ "a" : "***" , "b":2}`)
	f("a", `{"\u0061":"\n","b":"a"}`, `{"\u0061":"***","b":"a"}`)
	f("a.b", `{"a":{"b":null,"c":1},"b":2}`, `{"a":{"b":"***","c":1},"b":2}`)
	f("a.b", `{"a":[{"b":1}]}`, `{"a":[{"b":1}]}`)
	f("a.*.b", `{"a":[{"b":1},{"c":2},{"b":3}]}`, `{"a":[{"b":"***"},{"c":2},{"b":"***"}]}`)
	f("*.b", `[{"b":1},{"b":[2]}]`, `[{"b":"***"},{"b":"***"}]`)
	f("*.b", `{"x":{"b":1},"y":{"b":2}}`, `{"x":{"b":"***"},"y":{"b":"***"}}`)
	f("a a.b", `{"a":{"b":1}}`, `{"a":"***"}`)
	f("*.b a.* a.b", `{"a":{"b":1,"c":2},"d":{"b":3}}`, `{"a":{"b":"***","c":"***"},"d":{"b":"***"}}`)
	f("*", `["a",1]`, `["***","***"]`)
	f("z", `{"a":1}`, `{"a":1}`)
	f("a", `7`, `7`)

	for _, paths := range []string{"a..b", ".a", "a."} {
		if _, err := newPath([]string{paths}); err == nil {
			t.Fatalf("%q is a path", paths)
		}
	}
	if _, err := newPath([]string{""}); err == nil {
		t.Fatal("nothing is a path")
	}
}

// pieces is a stream of an upstream.
type pieces []string

func (p *pieces) Next() ([]byte, error) {
	if len(*p) == 0 {
		return nil, io.EOF
	}
	next := (*p)[0]
	if *p = (*p)[1:]; next == "cut" {
		return nil, io.ErrUnexpectedEOF
	}
	return []byte(next), nil
}
func (p *pieces) Trailer() *wire.Head { return nil }
func (p *pieces) Close()              {}

func TestMask(t *testing.T) {
	m, err := New(&conf.Mask{JSON: []string{"ssn"}, With: "x\"y", MaxBody: 40}, filterstest.Site("orders"))
	if err != nil {
		t.Fatal(err)
	}
	f := func(method string, fields []string, body []string, status int, want string) {
		t.Helper()
		x := filterstest.Exchange(t, method+" /", "Accept-Encoding: gzip", "Range: bytes=0-1", "If-Range: x")
		if m.Request(x) != filters.Next || x.Request.Has(wire.AcceptEncoding) || x.Request.Has(wire.Range) || x.Request.Has(wire.IfRange) {
			t.Fatal("the upstream is not asked for a whole answer")
		}
		x.Respond(200, nil, nil)
		for _, line := range fields {
			name, value, _ := strings.Cut(line, ": ")
			x.Reply.Add(name, []byte(value))
		}
		x.Reply.Framing = wire.Framing{Kind: wire.Chunked}
		p := pieces(body)
		x.Reply.Body.SetStream(nil, &p)
		m.Response(x)
		var got []byte
		for {
			piece, err := x.Reply.Body.Next()
			got = append(got, piece...)
			if err != nil {
				break
			}
		}
		if x.Reply.Status != status || status == 200 && string(got) != want || status != 200 && x.Denial.Code != "upstream.malformed" {
			t.Fatalf("%d %s %v, want %d %s", x.Reply.Status, got, x.Denial, status, want)
		}
		if strings.Contains(string(got), "123") && status != 200 {
			t.Fatalf("%s is let out", got)
		}
	}
	isJSON := []string{"Content-Type: application/json; charset=utf-8"}
	f("GET", isJSON, []string{`{"ssn":"123`, `","a":1}`}, 200, `{"ssn":"x\"y","a":1}`)
	f("GET", append(isJSON, "Content-MD5: abc", "Content-Length: 21"), []string{`{"ssn":"123","a":1}`}, 200, `{"ssn":"x\"y","a":1}`)
	f("GET", isJSON, []string{`{"ssn":"123","a":`}, 502, "")
	f("GET", isJSON, []string{`{"ssn":"123","ssn":1}`}, 502, "")
	f("GET", isJSON, []string{`{"ssn":"123"`, "cut"}, 502, "")
	f("GET", isJSON, []string{`{"ssn":"123"}`, strings.Repeat(" ", 30)}, 502, "")
	f("GET", isJSON, []string{`{"ssn":"123"}`, strings.Repeat(" ", 27)}, 200, `{"ssn":"x\"y"}`+strings.Repeat(" ", 27))
	f("GET", append(isJSON, "Content-Encoding: gzip"), []string{`{"ssn":"123"}`}, 502, "")
	f("GET", []string{"Content-Type: text/plain"}, []string{`{"ssn":"123"}`}, 200, `{"ssn":"123"}`)
	f("HEAD", isJSON, nil, 200, "")
}

func TestMaskFields(t *testing.T) {
	m, err := New(&conf.Mask{JSON: []string{"a"}, With: "***", MaxBody: 1000}, filterstest.Site("orders"))
	if err != nil {
		t.Fatal(err)
	}
	x := filterstest.Exchange(t, "GET /")
	x.Respond(200, nil, []byte(`{"a":1}`))
	for _, name := range []string{"Content-Length", "Content-MD5", "Repr-Digest", "Accept-Ranges", "ETag"} {
		x.Reply.Add(name, []byte("7"))
	}
	x.Reply.Add("Content-Type", []byte("application/json"))
	m.Response(x)
	if got := filterstest.Fields(&x.Reply.Head); got != "ETag: 7\r\nContent-Type: application/json\r\n" {
		t.Fatalf("%q", got)
	}
	if x.Reply.Framing != (wire.Framing{Kind: wire.Sized, Length: 11}) {
		t.Fatalf("%+v", x.Reply.Framing)
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{`{"a":{"b":"secret"}}`, `[{"b":1},[{"b":2}]]`, `{"\u0061":{"b":{}}}`} {
		f.Add([]byte(seed))
	}
	p, err := newPath([]string{"a.b", "*.b", "*.*.c"})
	if err != nil {
		f.Fatal(err)
	}
	var tx text
	f.Fuzz(func(t *testing.T, source []byte) {
		out, ok := tx.mask(source, p, []byte(`"***"`))
		if !ok {
			return
		}
		if !json.Valid(out) {
			t.Fatalf("%q became %q", source, out)
		}
		again := string(out)
		if out, ok = tx.mask([]byte(again), p, []byte(`"***"`)); !ok || string(out) != again {
			t.Fatalf("%q became %q", again, out)
		}
	})
}

func benchmarkExchange(t testing.TB) (*Mask, *filters.Exchange, []byte) {
	m, err := New(&conf.Mask{JSON: []string{"items.*.card"}, With: "***", MaxBody: 10_000}, filterstest.Site("orders"))
	if err != nil {
		t.Fatal(err)
	}
	var items []string
	for i := range 14 {
		items = append(items, fmt.Sprintf(`{"id":%d,"name":"item %d","card":"4111 1111 1111 %04d"}`, i, i, i))
	}
	return m, filterstest.Exchange(t, "GET /"), []byte(`{"items":[` + strings.Join(items, ",") + `]}`)
}

func respond(x *filters.Exchange, body []byte) {
	x.Respond(200, nil, body)
	x.Reply.AddKnown(wire.ContentType, contentType)
}

var contentType = []byte("application/json")

func BenchmarkMask(b *testing.B) {
	m, x, body := benchmarkExchange(b)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		respond(x, body)
		m.Response(x)
	}
}
