package wire

import (
	"bytes"
	"testing"
)

func TestStoredHead(t *testing.T) {
	var r Reply
	text := "HTTP/1.1 200 OK\r\ncontent-TYPE:text/plain  \r\nX-A: 1\r\nSet-Cookie: a\r\nx-b:\r\nSet-Cookie:\tb\r\nAge: 3\r\n\r\n"
	if _, fault := r.Parse([]byte(text), GET, &testLimits); fault != Whole {
		t.Fatal(fault)
	}
	r.Remove(Age)
	stored := r.AppendStored([]byte("before"))[len("before"):]
	var h Head
	h.AddKnown(Age, []byte("1"))
	n, ok := h.Load(append(stored, "behind"...))
	want := "content-TYPE: text/plain\r\nX-A: 1\r\nSet-Cookie: a\r\nx-b: \r\nSet-Cookie: b\r\n"
	if got := string(h.AppendFields(nil)); !ok || n != len(stored) || got != want {
		t.Errorf("%v, %d of %d bytes, %q", ok, n, len(stored), got)
	}
	i := h.First(SetCookie)
	if string(h.ValueAt(h.Next(i))) != "b" || h.Has(Age) || string(h.Lookup("x-a")) != "1" || string(h.Value(ContentType)) != "text/plain" {
		t.Errorf("fields are not found: %q", h.AppendFields(nil))
	}
}

func FuzzHeadLoad(f *testing.F) {
	var h Head
	h.Add("Content-Type", []byte("text/plain"))
	h.Add("x-a", nil)
	f.Add(h.AppendStored(nil))
	f.Add([]byte{1, 0, 255, 255, 1, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		var h, again Head
		n, ok := h.Load(b)
		if !ok {
			if h.Len() != 0 {
				t.Error("fields are left")
			}
			return
		}
		for i := range h.Len() {
			_, _ = h.NameAt(i), h.ValueAt(i)
		}
		if _, ok := again.Load(h.AppendStored(nil)); !ok || n > len(b) {
			t.Errorf("%d of %d bytes", n, len(b))
		}
		var lines []byte
		for i := range h.Len() {
			lines = append(append(append(append(lines, h.NameAt(i)...), ": "...), h.ValueAt(i)...), "\r\n"...)
		}
		if !bytes.Equal(again.AppendFields(nil), lines) {
			t.Errorf("%q is stored as %q", lines, again.AppendFields(nil))
		}
	})
}

func BenchmarkHeadLoad(b *testing.B) {
	var r Request
	r.Parse(tenFields, &testLimits)
	stored := r.AppendStored(nil)
	var h Head
	b.ReportAllocs()
	for b.Loop() {
		h.Load(stored)
	}
}
