package cache

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"testing"

	"sallyport/internal/wire"
)

func get(t testing.TB, s *Store, text string) (meta, body string, ok bool) {
	t.Helper()
	var h Held
	defer h.Release()
	if !s.Get(&h, s.Key([]byte(text)), []byte(text), 1) {
		return "", "", false
	}
	return string(h.Meta), read(t, &h, 0, h.Size()), true
}

func read(t testing.TB, h *Held, from, to int64) string {
	t.Helper()
	var b wire.Body
	h.Body(&b, from, to)
	var all []byte
	for {
		p, err := b.Next()
		if err == io.EOF {
			return string(all)
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p...)
	}
}

func set(s *Store, text, meta string, body []byte) bool {
	return s.Set(s.Key([]byte(text)), []byte(text), []byte(meta), body)
}

// pattern is n bytes that tell where they stand.
func pattern(n int) []byte {
	b := make([]byte, 0, n+8)
	for i := 0; len(b) < n; i++ {
		b = fmt.Appendf(b, "%07x.", i)
	}
	return b[:n]
}

func TestStore(t *testing.T) {
	for _, size := range []int{1 << 20, 64 << 20} {
		s := NewStore(size)
		f := func(text, meta string, n int) {
			t.Helper()
			body := pattern(n)
			if !set(s, text, meta, body) {
				t.Errorf("%d bytes of %d were not stored", n, size)
				return
			}
			for range 3 {
				gotMeta, got, ok := get(t, s, text)
				if !ok || gotMeta != meta || got != string(body) {
					t.Errorf("%s of %d bytes: %v, meta %q, %d bytes", text, n, ok, gotMeta, len(got))
				}
			}
		}
		f("a", "meta", 0)
		f("b", "", 5)
		f("c", "meta", 10<<10)
		f("d", "meta", 100<<10)
		f("e", "meta", 333_333)
		f("e", "shorter", 100)
		f("e", "longer", 200_000)
		if _, _, ok := get(t, s, "x"); ok {
			t.Error("found what was never stored")
		}
		k := s.Key([]byte("e"))
		var h Held
		if s.Get(&h, k, []byte("another text"), 1) {
			t.Error("the text was not compared")
		}
		s.Delete(k)
		s.Delete(s.Key([]byte("c")))
		if _, _, ok := get(t, s, "e"); ok {
			t.Error("deleted, and found")
		}
		if set(s, "huge", "", make([]byte, size)) {
			t.Error("stored more than there is room for")
		}
	}
}

func TestHeldParts(t *testing.T) {
	s := NewStore(64 << 20)
	for _, n := range []int{5000, 3<<20 + 4097} {
		body := pattern(n)
		set(s, "x", "", body)
		var h Held
		if !s.Get(&h, s.Key([]byte("x")), []byte("x"), 1) {
			t.Fatal("not found")
		}
		f := func(from, to int) {
			t.Helper()
			if got := read(t, &h, int64(from), int64(to)); got != string(body[from:to]) {
				t.Errorf("%d-%d of %d: %d bytes", from, to, n, len(got))
			}
		}
		f(0, n)
		f(0, 0)
		f(0, 1)
		f(n-1, n)
		f(100, 4000)
		f(n/2, n)
		h.Release()
	}
}

func TestStoreUpdate(t *testing.T) {
	s := NewStore(64 << 20)
	for _, n := range []int{500, 100_000} {
		body := pattern(n)
		set(s, "x", "first", body)
		used := s.Stats().Used
		k, text := s.Key([]byte("x")), []byte("x")
		for i := range 100 {
			var h Held
			if !s.Get(&h, k, text, 1) || !s.Update(&h, k, text, fmt.Appendf(nil, "meta %d", i)) {
				t.Fatal("not updated")
			}
			if got := read(t, &h, 0, h.Size()); got != string(body) {
				t.Error("the held entry changed")
			}
			h.Release()
		}
		if meta, got, ok := get(t, s, "x"); !ok || meta != "meta 99" || got != string(body) {
			t.Errorf("%v, %q, %d bytes", ok, meta, len(got))
		}
		if grown := s.Stats().Used - used; grown > 8<<10 {
			t.Errorf("grown by %d bytes", grown)
		}
		s.Delete(k)
		if used := s.Stats().Used; used != 0 {
			t.Errorf("%d bytes of the arena are lost", used)
		}
	}
}

// What is being read is not overwritten, whatever is stored meanwhile.
func TestStoreKeepsWhatIsRead(t *testing.T) {
	s := NewStore(4 << 20)
	body := pattern(100 << 10)
	set(s, "x", "", body)
	var h Held
	if !s.Get(&h, s.Key([]byte("x")), []byte("x"), 1) {
		t.Fatal("not found")
	}
	for i := range 200 {
		set(s, fmt.Sprint(i), "", bytes.Repeat([]byte{byte(i)}, 100<<10))
	}
	s.Delete(s.Key([]byte("x")))
	for i := range 50 {
		set(s, fmt.Sprint(i), "", bytes.Repeat([]byte{byte(i)}, 100<<10))
	}
	if got := read(t, &h, 0, h.Size()); got != string(body) {
		t.Error("the entry changed while it was held")
	}
	h.Release()
}

// A scan of one-time entries does not drive out what is asked for again.
func TestStoreWithstandsScan(t *testing.T) {
	for _, size := range []int{200, 2000, 50_000} {
		s := NewStore(64 << 20)
		const hot = 100
		for i := range hot {
			set(s, fmt.Sprint("hot", i), "meta", pattern(size))
		}
		for i := range hot {
			if _, _, ok := get(t, s, fmt.Sprint("hot", i)); !ok {
				t.Fatalf("%d bytes: entry %d was not kept", size, i)
			}
		}
		body := pattern(size)
		for i := range 100_000 {
			set(s, fmt.Sprint("scan", i), "meta", body)
		}
		lost := 0
		for i := range hot {
			if _, _, ok := get(t, s, fmt.Sprint("hot", i)); !ok {
				lost++
			}
		}
		if lost > 0 {
			t.Errorf("%d bytes: the scan drove out %d of %d", size, lost, hot)
		}
	}
}

// All memory of a store, indexes included, is within what it was given.
func TestStoreMemory(t *testing.T) {
	for _, size := range []int{1 << 20, 64 << 20} {
		for _, entry := range []int{150, 1000, 20_000} {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			s := NewStore(size)
			body := pattern(entry)
			meta := string(pattern(150))
			for i := range 3 * size / (entry + 300) {
				text := fmt.Sprintf("https|api.example.com|/v1/orders/%d", i)
				set(s, text, meta, body)
				get(t, s, text)
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			if used := int(after.HeapAlloc - before.HeapAlloc); used > size {
				t.Errorf("%d KiB of %d KiB with entries of %d bytes", used>>10, size>>10, entry)
			} else {
				t.Logf("%d KiB of %d KiB with entries of %d bytes, %+v", used>>10, size>>10, entry, s.Stats())
			}
			runtime.KeepAlive(s)
		}
	}
}
