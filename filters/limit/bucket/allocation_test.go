//go:build !race

package bucket

import (
	"testing"
	"time"
)

func TestTakeDoesNotAllocate(t *testing.T) {
	w, _ := window(t, 100, time.Second, 100)
	table := newTable(t, 100, w)
	key := []byte("192.0.2.1")
	f := func(name string, limit int64) {
		t.Helper()
		now := int64(0)
		if n := testing.AllocsPerRun(1000, func() {
			now += int64(time.Second) / limit
			d := table.Take(table.Key(key), 1, now)
			_ = d.Remaining() + int64(d.RetryAfter())
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	f("granted", 50)
	f("refused", 100_000)
}
