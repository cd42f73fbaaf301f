package conf

import (
	"fmt"
	"testing"

	"github.com/BurntSushi/toml"
)

func TestPlaces(t *testing.T) {
	f := func(text string, wantKey, wantValue string, path ...string) {
		t.Helper()
		n, problem := source{name: "x", text: []byte(text)}.parse()
		if problem != nil {
			t.Fatal(problem)
		}
		found, whole := n.find(path...)
		if !whole {
			t.Fatalf("there is no %q", path)
		}
		key, value := fmt.Sprintf("%d:%d", found.name.Line, found.name.Col), fmt.Sprintf("%d:%d", found.place.Line, found.place.Col)
		if key != wantKey || value != wantValue {
			t.Errorf("key at %s, value at %s; want %s and %s", key, value, wantKey, wantValue)
		}
	}
	f("a = 1", "1:1", "1:5", "a")
	f("\n  a  =  \"x\" # c\nb = 2", "3:1", "3:5", "b")
	f("a.b . c = 1", "1:7", "1:11", "a", "b", "c")
	f(`"a b".'c.d' = 1`, "1:7", "1:15", "a b", "c.d")
	f(`"a\tb\u0041\x42" = 1`, "1:1", "1:20", "a\tbAB")
	f("[t]\nk = 1", "1:1", "1:1", "t")
	f("[t]\nk = 1", "2:1", "2:5", "t", "k")
	f("[a.b]\nk = 1\n[a]\nz = 2", "3:1", "3:1", "a")
	f("[a.b]\nk = 1\n[a]\nz = 2", "1:1", "1:1", "a", "b")
	f("a = { b = 1, c = { d = [1, 2] } }", "1:20", "1:24", "a", "c", "d")
	f("a = {\n  b = 1, # one\n  c = 2,\n}\nd = 3", "3:3", "3:7", "a", "c")
	f("a = {\n  b = 1, # one\n  c = 2,\n}\nd = 3", "5:1", "5:5", "d")
	f("a = \"\"\"\n\\\"\"\" x = 1 \"\"\"\"\nb = 2", "3:1", "3:5", "b")
	f("a = '''\nx'' = 1'''''\nb = 2", "3:1", "3:5", "b")
	f("a = [ # [\n  \"]\", ']',\n]\nb = 2", "4:1", "4:5", "b")
	f("a = '\\'\nb = 2", "2:1", "2:5", "b")
	f("a = 1979-05-27 07:32:00\r\nb = 2", "2:1", "2:5", "b")
	f("a = { 'é' = 1, b = 2 }", "1:17", "1:21", "a", "b")
}

func TestPlacesOfElements(t *testing.T) {
	n, problem := source{name: "x", text: []byte("a = [1, [2,\n 3], { k = 4 }]\n[[b]]\nk = 1\n[[b]]\nk = 2\n")}.parse()
	if problem != nil {
		t.Fatal(problem)
	}
	f := func(n *node, want string) {
		t.Helper()
		if got := fmt.Sprintf("%d:%d", n.place.Line, n.place.Col); got != want {
			t.Errorf("at %s, want %s", got, want)
		}
	}
	a, b := n.child("a").array, n.child("b").array
	f(a[0], "1:6")
	f(a[1], "1:9")
	f(a[1].array[1], "2:2")
	f(a[2], "2:6")
	f(a[2].child("k"), "2:12")
	f(b[0].child("k"), "4:5")
	f(b[1], "5:1")
	f(b[1].child("k"), "6:5")
}

// FuzzPlaces checks that the scanner sees the same keys and elements as the TOML library in every text that the library takes, and
// that it ends on every other.
func FuzzPlaces(f *testing.F) {
	f.Add("a.b = { c = [1, {d = 2}] }\n[t.\"x y\"]\n'k' = \"\"\"\"q\"\"\"\"\n[[z]]\n[[z.y]]\nv=1")
	f.Add("a = [1,\n# ]\n2]\nb = '''''x'''''\nc = \"\\\"\"")
	f.Add("\"\\u00e9\\U0001F600\\e\\x41\" = 1979-05-27 07:32:00 # c")
	f.Add("a = {\n b = 1, # }\n}\n")
	f.Fuzz(func(t *testing.T, text string) {
		root := scanPlaces(text)
		var values map[string]any
		if _, err := toml.Decode(text, &values); err != nil {
			return
		}
		samePlaces(t, text, "", values, root)
	})
}

func samePlaces(t *testing.T, text, path string, value any, p *place) {
	t.Helper()
	switch v := value.(type) {
	case map[string]any:
		if len(v) != len(p.table) {
			t.Fatalf("%q: %d keys, %d places at %q", text, len(v), len(p.table), path)
		}
		for key, value := range v {
			c := p.table[key]
			if c == nil {
				t.Fatalf("%q: no place for %q at %q", text, key, path)
			}
			samePlaces(t, text, path+"."+key, value, c)
		}
	case []map[string]any:
		for i, value := range v {
			sameElement(t, text, path, len(v), i, value, p)
		}
	case []any:
		for i, value := range v {
			sameElement(t, text, path, len(v), i, value, p)
		}
	}
}

func sameElement(t *testing.T, text, path string, n, i int, value any, p *place) {
	t.Helper()
	if len(p.array) != n {
		t.Fatalf("%q: %d elements, %d places at %q", text, n, len(p.array), path)
	}
	samePlaces(t, text, fmt.Sprintf("%s[%d]", path, i), value, p.array[i])
}

// FuzzParse checks that no text makes loading panic, and that a good one renders to what loads to the same.
func FuzzParse(f *testing.F) {
	f.Add("schema = 1\n[listeners.a]\naddress = \":80\"\n[upstreams.u]\nnodes.a = \"h:1\"\n[routes.r]\nmatch = {path=\"/{a}/*\"}\nauth=\"anonymous\"\nto=\"u\"\nrate={key=[\"client.ip\",\"path.a\"],limit=\"1/s\"}\n")
	f.Add("schema = 1\nroutes = 1\nlisteners = [1]\n[upstreams]\na = { nodes = 1 }\n[gateway]\nadmin = { listen = \"\" }\n")
	f.Add("schema = 1\n[routes.x]\nmatch = 1\nto = { a = 1, b = \"x\" }\nrequire = [1, { claims = { a = { b = 1 } } }]\nuse = [1, \"x\"]\nheaders = 1\ntimeout = []\n[policies.x]\nheaders = { remove = 1, set = 2 }\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, _, err := Parse("fuzz.toml", []byte(text))
		if err != nil {
			return
		}
		rendered := c.Render()
		again, _, err := Parse("fuzz.toml", []byte(rendered))
		if err != nil {
			t.Fatalf("%s\nrenders to\n%s\nwhich does not load: %v", text, rendered, err)
		}
		if twice := again.Render(); twice != rendered {
			t.Fatalf("%s\nrenders to\n%s\nand then to\n%s", text, rendered, twice)
		}
	})
}
