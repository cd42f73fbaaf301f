//go:build !race

package respond

import (
	"testing"

	"sallyport/filters/filterstest"
)

func TestAllocations(t *testing.T) {
	for name, f := range benchmarkFilters(t) {
		x := filterstest.Exchange(t, "GET /v1/orders/42?a=b")
		if n := testing.AllocsPerRun(100, func() { f.Request(x) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
