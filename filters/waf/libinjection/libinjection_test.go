package libinjection

import (
	"strings"
	"testing"

	oracle "github.com/corazawaf/libinjection-go"

	"sallyport/filters/waf/waftest"
)

func TestIsSQLi(t *testing.T) {
	f := func(input, want string) {
		t.Helper()
		p, found := IsSQLi([]byte(input))
		got := ""
		if found {
			got = string(p.Bytes())
		}
		if got != want {
			t.Errorf("%q: %q, want %q", input, got, want)
		}
	}
	f("", "")
	f("hello", "")
	f("running shoes", "")
	f("1' or '1'='1", "s&sos")
	f("1 union select 2", "1UE1")
	f("-1' UNION SELECT 1,2--", "sUE1c")
	f("'; drop table users", "s;Tnn")
	f("1.e(1", "")
	f("O'Brien", "")
	f("select * from users", "")
	f("/*!50000union*/", "X")
	f("x' and sleep(5)#", "s&f(1")
}

func TestIsXSS(t *testing.T) {
	f := func(input string, want bool) {
		t.Helper()
		if got := IsXSS([]byte(input)); got != want {
			t.Errorf("%q: %v, want %v", input, got, want)
		}
	}
	f("", false)
	f("a < b and c > d", false)
	f("a = b", false)
	f("<script>", true)
	f("<b>bold</b>", false)
	f("<a href=javascript:x>", true)
	f("<a href=\"&#x6a;avascript:x\">", true)
	f("<a href=/x>", false)
	f("onload=x", true)
	f("\" onerror=x", true)
	f("<!doctype html>", true)
	f("<!--[if IE]>", true)
	f("<svg/onload=x>", true)
	f("<img style=x>", true)
}

// differ compares one input with the reference.
func differ(t *testing.T, input string) {
	t.Helper()
	wantSQLi, wantPrint := oracle.IsSQLi(input)
	p, gotSQLi := IsSQLi([]byte(input))
	if gotSQLi != wantSQLi || gotSQLi && string(p.Bytes()) != wantPrint {
		t.Errorf("SQLi %q: %v %q, want %v %q", input, gotSQLi, p.Bytes(), wantSQLi, wantPrint)
	}
	if got, want := IsXSS([]byte(input)), oracle.IsXSS(input); got != want {
		t.Errorf("XSS %q: %v, want %v", input, got, want)
	}
}

// corpus returns the values of the regression suite.
func corpus(tb testing.TB) (list []string) {
	tb.Helper()
	suite, err := waftest.Suite()
	if err != nil {
		tb.Fatal(err)
	}
	for i := range suite {
		list = append(list, suite[i].Target, string(suite[i].Body))
		_, query, _ := strings.Cut(suite[i].Target, "?")
		for _, pair := range append(strings.Split(query, "&"), strings.Split(string(suite[i].Body), "&")...) {
			_, value, _ := strings.Cut(pair, "=")
			list = append(list, value, waftest.Unescape(value))
		}
	}
	return list
}

func TestReference(t *testing.T) {
	list := corpus(t)
	for _, input := range list {
		differ(t, input)
		differ(t, "' "+input)
		differ(t, "\" "+input+" --")
		if len(input) > 3 {
			differ(t, input[len(input)/3:])
		}
	}
	t.Logf("%d inputs", len(list))
}

func FuzzReference(f *testing.F) {
	for i, input := range corpus(f) {
		if i%23 == 0 && len(input) < 200 {
			f.Add(input)
		}
	}
	f.Fuzz(func(t *testing.T, input string) {
		if len(input) > 2000 || panics(input) {
			return
		}
		differ(t, input)
	})
}

// panics reports whether the oracle fails on an input.
func panics(input string) (failed bool) {
	defer func() { failed = recover() != nil }()
	oracle.IsSQLi(input)
	oracle.IsXSS(input)
	return false
}

var sink bool

func BenchmarkIsSQLi(b *testing.B) {
	for _, input := range []string{"shoes", "Trail running shoe, blue", "1' or '1'='1"} {
		in := []byte(input)
		b.Run(input, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, sink = IsSQLi(in)
			}
		})
	}
}

func BenchmarkIsXSS(b *testing.B) {
	in := []byte("<p class=\"x\">Trail running <b>shoe</b>, blue</p>")
	b.ReportAllocs()
	for b.Loop() {
		sink = IsXSS(in)
	}
}
