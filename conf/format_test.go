package conf

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/BurntSushi/toml"
)

func TestFormat(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		got, err := Format("x.toml", []byte(in))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		again, err := Format("x.toml", got)
		if err != nil || string(again) != string(got) {
			t.Errorf("formatted again it is %v\n%s", err, again)
		}
	}
	f("", "")
	f("a=1", "a = 1\n")
	f("a=1\nlong  =  2 \n\n\n\nb=3", "a    = 1\nlong = 2\n\nb = 3\n")
	f("a=1 # one\nlong=22 #two\n# three\nb=3", "a    = 1  # one\nlong = 22 #two\n# three\nb = 3\n")
	f("[ a . 'b c' ]\nx=1\n[c]\n# about d\n[d]\n[[ e ]]", "[a.'b c']\nx = 1\n\n[c]\n\n# about d\n[d]\n\n[[e]]\n")
	f("a={b=1,c=[1,2 , 3],d={}}", "a = { b = 1, c = [1, 2, 3], d = {} }\n")
	f("a=[1,2,]", "a = [1, 2]\n")
	f("a=[ # x\n1 , # one\n  2,\n\n# end\n]\nb=1", "a = [ # x\n  1, # one\n  2,\n  # end\n]\nb = 1\n")
	f("a=[\n[1,\n2],{b=1}]", "a = [\n  [1,\n    2], { b = 1 }]\n")
	f("a={\nb=1,\nc=2,\n}", "a = {\n  b = 1,\n  c = 2,\n}\n")
	f("a=\"\"\"x\n  y  \n\"\"\" # c", "a = \"\"\"x\n  y  \n\"\"\" # c\n")
	f("a.b . c=\"#\"\r\nd=2\r\n", "a.b.c = \"#\"\nd     = 2\n")
	f("t=1979-05-27 07:32:00  # c", "t = 1979-05-27 07:32:00 # c\n")
}

func TestFormatExamples(t *testing.T) {
	for _, pattern := range []string{"testdata/*.toml", "../deploy/examples/*.toml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := Format(file, text); err == nil {
				sameValues(t, string(text), string(got))
			}
		}
	}
}

func sameValues(t *testing.T, before, after string) {
	t.Helper()
	var was, is map[string]any
	if _, err := toml.Decode(before, &was); err != nil {
		t.Fatal(err)
	}
	if _, err := toml.Decode(after, &is); err != nil {
		t.Fatalf("%q\nbecomes\n%q\nwhich is not TOML: %v", before, after, err)
	}
	if !reflect.DeepEqual(was, is) {
		t.Fatalf("%q\nbecomes\n%q\nwhich means something else", before, after)
	}
}

// FuzzFormat checks that formatting changes no value and that doing it twice changes nothing more.
func FuzzFormat(f *testing.F) {
	f.Add("a=1 # c\n[b . 'c']\nd={e=[1,\n2,# x\n],f=\"\"\"\ng\"\"\"}\n")
	f.Add("# x\n\na = [ [ ], { }, # y\n]\n[[z]]\r\nq='''\n'''\n")
	f.Fuzz(func(t *testing.T, text string) {
		once, err := Format("x.toml", []byte(text))
		if err != nil {
			return
		}
		sameValues(t, text, string(once))
		twice, err := Format("x.toml", once)
		if err != nil || string(twice) != string(once) {
			t.Fatalf("%q\nbecomes\n%q\nand then\n%q, %v", text, once, twice, err)
		}
	})
}

func TestFormatKeepsLineEndsInStrings(t *testing.T) {
	const text = "a = \"\"\"x\r\ny\"\"\"\r\n"
	got, err := Format("x.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	sameValues(t, text, string(got))
}
