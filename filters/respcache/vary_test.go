package respcache

import "testing"

func TestSelected(t *testing.T) {
	f := func(vary, one, other string, same bool) {
		t.Helper()
		names := appendNames(nil, headOf(t, vary))
		a := appendSelected(nil, names, headOf(t, one))
		b := appendSelected(nil, names, headOf(t, other))
		if got := string(a) == string(b); got != same {
			t.Errorf("%s (%s): %q is %q, %q is %q", vary, names, one, a, other, b)
		}
	}
	f("Vary: Foo", "Foo: 1", "Foo: 1", true)
	f("Vary: Foo", "Foo: 1", "Foo: 2", false)
	f("Vary: Foo", "Foo: 1", "foo:  1 ", true)
	f("Vary: Foo", "Foo: 1", "Foo: 1|Bar: 2", true)
	f("Vary: Foo", "Foo: 1", "", false)
	f("Vary: Foo", "Foo:", "", false)
	f("Vary: Foo", "", "", true)
	f("Vary: Foo, Bar", "Foo: 1|Bar: 2", "Bar: 2|Foo: 1", true)
	f("Vary: Foo, Bar", "Foo: 12", "Foo: 1|Bar: 2", false)
	f("Vary: Foo, Bar", "Foo: 1", "Bar: 1", false)
	f("Vary: Foo", "Foo: 1, 2", "Foo: 1|Foo: 2", true)
	f("Vary: Foo", "Foo: 1,2", "Foo: 1 , 2", true)
	f("Vary: Foo", "Foo: 1, 2", "Foo: 2, 1", false)
	f("Vary: Foo", "Foo: \"1, 2\"", "Foo: \"1,2\"", false)
	f("Vary: Foo", "Foo: a", "Foo: A", false)
	f("Vary: Accept-Encoding", "Accept-Encoding: gzip, br", "Accept-Encoding: br;q=0.5, GZIP", true)
	f("Vary: Accept-Encoding", "Accept-Encoding: gzip", "Accept-Encoding: x-gzip", true)
	f("Vary: Accept-Encoding", "Accept-Encoding: gzip", "Accept-Encoding: gzip;q=0", false)
	f("Vary: Accept-Encoding", "Accept-Encoding: gzip", "Accept-Encoding: gzip, br", false)
	f("Vary: Accept-Encoding", "Accept-Encoding: gzip", "Accept-Encoding: gzip, identity;q=0", false)
	f("Vary: Accept-Encoding", "Accept-Encoding: gzip", "Accept-Encoding: gzip, *;q=0", false)
	f("Vary: Accept-Encoding", "Accept-Encoding: gzip", "Accept-Encoding: gzip, identity", true)
	f("Vary: Accept-Encoding", "Accept-Encoding: gzip", "Accept-Encoding: gzip, exotic", false)
	f("Vary: Accept-Encoding", "Accept-Encoding:", "", false)
	f("Vary: Accept-Language", "Accept-Language: en, de", "Accept-Language: en,de", true)
	f("Vary: Accept-Language", "Accept-Language: en, de", "Accept-Language: EN, De", true)
	f("Vary: Accept-Language", "Accept-Language: en;q=0.5, de", "Accept-Language: de, en; q=0.5", true)
	f("Vary: Accept-Language", "Accept-Language: de, en;q=0.8", "Accept-Language: de;q=1.000, en;q=0.3", true)
	f("Vary: Accept-Language", "Accept-Language: en, de", "Accept-Language: de, en", false)
	f("Vary: Accept-Language", "Accept-Language: en, de;q=0", "Accept-Language: en, de", false)
	f("Vary: Accept-Language", "Accept-Language: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", "Accept-Language: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r", false)
}

func TestVaryNames(t *testing.T) {
	f := func(lines, want string) {
		t.Helper()
		if got := string(appendNames(nil, headOf(t, lines))); got != want {
			t.Errorf("%s: %q", lines, got)
		}
	}
	f("", "")
	f("Vary: Foo", "foo")
	f("Vary: foo, BAR|Vary: Foo,, baz", "bar,baz,foo")
}

func TestWeighted(t *testing.T) {
	f := func(member, wantName string, wantWeight int) {
		t.Helper()
		if name, weight := weighted([]byte(member)); string(name) != wantName || weight != wantWeight {
			t.Errorf("%q: %q %d", member, name, weight)
		}
	}
	f("a", "a", 1000)
	f("a;q=1", "a", 1000)
	f("a ; Q=0.5", "a", 500)
	f("a;q=0.123", "a", 123)
	f("a;q=0", "a", 0)
	f("a;q=0.000", "a", 0)
	f("a;q=x", "a", 1000)
	f("a;q=0.1234", "a", 1000)
	f("a;level=1", "a", 1000)
}
