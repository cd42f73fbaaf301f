//go:build !race

package cors

import (
	"testing"

	"sallyport/filters/filterstest"
)

func TestAllocations(t *testing.T) {
	c := New(rules)
	preflight := filterstest.Exchange(t, "OPTIONS /a", "Origin: https://a.example.org", "Access-Control-Request-Method: PUT")
	if n := testing.AllocsPerRun(100, func() { c.Request(preflight) }); n != 0 {
		t.Errorf("preflight: %v allocations", n)
	}
	x := filterstest.Exchange(t, "GET /a", "Origin: https://a.example.org")
	if n := testing.AllocsPerRun(100, func() { x.Reply.Reset(); c.Response(x) }); n != 0 {
		t.Errorf("response: %v allocations", n)
	}
}
