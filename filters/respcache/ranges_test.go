package respcache

import "testing"

func TestParseRange(t *testing.T) {
	f := func(field string, size int64, want byteRange, kind rangeKind) {
		t.Helper()
		if got, k := parseRange([]byte(field), size); got != want || k != kind {
			t.Errorf("%q of %d: %v %d", field, size, got, k)
		}
	}
	f("bytes=0-0", 10, byteRange{0, 1}, oneRange)
	f("bytes=0-9", 10, byteRange{0, 10}, oneRange)
	f("bytes=2-", 10, byteRange{2, 10}, oneRange)
	f("bytes=2-100", 10, byteRange{2, 10}, oneRange)
	f("bytes=-1", 10, byteRange{9, 10}, oneRange)
	f("bytes=-100", 10, byteRange{0, 10}, oneRange)
	f("Bytes=1-2", 10, byteRange{1, 3}, oneRange)
	f("bytes=10-", 10, byteRange{}, unsatisfied)
	f("bytes=10-11", 10, byteRange{}, unsatisfied)
	f("bytes=-0", 10, byteRange{}, unsatisfied)
	f("bytes=-1", 0, byteRange{}, unsatisfied)
	f("bytes=0-0", 0, byteRange{}, unsatisfied)
	f("", 10, byteRange{}, noRange)
	f("bytes=", 10, byteRange{}, noRange)
	f("bytes=-", 10, byteRange{}, noRange)
	f("bytes=2-1", 10, byteRange{}, noRange)
	f("bytes=a-b", 10, byteRange{}, noRange)
	f("bytes=1", 10, byteRange{}, noRange)
	f("bytes=1-2-3", 10, byteRange{}, noRange)
	f("bytes=0-0,2-3", 10, byteRange{}, noRange)
	f("lines=0-0", 10, byteRange{}, noRange)
	f("bytes=99999999999999999999-", 10, byteRange{}, noRange)
}

func TestParseContentRange(t *testing.T) {
	f := func(field string, want byteRange, total int64, ok bool) {
		t.Helper()
		if got, n, good := parseContentRange([]byte(field)); good != ok || ok && (got != want || n != total) {
			t.Errorf("%q: %v of %d, %v", field, got, n, good)
		}
	}
	f("bytes 0-4/10", byteRange{0, 5}, 10, true)
	f("bytes 9-9/10", byteRange{9, 10}, 10, true)
	f("bytes 0-4/*", byteRange{}, 0, false)
	f("bytes */10", byteRange{}, 0, false)
	f("bytes 5-4/10", byteRange{}, 0, false)
	f("bytes 0-10/10", byteRange{}, 0, false)
	f("lines 0-4/10", byteRange{}, 0, false)
	f("bytes 0-4", byteRange{}, 0, false)
	f("", byteRange{}, 0, false)
}

func FuzzParseRange(f *testing.F) {
	f.Add("bytes=0-5", "bytes 0-4/10", int64(10))
	f.Fuzz(func(t *testing.T, field, contentRange string, size int64) {
		if size < 0 {
			return
		}
		if r, kind := parseRange([]byte(field), size); kind == oneRange && (r.first < 0 || r.first >= r.end || r.end > size) {
			t.Errorf("%q of %d: %v", field, size, r)
		}
		if r, total, ok := parseContentRange([]byte(contentRange)); ok && (r.first < 0 || r.first >= r.end || r.end > total) {
			t.Errorf("%q: %v of %d", contentRange, r, total)
		}
	})
}
