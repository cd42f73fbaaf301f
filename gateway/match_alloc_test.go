//go:build !race

package gateway

import (
	"testing"

	"sallyport/filters"
)

func TestFindAllocations(t *testing.T) {
	m := testMatcher(t, "GET *.example.com/v1/{a}/{b}/*", "GET /v1/a X-V=2", "BREW api.example.com/v1/a")
	f := func(line string, fields ...string) {
		t.Helper()
		r := testRequest(t, line, fields...)
		allow := make([]byte, 0, 256)
		var params [filters.MaxParams]filters.Offset
		if n := testing.AllocsPerRun(100, func() {
			_, allowed := m.find(r, &params)
			allow = m.methods.appendAllow(allow[:0], allowed)
		}); n != 0 {
			t.Fatalf("%s: %v allocations", line, n)
		}
	}
	f("GET api.example.com/v1/a/b/c/d")
	f("GET /v1/a", "X-V: 2")
	f("BREW api.example.com/v1/a")
	f("PUT api.example.com/v1/a")
	f("GET /v2")
	f("OPTIONS /v1/a", "Origin: https://x.example", "Access-Control-Request-Method: GET", "Access-Control-Request-Headers: x-v")
}
