package rx

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestMatch(t *testing.T) {
	f := func(expr, text string, want bool) {
		t.Helper()
		r, err := Compile(expr, NewBudget(1<<20))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Match([]byte(text)); got != want {
			t.Errorf("%q in %q: %v, want %v", expr, text, got, want)
		}
		if got := r.slow([]byte(text)); got != want {
			t.Errorf("%q in %q: package regexp says %v", expr, text, got)
		}
	}
	f(`abc`, "xxabcxx", true)
	f(`abc`, "xxabxcx", false)
	f(``, "", true)
	f(`^$`, "", true)
	f(`^$`, "a", false)
	f(`^$`, "a\n\nb", true) // (?m)
	f(`^b.c$`, "a\nb\nc", true)
	f(`a.c`, "a\nc", true) // (?s)
	f(`\bor\b`, "for", false)
	f(`\bor\b`, "x or", true)
	f(`\Bor`, "for", true)
	f(`(?i)select`, "SeLeCt", true)
	f(`(?i)kiss`, "\u212ai\u017fs", true)
	f(`[^a]`, "\xff", true)
	f(`^.$`, "\xc3\xa4", true)
	f(`^.$`, "\xc3", true)
	f(`^..$`, "\xc3\x28", true)
	f(`\A\d+\z`, "12", true)
	f(`\A\d+\z`, "1\n2", false)
	f(`(?:a{0,50}b){3}`, "aabab", false)
	f(`(?:a{0,50}b){3}`, "aababb", true)
	// Bytes: no (?sm), and each byte is a character.
	f(`\xbc[^>\xbe]*[>\xbe]`, "x\xbcscript\xbe", true)
	f(`\xbc`, "\u00bc", true)
	f(`\xac\xed`, "\xac\xed", true)
	f(`\xac\xed`, "\u00ac\u00ed", false)
	f(`^\xff.`, "a\n\xff\n", false)
}

func TestGroups(t *testing.T) {
	f := func(expr, text string, want ...int) {
		t.Helper()
		r, err := Compile(expr, NewBudget(1<<20))
		if err != nil {
			t.Fatal(err)
		}
		got := r.Groups(nil, []byte(text))
		if len(got) != len(want) {
			t.Fatalf("%q in %q: %v, want %v", expr, text, got, want)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%q in %q: %v, want %v", expr, text, got, want)
			}
		}
	}
	f(`b(c)?(d)`, "abd", 1, 3, -1, -1, 2, 3)
	f(`^.*$`, "a\nb", 0, 3)
	f(`(\xbc.)`, "\xe4\xbcx", 1, 3, 1, 3)
	f(`x`, "y")
}

// The automaton and package regexp agree, on texts that are near to matching.
func FuzzMatch(f *testing.F) {
	for _, s := range [][2]string{
		{`(?i)union.{1,9}select`, "UNION all SELECT"}, {`\b(?:or|and)\b\s+\d+=\d+`, "x or 1=1"}, {`^[^\n]+$`, "a\n\xff"},
		{`\xbc[^>]*>`, "\xbcx>"}, {`(a|b)*c\B`, "ababcd"}, {`[^\x00-\x7f]{2}`, "\u212a\xc3"}, {`(?i)ſ\w+$`, "sk"},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, expr, text string) {
		if len(expr) > 60 || len(text) > 200 {
			return
		}
		r, err := Compile(expr, NewBudget(1<<16))
		if err != nil {
			return
		}
		if got, want := r.Match([]byte(text)), r.slow([]byte(text)); got != want {
			t.Errorf("%q in %q: %v, want %v", expr, text, got, want)
		}
		if got, want := r.Groups(nil, []byte(text)), r.slowGroups(nil, []byte(text)); !slices.Equal(got, want) {
			t.Errorf("groups of %q in %q: %v, want %v", expr, text, got, want)
		}
	})
}

// Many goroutines may make the states of one automaton.
func TestMatchConcurrently(t *testing.T) {
	r, err := Compile(`(?i)(?:a|b)[^c]{3,20}(?:\bor|nd)\b`, NewBudget(1<<14))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	for n := range 4 {
		go func() {
			rnd := rand.New(rand.NewPCG(1, uint64(n)))
			for range 2000 {
				b := make([]byte, rnd.IntN(40))
				for i := range b {
					b[i] = "abcndor .\xc3"[rnd.IntN(10)]
				}
				if got, want := r.Match(b), r.slow(b); got != want {
					t.Errorf("%q: %v, want %v", b, got, want)
				}
			}
			done <- true
		}()
	}
	for range 4 {
		<-done
	}
}

var sink bool

func BenchmarkMatch(b *testing.B) {
	r, err := Compile(`(?i)(?:union|select|insert).{1,20}(?:from|into)\b`, NewBudget(1<<20))
	if err != nil {
		b.Fatal(err)
	}
	text := []byte("The quick brown fox selects a lazy dog to insert, and then jumps over it with a union of all of its powers.")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		sink = r.Match(text)
	}
}
