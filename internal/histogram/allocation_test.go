//go:build !race

package histogram

import "testing"

func TestObserveDoesNotAllocate(t *testing.T) {
	h := New()
	if n := testing.AllocsPerRun(1000, func() { h.Observe(1_234_567) }); n != 0 {
		t.Fatalf("Observe allocates %g times", n)
	}
}
