//go:build !race

package mask

import "testing"

func TestAllocations(t *testing.T) {
	m, x, body := benchmarkExchange(t)
	if n := testing.AllocsPerRun(100, func() {
		respond(x, body)
		m.Response(x)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if x.Denial != nil {
		t.Fatal(x.Denial)
	}
}
