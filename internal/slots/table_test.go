package slots

import (
	"encoding/binary"
	"testing"
	"unsafe"
)

func number(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }

func newTable(t testing.TB, keys, words, times int) *Table {
	t.Helper()
	table, err := New(keys, words, times)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func set(t *Table, k Key, now int64, words ...int64) State {
	c := t.Open(k, now)
	defer c.Close()
	copy(c.Words, words)
	return c.State
}

// A table holds as many keys as it promises, whatever their hashes.
func TestTableHoldsItsKeys(t *testing.T) {
	for _, keys := range []int{1, 2, 5, 10, 100, 1000, 1024, 5000, 65536} {
		for range max(1, 2000/keys) {
			table := newTable(t, keys, 2, 1)
			for i := range uint64(keys) {
				if state := set(table, table.Key(number(i)), 1, 2, int64(i)); state != Fresh {
					t.Fatalf("key %d of %d: state %d", i, keys, state)
				}
			}
			for i := range uint64(keys) {
				c := table.Peek(table.Key(number(i)), 1)
				if c.Words == nil || c.Words[1] != int64(i) {
					t.Fatalf("key %d of %d holds %v", i, keys, c.Words)
				}
				c.Close()
			}
			if table.Overflowed() != 0 || table.Live(1) != keys || table.Live(2) != 0 {
				t.Fatalf("%d keys: %d overflowed, %d live, then %d", keys, table.Overflowed(), table.Live(1), table.Live(2))
			}
		}
	}
}

// A slot is kept until all its times have passed, and given away after that.
func TestTableKeepsUntilTheLastTime(t *testing.T) {
	table := newTable(t, 1, 3, 2)
	held := 0
	for i := range uint64(1000) {
		switch set(table, table.Key(number(i)), 1, 5, 10, 77) {
		case Fresh:
			held++
		case Known:
			t.Fatalf("key %d is known", i)
		}
	}
	f := func(now int64, want State) {
		t.Helper()
		c := table.Open(table.Key([]byte("late")), now)
		defer c.Close()
		if c.State != want {
			t.Errorf("at %d: state %d, want %d", now, c.State, want)
		}
		if want == Fresh && (c.Words[0] != 0 || c.Words[2] != 0) {
			t.Errorf("at %d: a fresh slot holds %v", now, c.Words)
		}
	}
	f(5, Overflow)
	f(9, Overflow)
	f(10, Fresh)
	f(3, Known) // the clock does not go back
	if held < 1 || held > 2*setSlots {
		t.Errorf("%d slots for one key", held)
	}
}

func TestCellShared(t *testing.T) {
	table := newTable(t, 1, 1, 1)
	for i := range uint64(1000) {
		set(table, table.Key(number(i)), 1, 5)
	}
	c := table.Peek(table.Key([]byte("late")), 1)
	defer c.Close()
	if c.Words != nil || c.Shared()[0] != 5 {
		t.Errorf("words %v, shared %v", c.Words, c.Shared())
	}
}

func TestMatches(t *testing.T) {
	f := func(tags uint64, tag uint8, want uint64) {
		t.Helper()
		if got := matches(tags, tag); got&want != want || got&^want != 0 && want == 0 {
			t.Errorf("matches(%#x, %#x) = %#x, want %#x", tags, tag, got, want)
		}
	}
	f(0, 1, 0)
	f(0x0102030405060708, 8, 0x80)
	f(0x0102030405060708, 1, 0x8000000000000000)
	f(0x0102030405060708, 9, 0)
	f(0xffffffffffffffff, 0xff, 0x8080808080808080)
	f(0xaa00aa0000aa0000, 0xaa, 0x8000800000800000)
}

func TestNewRefuses(t *testing.T) {
	for _, keys := range []int{0, -1, 1 << 40} {
		if _, err := New(keys, 1, 1); err == nil {
			t.Errorf("a table of %d keys", keys)
		}
	}
}

// Locks of neighbouring shards must not share a cache line.
func TestShardFillsCacheLines(t *testing.T) {
	if size := unsafe.Sizeof(shard{}); size%64 != 0 {
		t.Errorf("a shard is %d bytes", size)
	}
}
