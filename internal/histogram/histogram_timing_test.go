package histogram

import "testing"

func BenchmarkObserve(b *testing.B) {
	h := New()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for ns := int64(0); pb.Next(); ns += 997 {
			h.Observe(ns & 0xfffffff)
		}
	})
}
