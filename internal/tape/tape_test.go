package tape

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	f := func(text string, want bool) {
		t.Helper()
		var d Document
		if got := d.Parse([]byte(text)); got != want {
			t.Fatalf("%q: %v", text, got)
		}
		if want && !json.Valid([]byte(text)) {
			t.Fatalf("%q is no JSON", text)
		}
	}
	f(`null`, true)
	f(` {"a": [1, -0.5e+3, "x\u00e9\n", {}, [], true, false, null]} `, true)
	f("\"\\ud83d\\ude00\"", true)
	f(`0`, true)
	f(`-0.0E-0`, true)
	f(strings.Repeat("[", MaxDepth)+strings.Repeat("]", MaxDepth), true)
	f(strings.Repeat("[", MaxDepth+1)+strings.Repeat("]", MaxDepth+1), false)

	f(``, false)
	f(` `, false)
	f(`nul`, false)
	f(`nulll`, false)
	f(`1 2`, false)
	f(`01`, false)
	f(`1.`, false)
	f(`.5`, false)
	f(`1e`, false)
	f(`+1`, false)
	f(`-`, false)
	f(`NaN`, false)
	f(`[1,]`, false)
	f(`[,1]`, false)
	f(`[1`, false)
	f(`{"a":1,}`, false)
	f(`{"a"}`, false)
	f(`{a:1}`, false)
	f(`{"a":1`, false)
	f(`{"a":1,"a":2}`, false)
	f(`{"a":1,"\u0061":2}`, false)
	f("\"a\nb\"", false)
	f(`"\x"`, false)
	f(`"\u12"`, false)
	f(`"\ud83d"`, false)
	f(`"\ud83d\u0041"`, false)
	f(`"\ude00"`, false)
	f(`"abc`, false)
	f(`"\`, false)
	f("\"\xff\"", false)
	f("\xef\xbb\xbf{}", false)

	var many, twice []string
	for i := range 100 {
		many = append(many, fmt.Sprintf(`"k%d":%d`, i, i))
	}
	twice = append(many, `"k50":0`)
	f("{"+strings.Join(many, ",")+"}", true)
	f("{"+strings.Join(twice, ",")+"}", false)
}

func TestWalk(t *testing.T) {
	var d Document
	if !d.Parse([]byte(`{"a":[1,{"b":"x\ty"},[]],"c\u0064":null}`)) {
		t.Fatal("no JSON")
	}
	if d.Kind(0) != Object || d.Len(0) != 2 {
		t.Fatalf("%v of %d", d.Kind(0), d.Len(0))
	}
	a := d.Member(0, "a")
	if d.Kind(a) != Array || d.Len(a) != 3 || d.Kind(d.Member(0, "cd")) != Null || d.Member(0, "x") != -1 {
		t.Fatal("members")
	}
	one := a + 1
	object := d.Next(one)
	if string(d.Text(one)) != "1" || string(d.Text(d.Member(object, "b"))) != "x\ty" || d.Kind(d.Next(object)) != Array {
		t.Fatal("elements")
	}
}

func TestDecimalCompare(t *testing.T) {
	numbers := []string{"-1e400", "-123.5", "-123.45", "-123", "-1e-400", "0", "1e-400", "0.0012", "0.00121", "0.5", "1", "1.5", "9", "10", "10.01", "99", "100", "123456789012345678901234567890", "1e400", "1e4000000000000000000000"}
	for i, a := range numbers {
		for j, b := range numbers {
			got := ParseDecimal([]byte(a)).Compare(ParseDecimal([]byte(b)))
			if (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Fatalf("%s to %s: %d", a, b, got)
			}
		}
	}
	same := func(a, b string) {
		t.Helper()
		if ParseDecimal([]byte(a)).Compare(ParseDecimal([]byte(b))) != 0 {
			t.Fatalf("%s is not %s", a, b)
		}
	}
	same("0", "-0.0e5")
	same("100", "1e2")
	same("100", "100.000")
	same("0.001", "1E-3")
	same("12.5", "0.0125e3")
	same("12.5", "125e-1")
	same("1000000", "1e+6")
}

func TestDecimalInteger(t *testing.T) {
	f := func(text string, want bool) {
		t.Helper()
		if got := ParseDecimal([]byte(text)).Integer(); got != want {
			t.Fatalf("%s: %v", text, got)
		}
	}
	f("0", true)
	f("-0.0", true)
	f("12", true)
	f("12.0", true)
	f("1.5e1", true)
	f("1.5", false)
	f("1e-1", false)
	f("10e-1", true)
	f("1e400", true)
	f("123456789012345678901234567890.5", false)
}

func TestDecimalMultipleOf(t *testing.T) {
	numbers := []string{"0", "-0.0", "1", "3", "-6", "0.5", "0.75", "7.5e1", "1e20", "33333333333333333333", "0.01", "19.99", "1e-3", "123456789.123456789", "1000000007e30", "6e-2"}
	for _, a := range numbers {
		for _, b := range []string{"1", "3", "0.01", "0.5", "2.5", "1e-3", "100", "7e2", "999999999999999989", "1e30"} {
			units, count, exponent, ok := ParseDecimal([]byte(b)).Units()
			if !ok {
				t.Fatalf("%s has no units", b)
			}
			x, _ := new(big.Rat).SetString(a)
			y, _ := new(big.Rat).SetString(b)
			if got, want := ParseDecimal([]byte(a)).MultipleOf(units, count, exponent), x.Quo(x, y).IsInt(); got != want {
				t.Fatalf("%s of %s: %v", a, b, got)
			}
		}
	}
	for _, text := range []string{"0", "-1", "1234567890123456789"} {
		if _, _, _, ok := ParseDecimal([]byte(text)).Units(); ok {
			t.Fatalf("%s has units", text)
		}
	}
}

// What is read here is JSON, and means what it means to encoding/json.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5e-3,"x\u00e9\ud83d\ude00"],"b":null}`, `[[[]]]`, `"\n"`, `-0`, `{"":{"":1}}`, `1e999999999999`} {
		f.Add([]byte(seed))
	}
	var d Document
	f.Fuzz(func(t *testing.T, text []byte) {
		if !d.Parse(text) {
			return
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var want any
		if err := decoder.Decode(&want); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		same(t, &d, 0, want)
	})
}

func same(t *testing.T, d *Document, v int, want any) {
	t.Helper()
	from, to := d.Span(v)
	if !json.Valid(d.source[from:to]) {
		t.Fatalf("value %d stands in %q", v, d.source[from:to])
	}
	ok := false
	switch w := want.(type) {
	case nil:
		ok = d.Kind(v) == Null
	case bool:
		ok = d.Kind(v) == True && w || d.Kind(v) == False && !w
	case json.Number:
		ok = d.Kind(v) == Number && string(d.Text(v)) == string(w)
	case string:
		ok = d.Kind(v) == String && string(d.Text(v)) == w
	case []any:
		ok = d.Kind(v) == Array && d.Len(v) == len(w)
		at := v + 1
		for i := 0; ok && i < len(w); i++ {
			same(t, d, at, w[i])
			at = d.Next(at)
		}
	case map[string]any:
		ok = d.Kind(v) == Object && d.Len(v) == len(w)
		for name, member := range w {
			at := d.Member(v, name)
			if at < 0 {
				t.Fatalf("%q is missing", name)
			}
			same(t, d, at, member)
		}
	}
	if !ok {
		t.Fatalf("value %d is not %v", v, want)
	}
}

func BenchmarkParse(b *testing.B) {
	var items []string
	for i := range 12 {
		items = append(items, fmt.Sprintf(`{"id":%d,"name":"item %d","price":%d.99,"tags":["a","b"],"active":true}`, i, i, i*10))
	}
	text := []byte(`{"items":[` + strings.Join(items, ",") + `]}`)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	var d Document
	for b.Loop() {
		if !d.Parse(text) {
			b.Fatal("no JSON")
		}
	}
}

func TestEqualAndDistinct(t *testing.T) {
	f := func(a, b string, want bool) {
		t.Helper()
		var d, e, both Document
		if !d.Parse([]byte(a)) || !e.Parse([]byte(b)) || !both.Parse([]byte("["+a+","+b+"]")) {
			t.Fatal("no JSON")
		}
		if Equal(&d, 0, &e, 0) != want || Equal(&e, 0, &d, 0) != want {
			t.Fatalf("%s equals %s: %v", a, b, !want)
		}
		if both.Distinct(0) == want {
			t.Fatalf("%s and %s are distinct: %v", a, b, want)
		}
	}
	f(`1`, `1.0`, true)
	f(`100`, `1e2`, true)
	f(`0.5`, `5e-1`, true)
	f(`12.5`, `1.25e1`, true)
	f(`0`, `-0.0`, true)
	f(`1`, `-1`, false)
	f(`1`, `"1"`, false)
	f(`0`, `false`, false)
	f(`true`, `false`, false)
	f(`"a"`, `"\u0061"`, true)
	f(`[1,2]`, `[2,1]`, false)
	f(`[1,[2]]`, `[1.0,[2]]`, true)
	f(`[]`, `{}`, false)
	f(`[[],[]]`, `[[[]]]`, false)
	f(`{"a":1,"b":[{}]}`, `{"b":[{}],"a":1e0}`, true)
	f(`{"a":1}`, `{"b":1}`, false)
	f(`{"a":1,"b":2}`, `{"a":2,"b":1}`, false)

	var d Document
	if !d.Parse([]byte(`[]`)) || !d.Distinct(0) {
		t.Fatal("nothing is distinct")
	}
	var many []string
	for i := range 3000 {
		many = append(many, fmt.Sprint(i))
	}
	if !d.Parse([]byte("["+strings.Join(many, ",")+"]")) || !d.Distinct(0) {
		t.Fatal("3000 numbers are distinct")
	}
	if !d.Parse([]byte("["+strings.Join(append(many, "7.0"), ",")+"]")) || d.Distinct(0) {
		t.Fatal("7 stands twice")
	}
}
