package engine

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"sallyport/filters/waf/seclang"
	"sallyport/filters/waf/waftest"
)

var testClient = netip.MustParseAddr("192.0.2.1")

// compileText makes a program of directives.
func compileText(t testing.TB, directives string) *Program {
	t.Helper()
	set, err := seclang.Parse(waftest.Source{}, "test.conf", directives)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(set)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// inspect runs one request.
func inspect(x *Tx, p *Program, r *waftest.Request) (v waftest.Verdict) {
	x.Reset(p)
	x.Client(testClient, 1234)
	x.RequestLine([]byte(r.Method), []byte(r.Target), []byte(r.Protocol))
	for _, h := range r.Header {
		x.RequestHeader([]byte(h[0]), []byte(h[1]))
	}
	in := x.RunRequestHeaders()
	if in == nil {
		in = x.RunRequestBody(r.Body, false)
	}
	if in != nil {
		v.Blocked, v.Status, v.Rule = true, in.Status, in.Rule
	}
	v.Rules = x.MatchedIDs(nil)
	slices.Sort(v.Rules)
	v.Rules = slices.Compact(v.Rules)
	return v
}

func TestSuiteParity(t *testing.T) {
	suite, err := waftest.Suite()
	if err != nil {
		t.Fatal(err)
	}
	for _, paranoia := range []int{1, 4} {
		directives := waftest.CRS(paranoia, "")
		oracle, err := waftest.NewCoraza(directives)
		if err != nil {
			t.Fatal(err)
		}
		p := compileText(t, directives)
		x := new(Tx)
		passed, failed := 0, 0
		for i := range suite {
			if testing.Short() && i%10 != 0 {
				continue
			}
			want, got := oracle.Run(&suite[i]), inspect(x, p, &suite[i])
			if got.Same(want) {
				passed++
				continue
			}
			if failed++; failed <= 20 {
				t.Errorf("paranoia %d: %s\n%.700s\n got %v\nwant %v", paranoia, suite[i].Name, fmt.Sprintf("%s %s %s %q %q", suite[i].Method, suite[i].Target, suite[i].Protocol, suite[i].Header, suite[i].Body), got, want)
			}
		}
		t.Logf("paranoia %d: %d passed, %d failed", paranoia, passed, failed)
	}
}
