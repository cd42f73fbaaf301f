package lb

import (
	"sync"
	"testing"
	"time"
)

func TestWindow(t *testing.T) {
	w := newWindow(10 * time.Second)
	f := func(now time.Duration, events, bad uint64) {
		t.Helper()
		if e, b := w.sum(int64(now)); e != events || b != bad {
			t.Errorf("at %v the window holds %d events, %d bad; want %d and %d", now, e, b, events, bad)
		}
	}
	f(0, 0, 0)
	w.record(int64(100*time.Second), true)
	w.record(int64(100*time.Second), false)
	w.record(int64(105*time.Second), true)
	f(105*time.Second, 3, 2)
	f(109*time.Second, 3, 2)
	f(110*time.Second, 1, 1)
	f(115*time.Second, 0, 0)
	w.record(int64(110*time.Second), false) // takes the slot of 100 s
	f(110*time.Second, 2, 1)
	w.reset()
	f(110*time.Second, 0, 0)
	for range slotCount + 10 {
		w.record(int64(200*time.Second), true)
	}
	f(200*time.Second, slotCount, slotCount)
}

func TestWindowLosesNothing(t *testing.T) {
	w := newWindow(time.Second)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range int64(1000) {
				w.record(1e9+i%9*w.slot, i%2 == 0)
			}
		})
	}
	wg.Wait()
	if e, b := w.sum(1e9 + 8*w.slot); e != 8000 || b != 4000 {
		t.Errorf("8000 events, 4000 of them bad, were counted as %d and %d", e, b)
	}
}

func TestOver(t *testing.T) {
	f := func(events, bad uint64, share float64, minimum int, want bool) {
		t.Helper()
		if got := over(events, bad, share, minimum); got != want {
			t.Errorf("over(%d, %d, %g, %d) = %v", events, bad, share, minimum, got)
		}
	}
	f(0, 0, 0.5, 1, false)
	f(10, 5, 0.5, 10, true)
	f(10, 4, 0.5, 10, false)
	f(9, 9, 0.5, 10, false)
	f(10, 0, 0, 10, false)
}
