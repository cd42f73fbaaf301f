package histogram

import (
	"strings"
	"sync"
	"testing"
	"unsafe"
)

func TestBucketOf(t *testing.T) {
	f := func(ns int64, want int) {
		t.Helper()
		if got := bucketOf(ns); got != want {
			t.Errorf("bucketOf(%d) = %d, want %d", ns, got, want)
		}
	}
	f(0, 0)
	f(1, 0)
	f(50_000, 0)
	f(50_001, 1)
	f(100_000, 1)
	f(1_000_000, 4)
	f(1_000_001, 5)
	f(30_000_000_000, buckets-2)
	f(30_000_000_001, buckets-1)
	f(1<<62, buckets-1)
	for i, b := range bounds {
		f(b, i)
		f(b+1, i+1)
	}
}

func TestQuantile(t *testing.T) {
	f := func(q float64, want int64, observed ...int64) {
		t.Helper()
		h := New()
		for _, ns := range observed {
			h.Observe(ns)
		}
		if got := h.Snapshot().Quantile(q); got != want {
			t.Errorf("quantile %g of %v is %d, want %d", q, observed, got, want)
		}
	}
	f(0.5, 0)
	f(0.5, 25_000, 10)
	f(1, 50_000, 10)
	f(0.5, 1_000_000, 900_000, 900_000, 2_000_000, 2_000_000)
	f(0.75, 1_750_000, 900_000, 900_000, 2_000_000, 2_000_000)
	f(0.99, 30_000_000_000, 60_000_000_000)
}

func TestNegativeIsZero(t *testing.T) {
	h := New()
	h.Observe(-5)
	if s := h.Snapshot(); s.Counts[0] != 1 || s.Sum != 0 {
		t.Fatalf("a negative duration was counted as %+v", s)
	}
}

func TestConcurrentObserve(t *testing.T) {
	h := New()
	before := h.Snapshot()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 1000 {
				h.Observe(int64(i) * 1000)
			}
		})
	}
	wg.Wait()
	s := h.Snapshot().Sub(before)
	if s.Count != 8000 || s.Sum != 8*999*1000/2*1000 {
		t.Fatalf("count %d, sum %d after 8000 observations", s.Count, s.Sum)
	}
}

func TestWritePrometheus(t *testing.T) {
	h := New()
	h.Observe(60_000)
	h.Observe(2_000_000_000)
	h.Observe(40_000_000_000)
	f := func(labels string, want ...string) {
		t.Helper()
		var b strings.Builder
		h.WritePrometheus(&b, "sallyport_request_seconds", labels)
		for _, line := range want {
			if !strings.Contains(b.String(), line+"\n") {
				t.Errorf("with labels %q the line %q is missing in\n%s", labels, line, b.String())
			}
		}
	}
	f(`route="a"`,
		`sallyport_request_seconds_bucket{route="a",le="5e-05"} 0`,
		`sallyport_request_seconds_bucket{route="a",le="0.0001"} 1`,
		`sallyport_request_seconds_bucket{route="a",le="2.5"} 2`,
		`sallyport_request_seconds_bucket{route="a",le="30"} 2`,
		`sallyport_request_seconds_bucket{route="a",le="+Inf"} 3`,
		`sallyport_request_seconds_sum{route="a"} 42.00006`,
		`sallyport_request_seconds_count{route="a"} 3`)
	f("", `sallyport_request_seconds_bucket{le="+Inf"} 3`, `sallyport_request_seconds_count 3`)
}

func TestShardIsWholeCacheLines(t *testing.T) {
	if size := unsafe.Sizeof(shard{}); size%64 != 0 {
		t.Fatalf("a shard has %d bytes", size)
	}
}
