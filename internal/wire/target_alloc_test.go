//go:build !race

package wire

import "testing"

func TestTargetAllocations(t *testing.T) {
	f := func(raw string) {
		t.Helper()
		var target Target
		b := []byte(raw)
		if n := testing.AllocsPerRun(100, func() {
			target.Reset()
			target.Parse(b, GET, true)
		}); n != 0 {
			t.Fatalf("%q: %v allocations", raw, n)
		}
	}
	f("/v1/orders/42?page=2")
	f("/v1/%6frders//./%C3%A9")
	f("http://example.com/v1/orders")
	f("/a/../../b")
}
