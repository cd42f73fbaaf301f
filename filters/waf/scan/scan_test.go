package scan

import (
	"bytes"
	"strings"
	"testing"
)

func TestSet(t *testing.T) {
	f := func(phrases, text, want string) {
		t.Helper()
		s := New(strings.Split(phrases, " "))
		got := ""
		from, to, ok := s.Longest([]byte(text), 0)
		if ok {
			got = text[from:to]
		}
		if got != want || s.Any([]byte(text)) != ok {
			t.Errorf("%q in %q: %q, %v, want %q", phrases, text, got, s.Any([]byte(text)), want)
		}
	}
	f("she he hers", "ushers", "she")
	f("he hers", "USHERS", "HERS")
	f("a ab", "xAy", "A")
	f("abc", "ababab", "")
	f("é", "xéx", "é")
	f("/etc/ /etc/passwd", "cat /etc/passwd", "/etc/passwd")
}

// A Set finds what a search for each phrase finds; a Sieve finds it too.
func FuzzSieve(f *testing.F) {
	f.Add("she he hers", "ushers")
	f.Add("ab abcdefgh bcd", "xabcdefghy")
	f.Fuzz(func(t *testing.T, list, text string) {
		phrases := strings.Fields(list)
		if len(phrases) == 0 || len(phrases) > 100 || len(list) > 1000 {
			return
		}
		lowered := []byte(lower(text))
		n := len(phrases)
		owners := make([][]uint64, n)
		for i := range owners {
			owners[i] = make([]uint64, (n+63)/64)
			owners[i][i>>6] |= 1 << (i & 63)
		}
		var bits [256]Bits
		found := make([]uint64, (n+63)/64)
		NewSieve(phrases, owners, n, &bits).Pass([]byte(text), found)
		any := false
		for i, p := range phrases {
			has := bytes.Contains(lowered, []byte(lower(p)))
			any = any || has
			if has && found[i>>6]>>(i&63)&1 == 0 {
				t.Errorf("%q in %q is not found", p, text)
			}
		}
		if got := New(phrases).Any([]byte(text)); got != any {
			t.Errorf("any of %q in %q: %v", phrases, text, got)
		}
	})
}

func BenchmarkPass(b *testing.B) {
	var bits [256]Bits
	s := NewSieve([]string{"select", "union", "script", "/etc/"}, [][]uint64{{1}, {2}, {4}, {8}}, 4, &bits)
	text := []byte("The quick brown fox selects a lazy dog to insert, and then jumps over it with all of its powers.")
	found := make([]uint64, 1)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s.Pass(text, found)
	}
}
