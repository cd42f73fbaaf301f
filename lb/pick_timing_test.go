package lb

import "testing"

// BenchmarkPick measures a pick, the place it takes and gives back, with 100 nodes and 16 goroutines for each core.
func BenchmarkPick(b *testing.B) {
	for _, policy := range policies {
		b.Run(policy, func(b *testing.B) {
			nodes := someNodes(100)
			for i, n := range nodes {
				n.latency.observe(1, int64(1e6+i))
			}
			v := viewOf(policy, nodes)
			b.ReportAllocs()
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				for now := int64(1); pb.Next(); now += 1000 {
					n := v.picker.pick(now, uint64(now))
					n.reserve(0)
					n.release()
				}
			})
		})
	}
}

// BenchmarkDo measures all that an upstream does about a call, apart from sending it.
func BenchmarkDo(b *testing.B) {
	for _, definition := range []string{"", "eject = {}\nbreaker = {}\nhedge = {}"} {
		b.Run("with "+definition, func(b *testing.B) {
			u, err := Compile(definedAs(b, nodesOnly+definition), nil)
			if err != nil {
				b.Fatal(err)
			}
			u.send = func(_ *node, c *Call, _ int64) outcome { c.Reply.Status = 200; return answered }
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				c := get()
				for pb.Next() {
					u.Do(c)
					u.Done(c, false)
				}
			})
		})
	}
}
