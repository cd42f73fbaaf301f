package wire

import (
	"bytes"
	"net/url"
	"strings"
	"testing"
)

func TestTargetPath(t *testing.T) {
	f := func(raw, path string, odd Oddity) {
		t.Helper()
		var target Target
		if fault := target.Parse([]byte(raw), GET, true); fault != Whole {
			t.Fatalf("%q: %v", raw, fault)
		}
		if string(target.Path) != path || target.Odd != odd {
			t.Fatalf("%q: path %q, oddities %b; want %q, %b", raw, target.Path, target.Odd, path, odd)
		}
	}
	f("/", "/", 0)
	f("/a", "/a", 0)
	f("/a/", "/a/", 0)
	f("/v1/orders/42", "/v1/orders/42", 0)
	f("/a-b._~!$&'()*+,=:@", "/a-b._~!$&'()*+,=:@", 0)
	f("/.well-known/openid-configuration", "/.well-known/openid-configuration", 0)
	f("/..a/.b./c..", "/..a/.b./c..", 0)
	f("/...", "/...", 0)

	// Encodings: one form each (RFC 3986 section 6.2.2).
	f("/%61%62%63", "/abc", 0)
	f("/%7Euser", "/~user", 0)
	f("/a%20b", "/a%20b", 0)
	f("/%c3%a9", "/%C3%A9", 0)
	f("/%e9", "/%E9", 0)
	f("/%3f%23", "/%3F%23", 0)
	f("/%3a:%40@", "/%3A:%40@", 0)
	f(`/a"b<c>d^e`+"`"+`f{g|h}i[j]`, "/a%22b%3Cc%3Ed%5Ee%60f%7Bg%7Ch%7Di%5Bj%5D", 0)
	f("/100%25", "/100%25", 0)
	f("/%25zz", "/%25zz", 0)

	// Dot segments.
	f("/a/.", "/a/", OddDotSegment)
	f("/a/..", "/", OddDotSegment)
	f("/a/./b", "/a/b", OddDotSegment)
	f("/a/../b", "/b", OddDotSegment)
	f("/a/b/..", "/a/", OddDotSegment)
	f("/a/b/../", "/a/", OddDotSegment)
	f("/a/%2e%2E/b", "/b", OddDotSegment)
	f("/a/.%2e/b", "/b", OddDotSegment)
	f("/%2e", "/", OddDotSegment)
	f("/a/..;x=1/b", "/b", OddDotSegment|OddParameter)
	f("/a/.;/b", "/a/b", OddDotSegment|OddParameter)
	f("/a/%2e%2e%3bx/b", "/b", OddDotSegment|OddParameter)
	f("/a/b/../../c", "/c", OddDotSegment)

	// Empty segments.
	f("//", "/", OddEmptySegment)
	f("//a", "/a", OddEmptySegment)
	f("/a//b///c", "/a/b/c", OddEmptySegment)
	f("/a//", "/a/", OddEmptySegment)
	f("/a//../b", "/b", OddEmptySegment|OddDotSegment)

	// What would name another resource if it were decoded is kept.
	f("/a%2fb", "/a%2Fb", OddEncodedSlash)
	f("/a%5cb", "/a%5Cb", OddBackslash)
	f("/a;v=1/b", "/a;v=1/b", OddParameter)
	f("/a%252fb", "/a%252fb", OddDoubleEncoding)
	f("/%252e%252e/b", "/%252e%252e/b", OddDoubleEncoding)
	f("/%25%32%65", "/%252e", OddDoubleEncoding)
	f("/%2500", "/%2500", OddDoubleEncoding)
	f("/%25252e", "/%25252e", OddDoubleEncoding)
	f("/%2541", "/%2541", OddDoubleEncoding)
	f("/%25c0%25ae", "/%25c0%25ae", OddDoubleEncoding)
	f("/a%2520b", "/a%2520b", 0)
}

func TestTargetKeepsEmptySegments(t *testing.T) {
	f := func(raw, path string, odd Oddity) {
		t.Helper()
		var target Target
		if fault := target.Parse([]byte(raw), GET, false); fault != Whole {
			t.Fatalf("%q: %v", raw, fault)
		}
		if string(target.Path) != path || target.Odd != odd {
			t.Fatalf("%q: path %q, oddities %b; want %q, %b", raw, target.Path, target.Odd, path, odd)
		}
	}
	f("//", "//", OddEmptySegment)
	f("/a//b", "/a//b", OddEmptySegment)
	f("/a//../b", "/a/b", OddEmptySegment|OddDotSegment)
	f("/a/..//b", "//b", OddEmptySegment|OddDotSegment)
}

func TestTargetForms(t *testing.T) {
	f := func(raw string, method Method, authority, path, query string) {
		t.Helper()
		var target Target
		if fault := target.Parse([]byte(raw), method, true); fault != Whole {
			t.Fatalf("%q: %v", raw, fault)
		}
		if string(target.Authority) != authority || string(target.Path) != path || string(target.Query) != query {
			t.Fatalf("%q: authority %q, path %q, query %q", raw, target.Authority, target.Path, target.Query)
		}
		if target.Asterisk != (path == "*") || (target.Query != nil) != strings.Contains(raw, "?") {
			t.Fatalf("%q: asterisk %v, query %v", raw, target.Asterisk, target.Query)
		}
	}
	f("/a?b=c", GET, "", "/a", "b=c")
	f("/a?", GET, "", "/a", "")
	f("/a?b?c/../d//%zz;{}[]\"<>\\", GET, "", "/a", "b?c/../d//%zz;{}[]\"<>\\")
	f("/%61?%61", GET, "", "/a", "%61")
	f("http://example.com", GET, "example.com", "/", "")
	f("http://example.com?a=b", GET, "example.com", "/", "a=b")
	f("HTTP://Example.com:8080/a/b?c", POST, "Example.com:8080", "/a/b", "c")
	f("https://[::1]:8443/", GET, "[::1]:8443", "/", "")
	f("http://example.com/a/../b", GET, "example.com", "/b", "")
	f("*", OPTIONS, "", "*", "")
	f("http://example.com", OPTIONS, "example.com", "*", "")
	f("http://example.com/", OPTIONS, "example.com", "/", "")
	f("http://example.com?", OPTIONS, "example.com", "/", "")
}

func TestTargetFaults(t *testing.T) {
	f := func(raw string, want Fault) {
		t.Helper()
		for _, merge := range []bool{true, false} {
			var target Target
			if fault := target.Parse([]byte(raw), GET, merge); fault != want {
				t.Fatalf("%q: fault %d (%s), path %q; want %s", raw, fault, fault.Reason(), target.Path, want.Reason())
			}
		}
	}
	f("", TargetForm)
	f("a", TargetForm)
	f("*", TargetForm)
	f("**", TargetForm)
	f("?a", TargetForm)
	f("example.com:443", TargetForm)
	f("ftp://example.com/", TargetForm)
	f("http:/example.com/", TargetForm)
	f("http://", TargetForm)
	f("http:///a", TargetForm)
	f("http://user@example.com/", TargetForm)
	f("http://user:pw@example.com/", TargetForm)
	f("http://example.com\\@evil.example/", TargetForm)
	f("http://example.com:0/", TargetForm)
	f("http://exa%6dple.com/", TargetForm)
	f("http://example.com#x", TargetForm)
	f("/a#b", TargetForm)
	f("/a?b#c", TargetForm)
	f("/a b", TargetForm)
	f("/a\tb", TargetForm)
	f("/a\x00b", TargetForm)
	f("/a\x7fb", TargetForm)
	f("/caf\xc3\xa9", TargetForm)
	f("/a?caf\xc3\xa9", TargetForm)
	f("/a?b\x01", TargetForm)
	f("/a?b c", TargetForm)

	f("/%", Encoding)
	f("/%4", Encoding)
	f("/%4?1", Encoding)
	f("/%zz", Encoding)
	f("/%u002e", Encoding)
	f("/%%35c", Encoding)
	f("/a%2", Encoding)

	f("/a%00", Null)
	f("/a%0d%0aX:1", Null)
	f("/a%09", Null)
	f("/a%7f", Null)

	f(`/a\b`, Backslash)
	f(`/a/..\b`, Backslash)

	f("/..", DotSegment)
	f("/../a", DotSegment)
	f("/a/../../b", DotSegment)
	f("/%2e%2e/a", DotSegment)
	f("/..;/a", DotSegment)
	f("/a/..%2fb", DotSegment)
	f("/a%2f..", DotSegment)
	f("/a/..;x%2fb", DotSegment)
	f("/a/x%5c..%5cb", DotSegment)
	f("/a/x%5C%2E%2e%3b%5Cb", DotSegment)

	f("/"+strings.Repeat("a", maxPath), LongTarget)
	f("/"+strings.Repeat("%20", maxPath/3+1), LongTarget)

	f("/%c0%ae%c0%ae/", OverlongUTF8)
	f("/%c1%9c", OverlongUTF8)
	f("/%e0%80%af", OverlongUTF8)
	f("/%f0%80%80%af", OverlongUTF8)
	f("/%f5%80%80%80", OverlongUTF8)
}

func TestOddityFault(t *testing.T) {
	f := func(odd, refuse Oddity, want Fault) {
		t.Helper()
		if got := odd.Fault(refuse); got != want {
			t.Fatalf("%b.Fault(%b) = %s, want %s", odd, refuse, got.Reason(), want.Reason())
		}
	}
	f(0, AllOdd, Whole)
	f(AllOdd, 0, Whole)
	f(OddEncodedSlash, OddDotSegment, Whole)
	f(AllOdd, AllOdd, DotSegment)
	f(OddDotSegment, AllOdd, DotSegment)
	f(OddEncodedSlash, AllOdd, EncodedSlash)
	f(OddBackslash, AllOdd, Backslash)
	f(OddDoubleEncoding, AllOdd, DoubleEncoding)
	f(OddParameter, AllOdd, Parameter)
	f(OddEmptySegment, AllOdd, EmptySegment)
	f(OddEmptySegment|OddBackslash, OddEmptySegment, EmptySegment)
}

func TestTargetDecodeSlashes(t *testing.T) {
	f := func(raw, want string) {
		t.Helper()
		var target Target
		if fault := target.Parse([]byte(raw), GET, true); fault != Whole {
			t.Fatalf("%q: %v", raw, fault)
		}
		target.DecodeSlashes()
		if string(target.Path) != want {
			t.Fatalf("%q: %q, want %q", raw, target.Path, want)
		}
	}
	f("/a/b", "/a/b")
	f("/a%2Fb%5cc", "/a/b/c")
	f("/a%2f%2f/%5c/b%20c%2f", "/a/b%20c/")
	f("/%2f", "/")
	f("/a%252fb%2fc", "/a%252fb/c")
}

func TestAppendCanonicalPath(t *testing.T) {
	f := func(path, want string, fault Fault) {
		t.Helper()
		got, gotFault := AppendCanonicalPath(make([]byte, 0, 8), []byte(path))
		if gotFault != fault || fault == Whole && string(got) != want {
			t.Fatalf("%q: %q, %v; want %q", path, got, gotFault, want)
		}
	}
	f("/a/b", "/a/b", Whole)
	f("/a//b/./c", "/a/b/c", Whole)
	f("/%7ea b", "", TargetForm)
	f("/%7ea%2fb", "/~a%2Fb", Whole)
	f("", "", TargetForm)
	f("a", "", TargetForm)
	f("/a?b", "", TargetForm)
	f("/..", "", DotSegment)
	f("/"+strings.Repeat("a", maxPath), "", TargetForm)
}

// A canonical path is a part of the raw target, without a copy.
func TestTargetAliases(t *testing.T) {
	raw := []byte("/v1/orders/42?page=2")
	var target Target
	if fault := target.Parse(raw, GET, true); fault != Whole {
		t.Fatal(fault)
	}
	if &target.Path[0] != &raw[0] || &target.Query[0] != &raw[len("/v1/orders/42?")] {
		t.Fatal("the path or the query was copied")
	}
}

func TestTargetReset(t *testing.T) {
	var target Target
	long := []byte("/%61" + strings.Repeat("b", 2*maxKeptPath))
	if fault := target.Parse(long, GET, true); fault != Whole {
		t.Fatal(fault)
	}
	target.Reset()
	if target.buffer != nil || target.Path != nil {
		t.Fatal("a long path's memory was kept")
	}
	target.Parse([]byte("/%61"), GET, true)
	target.Reset()
	if target.buffer == nil || target.Path != nil || target.Odd != 0 {
		t.Fatal("a short path's memory was not kept")
	}
}

func FuzzTarget(f *testing.F) {
	for _, seed := range []string{
		"/", "*", "/a/b?c=d", "http://h:1/a", "/a/%2e%2e/b", "/..;x/", "/a//b", "/%2F%5c", "/%252e", "/%25%32%65",
		"/%c3%a9%e9", "/[]{}|^`\"<>", "/a%2f..", "/a/.%2e;", "//%2e//", "/a/..//../b", "http://h?", "/%e0%a0%80",
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, raw []byte, merge bool) {
		sent := bytes.Clone(raw)
		var target Target
		fault := target.Parse(raw, GET, merge)
		if !bytes.Equal(raw, sent) {
			t.Fatal("the raw target was changed")
		}
		if fault != Whole {
			return
		}
		checkCanonical(t, &target, merge)
		checkMeaning(t, raw, &target)
		target.DecodeSlashes()
		target.Odd &^= OddEncodedSlash | OddBackslash
		checkCanonical(t, &target, merge)
	})
}

// checkCanonical demands that a canonical path is its own canonical form, and odd in nothing but what is kept.
func checkCanonical(t *testing.T, target *Target, merge bool) {
	kept := target.Odd &^ OddDotSegment
	if merge {
		kept &^= OddEmptySegment
	}
	var again Target
	if fault := again.Parse(target.Path, GET, merge); fault != Whole {
		t.Fatalf("%q is canonical and refused: %v", target.Path, fault)
	}
	if !bytes.Equal(again.Path, target.Path) || again.Odd&^kept != 0 || again.Query != nil {
		t.Fatalf("%q: again %q, oddities %b after %b", target.Path, again.Path, again.Odd, target.Odd)
	}
	if again.buffer != nil && !bytes.ContainsAny(target.Path, "%") && !bytes.Contains(target.Path, []byte("/.")) && !bytes.Contains(target.Path, []byte("//")) {
		t.Fatalf("%q is canonical and was copied", target.Path)
	}
	for segment := range bytes.SplitSeq(target.Path[1:], []byte("/")) {
		if dotSegment(segment) > 0 {
			t.Fatalf("%q has a dot segment", target.Path)
		}
	}
}

// checkMeaning demands that the canonical path decodes to what the raw one does, where nothing was resolved or merged.
func checkMeaning(t *testing.T, raw []byte, target *Target) {
	if target.Odd&(OddDotSegment|OddEmptySegment) != 0 {
		return
	}
	u, err := url.ParseRequestURI(string(raw))
	if err != nil {
		return // net/url knows fewer hosts than we let through
	}
	want := u.Path
	if want == "" {
		want = "/"
	}
	got, err := url.PathUnescape(string(target.Path))
	if err != nil || got != want {
		t.Fatalf("%q: the path %q decodes to %q (%v), want %q", raw, target.Path, got, err, want)
	}
	if u.RawQuery != string(target.Query) {
		t.Fatalf("%q: query %q, want %q", raw, target.Query, u.RawQuery)
	}
}

func BenchmarkTarget(b *testing.B) {
	f := func(name, raw string) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var target Target
			bytes := []byte(raw)
			for b.Loop() {
				if fault := target.Parse(bytes, GET, true); fault != Whole {
					b.Fatal(fault)
				}
			}
		})
	}
	f("plain20", "/v1/orders/424242424")
	f("plain60", "/v1/accounts/3f2a9c1e-77aa-4f1b-9a55-0123456789ab/statements")
	f("query", "/v1/orders/424242424?page=2&per_page=50&sort=created_at")
	f("encoded", "/v1/orders/a%20b%2Dc%C3%A9")
	f("dots", "/v1/orders/../orders/./42")
}
