package wire

import "testing"

func TestField(t *testing.T) {
	f := func(name, value, line string, known Name) {
		t.Helper()
		field, ok := NewField(name, value)
		if !ok {
			t.Fatalf("%s: %q is refused", name, value)
		}
		var h Head
		h.Add(name, []byte("old"))
		h.RemoveField(&field)
		h.AddField(&field)
		if got := string(h.AppendFields(nil)); got != line {
			t.Fatalf("%q, want %q", got, line)
		}
		i := h.Find(field.lower)
		if i < 0 || h.ID(i) != known || string(h.NameAt(i)) != name || field.Name() != name {
			t.Fatalf("%s is not found at %d", name, i)
		}
		if !h.AddFieldValue(&field, []byte("more")) || h.AddFieldValue(&field, []byte("a\r\nb")) {
			t.Fatal("AddFieldValue")
		}
		if got := string(h.AppendFields(nil)); got != line+name+": more\r\n" {
			t.Fatalf("%q after another one", got)
		}
	}
	f("Vary", "Origin", "Vary: Origin\r\n", Vary)
	f("X-Frame-Options", " DENY ", "X-Frame-Options: DENY\r\n", Other)
	f("X-Empty", "", "X-Empty: \r\n", Other)

	refused := func(name, value string) {
		t.Helper()
		if _, ok := NewField(name, value); ok {
			t.Fatalf("%q: %q is a field", name, value)
		}
	}
	refused("", "a")
	refused("A B", "a")
	refused("A:", "a")
	refused("A", "a\r\nB: c")
	refused("A", "a\x00")
}
