//go:build !race

package lb

import "testing"

func TestPickDoesNotAllocate(t *testing.T) {
	for _, policy := range policies {
		v := viewOf(policy, someNodes(100))
		now := int64(0)
		allocations := testing.AllocsPerRun(1000, func() {
			now += 1000
			n := v.picker.pick(now, uint64(now))
			n.reserve(0)
			n.latency.observe(now, 1e6)
			n.release()
		})
		if allocations != 0 {
			t.Errorf("%s: a pick allocates %g times", policy, allocations)
		}
	}
}
