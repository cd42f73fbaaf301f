package conf

import (
	"slices"
	"testing"
)

func TestSplitTemplate(t *testing.T) {
	f := func(s string, want ...TemplatePart) {
		t.Helper()
		if got := SplitTemplate(s); !slices.Equal(got, want) {
			t.Fatalf("%q: %q, want %q", s, got, want)
		}
	}
	f("", TemplatePart{})
	f("plain", TemplatePart{Text: "plain"})
	f("a{b}c", TemplatePart{"a", "b"}, TemplatePart{Text: "c"})
	f("{a}{*}", TemplatePart{"", "a"}, TemplatePart{"", "*"}, TemplatePart{})
	f("{client.ip}", TemplatePart{"", "client.ip"}, TemplatePart{})
	f(`{principal."https://x.example/t"}`, TemplatePart{"", `principal."https://x.example/t"`}, TemplatePart{})
	f(`{"a":{"b":1}}`, TemplatePart{Text: `{"a":{"b":1}}`})
	f("p{color:red}{}", TemplatePart{Text: "p{color:red}{}"})
	f("{a b}{", TemplatePart{Text: "{a b}{"})
	f("{{route}}", TemplatePart{"{", "route"}, TemplatePart{Text: "}"})
}
