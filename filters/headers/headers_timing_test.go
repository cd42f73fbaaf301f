package headers

import (
	"testing"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/filterstest"
)

func benchmarkFilters(t testing.TB) (*filters.Exchange, *Request, *Response) {
	site := filterstest.Site("orders")
	request, err := NewRequest(&conf.HeaderEdits{Remove: []string{"Cookie", "X-Debug"}, Set: map[string]string{"X-Client": "{client.ip}"}}, site)
	if err != nil {
		t.Fatal(err)
	}
	response, err := NewResponse(&conf.HeaderEdits{
		Remove: []string{"Server", "X-Powered-By"},
		Set:    map[string]string{"Strict-Transport-Security": "max-age=31536000", "X-Content-Type-Options": "nosniff"},
	}, site)
	if err != nil {
		t.Fatal(err)
	}
	x := filterstest.Exchange(t, "GET /v1/orders", "Accept: */*", "Cookie: a=b", "User-Agent: x")
	x.Route = site
	return x, request, response
}

func BenchmarkRequest(b *testing.B) {
	x, request, _ := benchmarkFilters(b)
	head := x.Request.Head
	b.ReportAllocs()
	for b.Loop() {
		x.Request.Head.CopyFrom(&head)
		request.Request(x)
	}
}

func BenchmarkResponse(b *testing.B) {
	x, _, response := benchmarkFilters(b)
	b.ReportAllocs()
	for b.Loop() {
		x.Reply.Reset()
		response.Response(x)
	}
}
