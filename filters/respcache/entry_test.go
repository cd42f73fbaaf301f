package respcache

import (
	"bytes"
	"reflect"
	"testing"

	"sallyport/internal/wire"
)

var fullEntry = entry{
	status: 206, born: 7, answered: 1_800_000_000_123, initialAge: 12_345, date: 1_800_000_000, lastModified: 1_700_000_000,
	lifespan: lifespan{lifetime: 60 * second, staleWhileRevalidate: 5 * second, staleIfError: 6 * second, noCache: true, strict: true},
	part:     part{first: 100, total: 5000},
	tags:     []byte("12345678"), names: []byte("accept,foo"), values: []byte("values"), head: []byte{0, 0},
}

func TestEntry(t *testing.T) {
	f := func(e entry) {
		t.Helper()
		var got entry
		b := e.append(nil)
		if !got.decode(b) || !reflect.DeepEqual(got, e) {
			t.Errorf("\ngot  %+v\nwant %+v", got, e)
		}
		for n := range len(b) - len(e.head) {
			if got.decode(b[:n]) {
				t.Errorf("%d of %d bytes are an entry", n, len(b))
			}
		}
	}
	f(fullEntry)
	plain := entry{status: 200, head: []byte{0, 0}}
	plain.tags, plain.names, plain.values = []byte{}, []byte{}, []byte{}
	f(plain)
	if n := len(plain.append(nil)); n != entryFixed+2 {
		t.Errorf("%d bytes", n)
	}
}

// Bytes that are no entry are refused, and those that are can be served.
func FuzzEntry(f *testing.F) {
	f.Add(fullEntry.append(nil))
	f.Add((&entry{status: 200}).append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		var e, again entry
		if !e.decode(b) {
			return
		}
		encoded := e.append(nil)
		if !again.decode(encoded) || !bytes.Equal(again.append(nil), encoded) {
			t.Errorf("%+v is not what it was stored as", e)
		}
		var h wire.Head
		h.Load(e.head)
		e.use(e.age(now*second), &directives{})
	})
}
