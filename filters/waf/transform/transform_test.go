package transform

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/corazawaf/coraza/v3"
	"golang.org/x/net/html"
)

func apply(name, in string) (string, bool) {
	t, _ := Lookup(name)
	out, changed := t.Func([]byte("before "), []byte(in))
	return string(out[len("before "):]), changed
}

func TestTransform(t *testing.T) {
	f := func(name, in, want string) {
		t.Helper()
		if got, _ := apply(name, in); got != want {
			t.Errorf("%s %q: %q, want %q", name, in, got, want)
		}
	}
	f("base64decode", "SGVs\nbG8=x", "Hello")
	f("base64decode", "SGVs bG8=", "Hel")
	f("base64decodeext", "SG Vs.bG8-", "Hello>")
	f("cmdline", `C^MD.exe "/c",  ,dir`, "cmd.exe/c dir")
	f("compresswhitespace", "a \t b\u00a0c\xa0", "a b c ")
	f("cssdecode", `a\62 c\00`, "abc\ufffd")
	f("escapeseqdecode", `\x41\101\n\q\`, "AA\nq\\")
	f("hexdecode", "4a4B", "JK")
	f("hexdecode", "4a4", "4a4")
	f("htmlentitydecode", "&lt;&#x41;&#66&ampx&notit;&unknown;&#", "<AB&x¬it;&unknown;&#")
	f("jsdecode", `\u0041\x42\103\u{44}\n\uff25`, "ABCD\nE")
	f("length", "abc", "3")
	f("lowercase", "ABC\u212a\xff", "abck\ufffd")
	f("normalizepath", "/a/./b/../c//", "/a/c/")
	f("normalizepath", "a/..", "")
	f("normalizepath", "../../a", "../../a")
	f("normalizepath", "/", "//")
	f("normalizepathwin", `C:\a\..\b. \x.txt::$DATA`, "C:/b/x.txt")
	f("removecomments", "a/*b*/c--d", "ac")
	f("removecommentschar", "a/*b*/c--d#", "abcd")
	f("removenulls", "a\x00b", "ab")
	f("removewhitespace", "a b\u3000c", "abc")
	f("replacecomments", "a/*b*/c/*d", "a c ")
	f("replacenulls", "a\x00b", "a b")
	f("trim", " a ", "a")
	f("uppercase", "aé", "AÉ")
	f("urldecode", "%41+%zz", "A %zz")
	f("urldecodeuni", "%u0041%uff1c%u2018+%41%u00", "A<' A%u00")
	f("urlencode", "a b*/", "a+b*%2f")
	f("utf8tounicode", "aé\xff\U0001f600", "a%u00e9%ufffd%u1f600")
}

// Every transformation gives what Coraza's gives: there, one rule for each matches anything and tells what it saw.
func FuzzCoraza(f *testing.F) {
	rules := ""
	for i := range all {
		rules += "SecRule ARGS:x \"@unconditionalMatch\" \"id:" + strconv.Itoa(i+1) + ",phase:1,pass,log,t:" + all[i].Name + "\"\n"
	}
	waf, err := coraza.NewWAF(coraza.NewWAFConfig().WithDirectives(rules))
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"", "a", "A b\u00a0\xa0\x00", `\x41\u0041\u{ff1c}\101\n\`, "%41%u0041%uff1c+%", "&lt;&#x41;&ampx", "/a/./../b\\..\\c:d. /",
		"/*a*/--b#<!--", "SGVsbG8=", "4a4b", "é\u212a\u017f\u2028", `\62 \0000041\0`, "$(C^md \"x\",;/c (", " \t.\r\n", "&#0;&#128;&#9999999999;&#x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		tx := waf.NewTransaction()
		defer func() { _ = tx.Close() }()
		tx.AddGetRequestArgument("x", in)
		tx.ProcessRequestHeaders()
		for _, m := range tx.MatchedRules() {
			if m.Rule().ID() == 0 {
				continue
			}
			name := all[m.Rule().ID()-1].Name
			want := m.MatchedDatas()[0].Value()
			if got, _ := apply(name, in); got != want {
				t.Errorf("%s %q: %q, want %q", name, in, got, want)
			}
		}
	})
}

// A value without triggers is its own transform.
func FuzzTriggers(f *testing.F) {
	f.Add("abc 123")
	f.Fuzz(func(t *testing.T, in string) {
		for i := range all {
			tr := &all[i]
			if tr.Triggers == nil {
				continue
			}
			hit := false
			for j := range len(in) {
				hit = hit || tr.Triggers[in[j]]
			}
			out, changed := apply(tr.Name, in)
			if !hit && (out != in || changed) {
				t.Errorf("%s %q changes without a trigger: %q, %v", tr.Name, in, out, changed)
			}
			news := strings.Trim(strings.ToLower(out), " "+strings.ToLower(in))
			if tr.Shrinks && isASCII(in) && news != "" {
				t.Errorf("%s %q has new bytes: %q", tr.Name, in, out)
			}
		}
	})
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

func FuzzEntities(f *testing.F) {
	f.Add("&lt;&#65")
	f.Fuzz(func(t *testing.T, in string) {
		if got, _ := apply("htmlentitydecode", in); got != html.UnescapeString(in) {
			t.Errorf("%q: %q, want %q", in, got, html.UnescapeString(in))
		}
	})
}
