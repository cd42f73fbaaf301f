package cache

import (
	"fmt"
	"testing"

	"sallyport/internal/wire"
)

func BenchmarkStoreGet(b *testing.B) {
	for _, size := range []int{200, 10 << 10, 1 << 20} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := NewStore(256 << 20)
			text := []byte("https|api.example.com|/v1/orders/17")
			k := s.Key(text)
			s.Set(k, text, pattern(300), pattern(size))
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				var h Held
				var body wire.Body
				for pb.Next() {
					if !s.Get(&h, s.Key(text), text, 1) {
						b.Fatal("not found")
					}
					h.Body(&body, 0, h.Size())
					h.Release()
				}
			})
		})
	}
}

func BenchmarkStoreSet(b *testing.B) {
	s := NewStore(256 << 20)
	meta, body := pattern(300), pattern(200)
	b.ReportAllocs()
	var text []byte
	for i := 0; b.Loop(); i++ {
		text = fmt.Appendf(text[:0], "https|api.example.com|/v1/orders/%d", i)
		s.Set(s.Key(text), text, meta, body)
	}
}

func BenchmarkGenerationsState(b *testing.B) {
	g := newGenerations(1 << 19)
	url := []byte("api.example.com/v1/orders/17?expand=items")
	g.Purge(&Purge{Host: []byte("other.example")})
	tags := g.AppendTag(g.AppendTag(nil, []byte("a")), []byte("b"))
	b.ReportAllocs()
	for b.Loop() {
		p := g.Place(url, 15, 28)
		if g.State(0, &p, tags) != Alive {
			b.Fatal("purged")
		}
	}
}
