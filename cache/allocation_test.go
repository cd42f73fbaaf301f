//go:build !race

package cache

import (
	"testing"

	"sallyport/internal/wire"
)

func TestGetDoesNotAllocate(t *testing.T) {
	s := NewStore(64 << 20)
	for _, size := range []int{200, 6000, 100_000, 3 << 20} {
		text := []byte("https|api.example.com|/v1/orders/17")
		k := s.Key(text)
		s.Set(k, text, []byte("meta"), pattern(size))
		var h Held
		var b wire.Body
		s.Get(&h, k, text, 1)
		if n := testing.AllocsPerRun(100, func() {
			if !s.Get(&h, s.Key(text), text, 1) {
				t.Fatal("not found")
			}
			h.Body(&b, 0, h.Size())
			h.Release()
		}); n != 0 {
			t.Errorf("%d bytes: %v allocations", size, n)
		}
	}
}
