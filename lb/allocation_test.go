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

func TestDoDoesNotAllocate(t *testing.T) {
	f := func(definition string) {
		t.Helper()
		u, err := Compile(definedAs(t, three+definition), nil)
		if err != nil {
			t.Fatal(err)
		}
		u.send = func(_ *node, c *Call, deadline int64) outcome { return answer200(c, deadline) }
		c := get()
		if allocations := testing.AllocsPerRun(1000, func() {
			if u.Do(c) != OK {
				t.Fatal("no answer")
			}
			u.Done(c, false)
		}); allocations != 0 {
			t.Errorf("%s: a call allocates %g times", definition, allocations)
		}
	}
	f("")
	f("requests = { max = 10, per_node = 5 }")
	f("eject = { latency = 2.0 }")
	f("breaker = { slow = \"1s\" }")
	f("hedge = {}")
}

// answer200 answers at once.
func answer200(c *Call, _ int64) outcome {
	c.Reply.Status = 200
	return answered
}

func TestSplitDoesNotAllocate(t *testing.T) {
	u, err := Compile(definedAs(t, three), nil)
	if err != nil {
		t.Fatal(err)
	}
	route := canaryOf()
	s, err := CompileSplit(route, map[string]*Upstream{"a": u, "b": u}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, key := get(), uint64(0)
	if allocations := testing.AllocsPerRun(1000, func() {
		key++
		s.Choose(c, key, nil)
		s.canary.record(c.Now, 1e6, c.canary, key%50 == 0)
	}); allocations != 0 {
		t.Errorf("a choice allocates %g times", allocations)
	}
}
