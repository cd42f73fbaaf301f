package load

import (
	"strings"
	"testing"
	"time"

	"sallyport/loadtest/stub"
)

func TestRun(t *testing.T) {
	s, err := stub.Start(stub.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f := func(script string, class int, rate int) {
		t.Helper()
		before := s.Stats()
		r, err := Run(Options{
			Address: s.Addr(), Connections: 4, Duration: 50 * time.Millisecond, Rate: rate,
			Requests: [][]byte{[]byte("GET /?" + script + " HTTP/1.1\r\nHost: x\r\n\r\n")},
		})
		if err != nil {
			t.Fatal(err)
		}
		after := s.Stats()
		if r.Requests == 0 || r.Failed(class) != 0 || r.Requests != after.Requests-before.Requests || r.Latency.Count() != r.Requests {
			t.Errorf("%s: %d requests, classes %v, %d errors; the stub saw %d", script, r.Requests, r.Classes, r.Errors, after.Requests-before.Requests)
		}
		if most := int64(rate) / 20; rate > 0 && r.Requests > most+4 {
			t.Errorf("%s: %d requests, more than %d", script, r.Requests, most)
		}
	}
	f("", 2, 0)
	f("", 2, 1000)
	f("size=40000", 2, 0)
	f("size=5000&chunked=1&piece=700", 2, 0)
	f("status=204", 2, 0)
	f("status=503&size=3", 5, 0)
	f("close=1", 2, 0)
	f("hints=1", 2, 0)
}

func TestErrors(t *testing.T) {
	s, err := stub.Start(stub.Options{Default: "reset=head"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(Options{Address: s.Addr(), Connections: 1, Duration: 20 * time.Millisecond, Requests: [][]byte{[]byte("GET / HTTP/1.1\r\n\r\n")}})
	if err != nil || r.Requests != 0 || r.Errors == 0 {
		t.Errorf("%+v, %v", r, err)
	}
	s.Close()
	if _, err := Run(Options{Address: s.Addr(), Connections: 1, Requests: [][]byte{nil}}); err == nil {
		t.Error("a run against a closed port")
	}
}

func TestAnswer(t *testing.T) {
	f := func(raw string, code int, keep bool, fails bool) {
		t.Helper()
		var r reader
		r.reset(strings.NewReader(raw))
		gotCode, gotKeep, err := r.answer()
		if err != nil != fails || !fails && (gotCode != code || gotKeep != keep) {
			t.Errorf("%q: %d, %v, %v", raw, gotCode, gotKeep, err)
		}
	}
	f("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", 200, true, false)
	f("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab", 200, false, false)
	f("HTTP/1.1 200 OK\r\n\r\nto the end", 200, false, false)
	f("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404, true, false)
	f("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nab\r\n0\r\nT: v\r\n\r\n", 200, true, false)
	f("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 0, false, true)
	f("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", 0, false, true)
	f("HTTP/1.1 2x0 OK\r\n\r\n", 0, false, true)
	f("nonsense\r\n\r\n", 0, false, true)
	f("", 0, false, true)
}

func TestHistogram(t *testing.T) {
	var h Histogram
	if h.Quantile(0.5) != 0 {
		t.Error("an empty histogram has a median")
	}
	for i := range 1000 {
		h.Add(time.Duration(i+1) * time.Microsecond)
	}
	f := func(q float64, want time.Duration) {
		t.Helper()
		if got := h.Quantile(q); got < want-want/16 || got > want+want/16 {
			t.Errorf("quantile %v: %v, want %v", q, got, want)
		}
	}
	f(0.01, 10*time.Microsecond)
	f(0.5, 500*time.Microsecond)
	f(0.99, 990*time.Microsecond)
	f(1, 1000*time.Microsecond)
	var o Histogram
	o.Add(time.Hour)
	h.Merge(&o)
	if h.Count() != 1001 || h.Quantile(1) < time.Minute {
		t.Errorf("merged: %d, %v", h.Count(), h.Quantile(1))
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab")
	f.Add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n")
	f.Fuzz(func(t *testing.T, raw string) {
		var r reader
		r.reset(strings.NewReader(raw))
		if code, _, err := r.answer(); err == nil && code < 0 {
			t.Errorf("code %d", code)
		}
	})
}

func BenchmarkHistogram(b *testing.B) {
	var h Histogram
	b.ReportAllocs()
	for i := range b.N {
		h.Add(time.Duration(i))
	}
}
