//go:build !race

package attribute

import "testing"

func TestKeyAppendDoesNotAllocate(t *testing.T) {
	x := exchange(t, "/?a=b%20c", "X-Key: k\r\nCookie: a=1; b=2\r\n")
	x.Identity.Principal = []byte("corp|alice")
	k := compileKey(t, "client.ip", "principal", "header.x-key", "cookie.b", "query.a", "route", "host")
	buffer := make([]byte, 0, 512)
	if n := testing.AllocsPerRun(100, func() { buffer = k.Append(buffer[:0], x) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
