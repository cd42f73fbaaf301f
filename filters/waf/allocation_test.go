//go:build !race

package waf

import (
	"testing"

	"sallyport/filters/waf/engine"
	"sallyport/filters/waf/seclang"
	"sallyport/filters/waf/waftest"
)

func TestAllocations(t *testing.T) {
	for paranoia := 1; paranoia <= 2; paranoia++ {
		set, err := seclang.Parse(waftest.Source{}, "test", waftest.CRS(paranoia, ""))
		if err != nil {
			t.Fatal(err)
		}
		p, err := engine.Compile(set)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range benchRequests() {
			n := newInspection(&r)
			for range 3 { // grows buffers, and the states of expressions
				n.run(p)
			}
			if got := testing.AllocsPerRun(20, func() { n.run(p) }); got != 0 {
				t.Errorf("paranoia %d: %s: %v allocations", paranoia, r.Name, got)
			}
		}
	}
}
