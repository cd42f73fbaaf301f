//go:build !race

package headers

import (
	"testing"

	"sallyport/filters/filterstest"
)

func TestAllocations(t *testing.T) {
	x, request, response := benchmarkFilters(t)
	if n := testing.AllocsPerRun(100, func() {
		filterstest.Parse(t, x, "GET /")
	}) - testing.AllocsPerRun(100, func() {
		filterstest.Parse(t, x, "GET /")
		request.Request(x)
		x.Respond(200, nil, nil)
		response.Response(x)
	}); n != 0 {
		t.Errorf("%v allocations", -n)
	}
}
