package wire

import "testing"

var tenFields = []byte("GET /v1/orders/12345?expand=items HTTP/1.1\r\n" +
	"Host: api.example.com\r\n" +
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\n" +
	"Accept: application/json\r\n" +
	"Accept-Encoding: gzip, deflate, br\r\n" +
	"Accept-Language: en-US,en;q=0.9\r\n" +
	"Authorization: Bearer 0123456789abcdef0123456789abcdef\r\n" +
	"Cookie: session=0123456789abcdef; theme=dark\r\n" +
	"Cache-Control: no-cache\r\n" +
	"X-Request-Id: 7f3c9a2e-5b1d-4c8e\r\n" +
	"Connection: keep-alive\r\n\r\n")

var testLimits = Limits{Head: 16 << 10, Target: 8 << 10, Fields: 100, MergeSlashes: true}

func BenchmarkRequestParse(b *testing.B) {
	var r Request
	b.ReportAllocs()
	b.SetBytes(int64(len(tenFields)))
	for b.Loop() {
		r.Reset()
		if n, f := r.Parse(tenFields, &testLimits); n != len(tenFields) || f != Whole {
			b.Fatal(n, f.Reason())
		}
	}
}

func TestNameOf(t *testing.T) {
	f := func(text string, want Name) {
		t.Helper()
		if got := NameOf(text); got != want {
			t.Errorf("NameOf(%q) = %v, want %v", text, got, want)
		}
		if IsToken(text) {
			if got := nameOf([]byte(text)); got != want {
				t.Errorf("nameOf(%q) = %v, want %v", text, got, want)
			}
		}
	}
	for n := Other + 1; n < names; n++ {
		f(nameText[n], n)
		f(spelling[n], n)
		upper := []byte(nameText[n])
		for i := range upper {
			upper[i] = upperOf(upper[i])
			changed := []byte(nameText[n])
			changed[i] = 'x' ^ changed[i]&1
			if changed[i] != nameText[n][i] {
				f(string(changed), Other)
			}
		}
		f(string(upper), n)
	}
	f("", Other)
	f("x", Other)
	f("content_length", Other)
	f("Content-Lengti", Other)
	f("x-forwarded-fo\x12", Other)
}
