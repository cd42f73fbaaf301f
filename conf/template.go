package conf

import "strings"

// TemplatePart is some text of a template and the place behind it.
type TemplatePart struct {
	Text string
	Name string // what stands in braces; "" at the end of the template
}

// SplitTemplate takes a template apart at its {name}s. Braces around what is no name are text, so that JSON can stand in a
// field: a name begins with a word of letters, digits, "-" and "_", up to its first dot, or is "*".
func SplitTemplate(s string) []TemplatePart {
	var parts []TemplatePart
	from, at := 0, 0
	for {
		open := strings.IndexByte(s[at:], '{')
		if open < 0 {
			break
		}
		open += at
		length := strings.IndexByte(s[open:], '}')
		if length < 0 {
			break
		}
		name := s[open+1 : open+length]
		at = open + 1
		if isPlace(name) {
			at = open + length + 1
			parts = append(parts, TemplatePart{s[from:open], name})
			from = at
		}
	}
	return append(parts, TemplatePart{Text: s[from:]})
}

func isPlace(name string) bool {
	word, _, _ := strings.Cut(name, ".")
	return name == "*" || isName(word) && !strings.ContainsAny(name, "{ \t")
}
