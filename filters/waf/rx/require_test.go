package rx

import (
	"bytes"
	"slices"
	"testing"
)

func TestRequired(t *testing.T) {
	f := func(expr string, want ...string) {
		t.Helper()
		r, err := Compile(expr, NewBudget(1<<20))
		if err != nil {
			t.Fatal(err)
		}
		got := r.Required().Literals
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", expr, got, want)
		}
	}
	f(`union\s+select`, "select")
	f(`(?i)UNION`, "union")
	f(`(?:foo|bar)baz`, "barbaz", "foobaz")
	f(`x[ab]yz`, "xayz", "xbyz")
	f(`a*b+`)
	f(`(?:abc)?`)
	f(`(?:abc)+d`, "abc")
	f(`foo|b`)
	f(`foo|ba.`, "ba", "foo")
	f(`\bor\b`, "or")
	f(`äx`, "äx")
	f(`(?i)äxyz`)
}

// Whatever an expression matches contains what it requires.
func FuzzRequired(f *testing.F) {
	for _, s := range [][2]string{
		{`(?i)union.{1,9}select`, "UNION all SELECT"}, {`(?:a|bc)+[^d]\s*=`, "bcx ="}, {`\xbc[^>]*>`, "\xbcx>"}, {`[;&|]\s*(?:cat|ls)\b`, "; ls"},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, expr, text string) {
		if len(expr) > 60 || len(text) > 100 || bytes.ContainsAny([]byte(text), "\u017f\u212a") {
			return
		}
		r, err := Compile(expr, NewBudget(1<<16))
		if err != nil || !r.slow([]byte(text)) {
			return
		}
		checkRequired(t, r, []byte(text))
	})
}

func checkRequired(t *testing.T, r *Regexp, text []byte) {
	t.Helper()
	q := r.Required()
	lower := []byte{}
	for _, c := range text {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower = append(lower, c)
	}
	if q.Literals != nil && !slices.ContainsFunc(q.Literals, func(l string) bool { return bytes.Contains(lower, []byte(l)) }) {
		t.Errorf("%q matches %q, which has none of %q", r, text, q.Literals)
	}
	for i := range q.Bytes {
		if !slices.ContainsFunc(text, q.Bytes[i].Has) {
			t.Errorf("%q matches %q, which has no byte of %x", r, text, q.Bytes[i])
		}
	}
}
