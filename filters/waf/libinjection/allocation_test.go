//go:build !race

package libinjection

import "testing"

func TestAllocations(t *testing.T) {
	for _, input := range []string{"shoes", "1' or '1'='1", "<p class=\"x\">a</p>", "x` /* \" #", "\u0131n (1)"} {
		in := []byte(input)
		if n := testing.AllocsPerRun(100, func() { IsSQLi(in); IsXSS(in) }); n != 0 {
			t.Errorf("%q: %v allocations", input, n)
		}
	}
}
