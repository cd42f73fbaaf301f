package waf

import (
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"sallyport/filters/waf/engine"
	"sallyport/filters/waf/seclang"
	"sallyport/filters/waf/waftest"
)

// benchRequests are the requests of BenchmarkCRS: a browser's GET, JSON documents of an ordinary shape, and an attack.
func benchRequests() []waftest.Request {
	browser := [][2]string{
		{"Host", "shop.example.com"},
		{"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"},
		{"Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
		{"Accept-Language", "en-US,en;q=0.5"},
		{"Accept-Encoding", "gzip, deflate, br"},
		{"Referer", "https://shop.example.com/v1/products?category=shoes"},
		{"Cookie", "session=8f14e45fceea167a5a36dedd4bea2543; theme=dark; lang=en"},
	}
	get := waftest.Request{Name: "get", Method: "GET", Protocol: "HTTP/1.1", Header: browser,
		Target: "/v1/products/search?q=running+shoes&page=2&sort=price&brand=acme"}
	sqli := get
	sqli.Name = "sqli"
	sqli.Target = "/v1/products/search?q=1'%20UNION%20SELECT%20username,password%20FROM%20users--&page=2"
	return []waftest.Request{get, benchJSON("json1k", 1<<10, browser), benchJSON("json16k", 16<<10, browser), sqli}
}

var benchClient = netip.MustParseAddr("192.0.2.1")

func benchJSON(name string, size int, browser [][2]string) waftest.Request {
	var b strings.Builder
	b.WriteString(`{"customer":{"id":48213,"name":"Maria Lopez","email":"maria.lopez@example.com"},"items":[`)
	for i := 0; b.Len() < size-120; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"sku":"AB-%05d","title":"Trail running shoe, blue","quantity":%d,"price":89.95,"tags":["sport","outdoor"]}`, i*37, i%4+1)
	}
	b.WriteString(`],"note":"Please leave it at the door, thank you","express":true}`)
	header := append([][2]string{{"Content-Type", "application/json"}, {"Content-Length", fmt.Sprint(b.Len())}}, browser...)
	return waftest.Request{Name: name, Method: "POST", Target: "/v1/orders", Protocol: "HTTP/1.1", Header: header, Body: []byte(b.String())}
}

// BenchmarkCRS compares what one inspection costs here and in Coraza, with the same rules.
func BenchmarkCRS(b *testing.B)          { benchmarkCRS(b, 1) }
func BenchmarkCRSParanoia2(b *testing.B) { benchmarkCRS(b, 2) }

func benchmarkCRS(b *testing.B, paranoia int) {
	directives := waftest.CRS(paranoia, "")
	set, err := seclang.Parse(waftest.Source{}, "bench", directives)
	if err != nil {
		b.Fatal(err)
	}
	program, err := engine.Compile(set)
	if err != nil {
		b.Fatal(err)
	}
	oracle, err := waftest.NewCoraza(directives)
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range benchRequests() {
		fast := newInspection(&r)
		b.Run(r.Name+"/sallyport", func(b *testing.B) { measure(b, func() { fast.run(program) }) })
		b.Run(r.Name+"/coraza", func(b *testing.B) { measure(b, func() { oracle.Run(&r) }) })
	}
}

// measure also reports the CPU time of an operation, garbage collection included: on a busy machine it says more than the
// time that has passed.
func measure(b *testing.B, operation func()) {
	b.ReportAllocs()
	start := cpuTime()
	for b.Loop() {
		operation()
	}
	b.ReportMetric(float64(cpuTime()-start)/float64(b.N), "cpu-ns/op")
}

func cpuTime() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// inspection feeds one request to the engine.
type inspection struct {
	method, target, protocol []byte
	header                   [][2][]byte
	body                     []byte
}

func newInspection(r *waftest.Request) *inspection {
	n := &inspection{method: []byte(r.Method), target: []byte(r.Target), protocol: []byte(r.Protocol), body: r.Body}
	for _, h := range r.Header {
		n.header = append(n.header, [2][]byte{[]byte(h[0]), []byte(h[1])})
	}
	return n
}

func (n *inspection) run(p *engine.Program) bool {
	t := p.Acquire()
	defer p.Release(t)
	t.Client(benchClient, 1234)
	t.RequestLine(n.method, n.target, n.protocol)
	for _, h := range n.header {
		t.RequestHeader(h[0], h[1])
	}
	return t.RunRequestHeaders() != nil || t.RunRequestBody(n.body, false) != nil
}
