package apikey

import (
	"strings"
	"testing"
)

func TestNew(t *testing.T) {
	f := func(id string, want bool) {
		t.Helper()
		key, err := New(id)
		if (err == nil) != want {
			t.Errorf("%q: %v", id, err)
		}
		if err != nil {
			return
		}
		if !WellFormed([]byte(key)) || !strings.HasPrefix(key, "spk_"+id+"_") || len(key) > MaxLen {
			t.Errorf("%q has another form", key)
		}
		sum, err := ParseDigest(SumOf([]byte(key)).Digest())
		if err != nil || sum != SumOf([]byte(key)) {
			t.Errorf("%q: its digest is read as %x: %v", key, sum, err)
		}
	}
	f("partner", true)
	f("a", true)
	f("Partner_A-1", true)
	f(strings.Repeat("x", 64), true)
	f(strings.Repeat("x", 65), false)
	f("", false)
	f("a.b", false)
	f("é", false)
	f("a b", false)
}

// TestWellFormed spoils a key in every place.
func TestWellFormed(t *testing.T) {
	key, err := New("partner")
	if err != nil {
		t.Fatal(err)
	}
	for i := range key {
		b := []byte(key)
		b[i] ^= 1
		if WellFormed(b) {
			t.Errorf("%s is well formed", b)
		}
		if WellFormed([]byte(key[:i])) {
			t.Errorf("%s is well formed", key[:i])
		}
	}
	if WellFormed([]byte(key+"0")) || WellFormed([]byte(" "+key)) || WellFormed(nil) {
		t.Error("something around a key is taken for a part of it")
	}
}

func FuzzWellFormed(f *testing.F) {
	f.Add([]byte("spk_a_"))
	f.Add([]byte("spk__" + strings.Repeat("0", 49)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if WellFormed(b) && (len(b) > MaxLen || !strings.HasPrefix(string(b), prefix)) {
			t.Fatalf("%q", b)
		}
	})
}

func BenchmarkWellFormed(b *testing.B) {
	key, _ := New("partner")
	raw := []byte(key)
	b.ReportAllocs()
	for b.Loop() {
		if !WellFormed(raw) {
			b.Fatal("not well formed")
		}
		SumOf(raw)
	}
}
