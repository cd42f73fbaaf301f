//go:build !race

package gateway

import (
	"strings"
	"testing"
)

// A hit allocates nothing, small or large, whatever of it the client wants.
func TestCacheAllocations(t *testing.T) {
	h := startCache(t)
	f := func(name, answer string, status int, fields ...string) {
		t.Helper()
		path := "/v1/" + strings.ReplaceAll(name, " ", "-")
		h.say(path, answer, nil)
		h.send(get(path)).is(t, 200, "")
		h.allocatesNothing(name, get(path, fields...), status)
		if n := h.asked(path); n != 1 {
			t.Errorf("%s: the origin was asked %d times", name, n)
		}
	}
	const fresh = "200|Cache-Control: max-age=3600|Content-Type: text/plain|X-A: 1|X-B: 2"
	f("small", fresh, 200)
	f("with a tag", fresh+"|Surrogate-Key: a b", 200, "Accept: text/plain")
	f("varies", fresh+"|Vary: Accept-Encoding", 200)
	f("larger", fresh+"|@body "+strings.Repeat("0123456789", 1000), 200)
	f("not modified", fresh+`|ETag: "a"`, 304, `If-None-Match: "b", "a"`)
	f("a part", fresh, 206, "Range: bytes=1-3")
	f("asked for freshness", fresh, 200, "Cache-Control: max-age=600, min-fresh=5")
}
