package wire

import "testing"

func TestMediaType(t *testing.T) {
	f := func(value string, json, utf8 bool) {
		t.Helper()
		m, ok := ParseMediaType([]byte(value))
		if !ok || m.JSON() != json || m.UTF8() != utf8 {
			t.Fatalf("%q: %v, %v, %v", value, ok, m.JSON(), m.UTF8())
		}
	}
	f("application/json", true, true)
	f("Application/JSON ; charset=UTF-8", true, true)
	f(`application/problem+json;a=b; charset="utf-8"`, true, true)
	f("application/json;charset=us-ascii;", true, true)
	f("application/json; charset=utf-16", true, false)
	f("application/json; charset=utf-8; charset=latin1", true, false)
	f("application/+json", false, true)
	f("application/jsonp", false, true)
	f("text/json", false, true)
	f("a/b", false, true)

	none := func(value string) {
		t.Helper()
		if _, ok := ParseMediaType([]byte(value)); ok {
			t.Fatalf("%q is a media type", value)
		}
	}
	none("")
	none("json")
	none("application/")
	none("/json")
	none("application/json/x")
	none("application/json, text/plain")
	none("; charset=utf-8")
}
