package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"
)

func keyOf(n int) *RecordKey {
	k := RecordKey(sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n))))
	return &k
}

func TestRecords(t *testing.T) {
	r := NewRecords(1 << 20)
	buf := make([]byte, 0, 512)
	if got := r.Get(keyOf(1), buf, 100); got != nil {
		t.Fatalf("an empty store has %q", got)
	}
	r.Put(keyOf(1), []byte("one"), 100)
	r.Put(keyOf(2), []byte("two"), 100)
	if got := r.Get(keyOf(1), buf, 1e9); string(got) != "one" {
		t.Fatalf("got %q", got)
	}
	r.Put(keyOf(1), []byte("other"), 101)
	if got := r.Get(keyOf(1), nil, 101); string(got) != "other" {
		t.Fatalf("got %q", got)
	}
	r.Drop(keyOf(1))
	if r.Get(keyOf(1), buf, 102) != nil || r.Len() != 1 {
		t.Fatal("dropped, and still there")
	}
	r.Put(keyOf(3), make([]byte, 2000), 103)
	if r.Get(keyOf(3), buf, 103) != nil {
		t.Fatal("a record of more than 1/1024 of the store is kept")
	}
}

// TestRecordsHoldAHundredThousandTokens is the promise of the 64 MiB that the configuration gives them.
func TestRecordsHoldAHundredThousandTokens(t *testing.T) {
	const n = 100_000
	r := NewRecords(64 << 20)
	record := make([]byte, 400)
	for i := range n {
		r.Put(keyOf(i), record, 100)
	}
	lost, buf := 0, make([]byte, 0, 512)
	for i := range n {
		if r.Get(keyOf(i), buf, 100) == nil {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%d of %d records are lost", lost, n)
	}
}

func BenchmarkRecordsGet(b *testing.B) {
	r := NewRecords(64 << 20)
	record := make([]byte, 400)
	for i := range 1000 {
		r.Put(keyOf(i), record, 100)
	}
	key, buf := keyOf(7), make([]byte, 0, 512)
	b.ReportAllocs()
	for b.Loop() {
		if r.Get(key, buf, 100) == nil {
			b.Fatal("lost")
		}
	}
}
