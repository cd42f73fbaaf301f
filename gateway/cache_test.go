package gateway

import (
	"fmt"
	"strings"
	"testing"
)

// cacheTable runs cases over real sockets, each on a path of its own and beside the others. A case is named by the section it is
// about and what is expected.
func cacheTable(t *testing.T, prefix string, cases func(f func(name string, triples ...string))) {
	h := startCache(t)
	n := 0
	t.Run("cases", func(t *testing.T) {
		cases(func(name string, triples ...string) {
			n++
			path := fmt.Sprintf("%s/case-%d", prefix, n)
			t.Run(strings.ReplaceAll(name, "/", "|"), func(t *testing.T) {
				t.Parallel()
				k := &talk{cacheHarness: h, t: t, path: path}
				k.steps(triples)
			})
		})
	})
}

func TestCacheFreshness(t *testing.T) {
	cacheTable(t, "/v1", func(f func(name string, triples ...string)) {
		reused := func(name, answer string) {
			f(name, "GET", answer, "origin", "GET", "", "stored")
		}
		notReused := func(name, answer string) {
			f(name, "GET", answer, "origin|@any", "GET", answer, "origin|@any")
		}
		reused("9111 5.2.2.1 max-age", "200|Cache-Control: max-age=3600")
		notReused("9111 4.2.1 none", "200")
	})
}
