package bucket

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// model is the limit as the documentation words it: a bucket of burst tokens into which limit tokens per period flow.
// Levels are tokens x period, so that nothing is rounded.
type model struct {
	limit, period, burst int64
	level, at            int64
}

func (m *model) settle(now int64) {
	if now > m.at {
		elapsed := min(now-m.at, m.burst*m.period) // more fills any bucket, and could overflow below
		m.level = min(m.burst*m.period, m.level+elapsed*m.limit)
		m.at = now
	}
}

func takeAll(models []model, cost, now int64) bool {
	for i := range models {
		m := &models[i]
		m.settle(now)
		if m.level < cost*m.period {
			return false
		}
	}
	for i := range models {
		models[i].level -= cost * models[i].period
	}
	return true
}

// window makes the same limit twice: as it runs, and as it is documented.
func window(t testing.TB, limit int64, period time.Duration, burst int64) (Window, model) {
	t.Helper()
	w, err := NewWindow(limit, period, burst)
	if err != nil {
		t.Fatal(err)
	}
	return w, model{limit: limit, period: int64(period), burst: burst, level: burst * int64(period)}
}

func newTable(t testing.TB, keys int, windows ...Window) *Table {
	t.Helper()
	table, err := New(keys, windows...)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func number(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }

// Over random schedules of many keys, costs and pauses, every single answer is the model's.
func TestTableAnswersAsTheModel(t *testing.T) {
	f := func(seed uint64, limits ...[3]int64) {
		t.Helper()
		random := rand.New(rand.NewPCG(seed, 1))
		var windows []Window
		var fresh []model
		least := int64(1 << 62)
		for _, l := range limits {
			w, m := window(t, l[0], time.Duration(l[1]), l[2])
			windows, fresh = append(windows, w), append(fresh, m)
			least = min(least, l[2])
		}
		const keys = 40
		table := newTable(t, keys, windows...)
		models := make([][]model, keys)
		for i := range models {
			models[i] = append([]model(nil), fresh...)
		}
		gap := windows[0].interval/ticksPerNano/keys/2 + 1 // about twice what is allowed
		now := int64(0)
		granted := 0
		for step := range 40000 {
			switch random.IntN(1000) {
			case 0:
				now += windows[len(windows)-1].capacity / ticksPerNano * random.Int64N(2)
			default:
				now += random.Int64N(2 * gap)
			}
			key := random.IntN(keys)
			cost := 1 + random.Int64N(min(3, least))
			want := takeAll(models[key], cost, now)
			d := table.Take(table.Key(number(uint64(key))), cost, now)
			if d.Allowed != want {
				t.Fatalf("seed %d step %d key %d cost %d at %d: allowed=%v, the model says %v", seed, step, key, cost, now, d.Allowed, want)
			}
			if want {
				granted++
			} else if again := table.Probe(table.Key(number(uint64(key))), cost, now+int64(d.RetryAfter())); !again.Allowed {
				t.Fatalf("seed %d step %d: not granted after waiting RetryAfter", seed, step)
			}
		}
		if granted == 0 || granted == 40000 {
			t.Fatalf("seed %d: %d of 40000 granted: the schedule tests nothing", seed, granted)
		}
		if table.Overflowed() != 0 {
			t.Fatalf("seed %d: a table of %d keys overflowed", seed, keys)
		}
	}
	second, hour, day := int64(time.Second), int64(time.Hour), int64(24*time.Hour)
	for seed := range uint64(4) {
		f(seed, [3]int64{1, second, 1})
		f(seed, [3]int64{100, second, 100})
		f(seed, [3]int64{1000, second, 1})
		f(seed, [3]int64{5, int64(time.Minute), 20})
		f(seed, [3]int64{10, second, 10}, [3]int64{1000, hour, 1000})
		f(seed, [3]int64{10, second, 3}, [3]int64{100, int64(time.Minute), 50}, [3]int64{1000, hour, 500}, [3]int64{8000, day, 8000})
	}
}

// A rate that does not divide the clock grants at most the limit, and less by a thousandth at the most.
func TestTableRoundsTowardsTheLimit(t *testing.T) {
	f := func(limit int64, period time.Duration, burst int64) {
		t.Helper()
		w, _ := window(t, limit, period, burst)
		table := newTable(t, 1, w)
		k := table.Key(nil)
		span := int64(period) * 2000 / limit
		granted := int64(0)
		const load = 4
		for i := int64(0); i <= 2000*load; i++ {
			if d := table.Take(k, 1, span*i/(2000*load)); d.Allowed {
				granted++
			}
		}
		most := float64(limit)*float64(span)/float64(period) + float64(burst)
		if float64(granted) > most || float64(granted) < most*0.999-1 {
			t.Fatalf("%d per %s, burst %d: %d granted of at most %.3f", limit, period, burst, granted, most)
		}
	}
	f(3, time.Second, 2)
	f(7, time.Minute, 7)
	f(300_000, time.Second, 30)
	f(999_999, time.Second, 100)
	f(10_000_000, time.Second, 100)
	f(1_000_003, time.Hour, 5)
}

// With more keys at once than the table holds, no key gets more than its limit: not the one that comes and goes, and
// not the one that moves between its own bucket and the shared one.
func TestTableFullGrantsNoKeyMoreThanItsLimit(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	w, fresh := window(t, 10, time.Second, 5)
	table := newTable(t, 8, w)
	const keys = 300
	models := make([]model, keys)
	for i := range models {
		models[i] = fresh
	}
	now := int64(0)
	for step := range 200_000 {
		now += random.Int64N(int64(time.Second) / 400)
		if random.IntN(5000) == 0 {
			now += int64(time.Second) / 2
		}
		key := random.IntN(keys)
		if random.IntN(4) > 0 {
			key %= 5 // the abusers
		}
		// The model takes whatever the table grants; it would go below empty if that were ever too much.
		m := &models[key]
		m.settle(now)
		if d := table.Take(table.Key(number(uint64(key))), 1, now); d.Allowed {
			if m.level -= m.period; m.level < 0 {
				t.Fatalf("step %d: key %d was granted more than its limit", step, key)
			}
		}
	}
	if table.Overflowed() == 0 {
		t.Fatal("the table never overflowed: this tests nothing")
	}
}

// 200,000 keys from one spoofing client neither grow the table nor touch the buckets of others.
func TestTableUnderSpoofedKeys(t *testing.T) {
	w, _ := window(t, 1, time.Second, 5)
	table := newTable(t, 10_000, w)
	before := table.Bytes()
	spender, saver := table.Key([]byte("spender")), table.Key([]byte("saver"))
	for range 5 {
		table.Take(spender, 1, 1)
	}
	table.Take(saver, 1, 1)
	granted := 0
	for i := range uint64(200_000) {
		if d := table.Take(table.Key(number(i)), 5, 2); d.Allowed {
			granted++
		}
	}
	if d := table.Take(spender, 1, 3); d.Allowed {
		t.Error("the abuser came back with tokens")
	}
	if d := table.Take(saver, 4, 3); !d.Allowed {
		t.Error("the tokens that a key had saved are gone")
	}
	if granted > 14_000 {
		t.Errorf("%d new keys were granted their burst in a table of 10,000 keys", granted)
	}
	if after := table.Bytes(); after != before {
		t.Errorf("the table grew from %d to %d bytes", before, after)
	}
}

// A million keys find a slot of their own, in at most 64 MiB, with as many windows as there can be.
func TestTableHoldsAMillionKeys(t *testing.T) {
	var windows []Window
	for i := range int64(MaxWindows) {
		w, _ := window(t, 10+i, time.Hour, 10+i)
		windows = append(windows, w)
	}
	table := newTable(t, 1_000_000, windows...)
	if mib := float64(table.Bytes()) / (1 << 20); mib > 64 {
		t.Errorf("%.1f MiB", mib)
	}
	for i := range uint64(1_000_000) {
		table.Take(table.Key(number(i)), 1, 1)
	}
	if n := table.Overflowed(); n != 0 {
		t.Errorf("%d of a million keys found no slot", n)
	}
	if n := table.Live(1); n != 1_000_000 {
		t.Errorf("%d live keys", n)
	}
}

func TestTableUnderConcurrency(t *testing.T) {
	w, _ := window(t, 1000, time.Second, 100)
	table := newTable(t, 64, w)
	var granted [4]atomic.Int64
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for i := range int64(4000) {
				key := i % 4
				if d := table.Take(table.Key(number(uint64(key))), 1, i*int64(time.Second)/4000); d.Allowed {
					granted[key].Add(1)
				}
			}
		})
	}
	workers.Wait()
	for i := range granted {
		if n := granted[i].Load(); n > 1100 || n < 900 {
			t.Errorf("key %d: %d granted, where 1000/s for a second with a burst of 100 allows 1100", i, n)
		}
	}
}

func TestTableReset(t *testing.T) {
	w, _ := window(t, 1, time.Hour, 2)
	table := newTable(t, 10, w)
	k := table.Key([]byte("k"))
	table.Reset(k) // a key that is not there
	table.Take(k, 2, 1)
	if d := table.Take(k, 1, 2); d.Allowed {
		t.Fatal("granted from an empty bucket")
	}
	table.Reset(k)
	if d := table.Take(k, 2, 3); !d.Allowed || d.Remaining() != 0 {
		t.Fatalf("after a reset: %+v", d)
	}
}

func TestDecision(t *testing.T) {
	fast, _ := window(t, 10, time.Second, 10)
	slow, _ := window(t, 20, time.Hour, 20)
	table := newTable(t, 10, fast, slow)
	k := table.Key([]byte("k"))
	f := func(cost, now int64, want string) {
		t.Helper()
		d := table.Take(k, cost, now)
		got := fmt.Sprintf("%v window %d remaining %d retry %s reset %s", d.Allowed, d.Window, d.Remaining(), d.RetryAfter(), d.Reset())
		if got != want {
			t.Errorf("\ngot  %s\nwant %s", got, want)
		}
	}
	second := int64(time.Second)
	f(1, 0, "true window 0 remaining 9 retry 0s reset 100ms")
	f(9, 0, "true window 0 remaining 0 retry 0s reset 1s")
	f(1, 0, "false window 0 remaining 0 retry 100ms reset 1s")
	f(10, second, "true window 0 remaining 0 retry 0s reset 1s")
	f(1, second, "false window 1 remaining 0 retry 2m59s reset 59m59s")
	f(1, 3*second, "false window 1 remaining 0 retry 2m57s reset 59m57s")
	f(1, 180*second, "true window 1 remaining 0 retry 0s reset 1h0m0s")
}

func TestNewWindowRefuses(t *testing.T) {
	f := func(limit int64, period time.Duration, burst int64) {
		t.Helper()
		if _, err := NewWindow(limit, period, burst); err == nil {
			t.Errorf("accepted %d per %s, burst %d", limit, period, burst)
		}
	}
	f(0, time.Second, 1)
	f(1, 0, 1)
	f(1, time.Second, 0)
	f(-1, time.Second, 1)
	f(1, 200*365*24*time.Hour, 1)
	f(1, time.Hour, 1<<40)
	f(1, time.Hour, 1<<62)
}

func TestNewRefuses(t *testing.T) {
	w, _ := window(t, 1, time.Second, 1)
	f := func(keys int, windows ...Window) {
		t.Helper()
		if _, err := New(keys, windows...); err == nil {
			t.Errorf("accepted %d keys and %d windows", keys, len(windows))
		}
	}
	f(0, w)
	f(-1, w)
	f(1)
	f(1, w, w, w, w, w)
}
