package lb

import (
	"testing"
	"time"

	"sallyport/internal/wire"
)

func TestFineBucket(t *testing.T) {
	for ns := int64(1 << coarsest); ns < 1<<longest; ns += 1 + ns/97 {
		b := fineBucket(ns)
		if edge := fineEdge(b); edge <= ns || float64(edge) > 1.07*float64(ns) {
			t.Fatalf("%d ns falls into bucket %d, whose edge is %d", ns, b, edge)
		}
		if next := fineBucket(fineEdge(b)); next != min(b+1, fineBuckets-1) {
			t.Fatalf("behind bucket %d comes %d", b, next)
		}
	}
	f := func(ns int64, want int) {
		t.Helper()
		if got := fineBucket(ns); got != want {
			t.Errorf("fineBucket(%d) = %d, want %d", ns, got, want)
		}
	}
	f(-1, 0)
	f(0, 0)
	f(1<<coarsest-1, 0)
	f(1<<coarsest, 1)
	f(1<<longest-1, fineBuckets-1)
	f(1<<longest, fineBuckets-1)
	f(1<<62, fineBuckets-1)
}

func TestQuantiles(t *testing.T) {
	q := newQuantiles(10 * time.Second)
	start := wire.Now()
	f := func(after time.Duration, share float64, want time.Duration, events uint64) {
		t.Helper()
		got, n := q.at(start+int64(after), share)
		if n != events || float64(got) < float64(want) || float64(got) > 1.07*float64(want) {
			t.Errorf("after %v the quantile %g of %d latencies is %v, want %v of %d", after, share, n, time.Duration(got), want, events)
		}
	}
	f(0, 0.5, 0, 0)
	for i := range int64(100) {
		q.observe(start, (i+1)*1e6)
	}
	f(0, 0.5, 50*time.Millisecond, 100)
	f(0, 0.95, 95*time.Millisecond, 100)
	f(0, 1, 100*time.Millisecond, 100)
	f(6*time.Second, 0.5, 50*time.Millisecond, 100)
	q.observe(start+6e9, 1e9)
	f(6*time.Second, 1, time.Second, 101)
	f(12*time.Second, 0.5, time.Second, 1) // the first ones are forgotten
	f(40*time.Second, 0.5, 0, 0)
}
