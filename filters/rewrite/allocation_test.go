//go:build !race

package rewrite

import (
	"testing"

	"sallyport/conf"
	"sallyport/filters/filterstest"
)

func TestAllocations(t *testing.T) {
	site := filterstest.Site("orders", "id")
	f := func(c conf.Rewrite) {
		t.Helper()
		r, err := New(&c, site)
		if err != nil {
			t.Fatal(err)
		}
		x := filterstest.Exchange(t, "GET /v1/orders/42")
		filterstest.Params(t, x, site, "42")
		if n := testing.AllocsPerRun(100, func() { r.Request(x) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
	f(conf.Rewrite{StripPrefix: "/v1", AddPrefix: "/api"})
	f(conf.Rewrite{Path: "/api/{id}"})
}
