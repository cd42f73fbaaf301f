package attribute

import "testing"

func BenchmarkKeyAppend(b *testing.B) {
	f := func(name string, texts ...string) {
		b.Run(name, func(b *testing.B) {
			x := exchange(b, "/?a=b%20c", "X-Key: k\r\nAccept: */*\r\nCookie: a=1; b=2\r\n")
			x.Identity.Principal = []byte("corp|alice")
			k := compileKey(b, texts...)
			buffer := make([]byte, 0, 512)
			b.ReportAllocs()
			for b.Loop() {
				buffer = k.Append(buffer[:0], x)
			}
		})
	}
	f("client.ip", "client.ip")
	f("principal", "principal")
	f("header", "header.x-key")
	f("cookie", "cookie.b")
	f("list", "client.ip", "principal", "route")
}
