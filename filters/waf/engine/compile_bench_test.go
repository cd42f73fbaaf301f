package engine

import (
	"testing"

	"sallyport/filters/waf/waftest"
)

func BenchmarkCompile(b *testing.B) {
	directives := waftest.CRS(1, "")
	b.ReportAllocs()
	for b.Loop() {
		compileText(b, directives)
	}
}
