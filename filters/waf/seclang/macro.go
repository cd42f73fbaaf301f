package seclang

import (
	"errors"
	"fmt"
	"strings"
)

// A Macro is text with %{VARIABLE.key} in it.
type Macro struct {
	Text  string
	Parts []MacroPart
}

// A MacroPart is literal text (Variable is Unknown) or a reference. Text is then what stands between the braces; it is also
// what a reference to a key that does not exist expands to.
type MacroPart struct {
	Text     string
	Variable Variable
	Key      string // lower case
}

// Literal returns the macro's text when it refers to nothing.
func (m *Macro) Literal() (string, bool) {
	if len(m.Parts) == 1 && m.Parts[0].Variable == Unknown {
		return m.Parts[0].Text, true
	}
	return "", false
}

// ParseMacro reads text with references.
func ParseMacro(s string) (*Macro, error) {
	if s == "" {
		return nil, errors.New("an argument is missing")
	}
	m := &Macro{Text: s}
	literal := 0 // start of the literal text that has not become a part yet
	flush := func(end int) {
		if end > literal {
			m.Parts = append(m.Parts, MacroPart{Text: s[literal:end]})
		}
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '%' || i+1 >= len(s) || s[i+1] != '{' {
			continue
		}
		flush(i)
		n := strings.IndexByte(s[i+2:], '}')
		if n < 0 {
			return nil, fmt.Errorf("%q: the closing brace of a macro is missing", s)
		}
		ref := s[i+2 : i+2+n]
		if j := strings.IndexFunc(ref, notMacroRune); j >= 0 {
			return nil, fmt.Errorf("%q: %q cannot stand in a macro", s, ref[j])
		}
		name, key, _ := strings.Cut(ref, ".")
		v, ok := LookupVariable(name)
		if !ok {
			return nil, fmt.Errorf("%q: variable %q is not supported", s, name)
		}
		if strings.HasSuffix(ref, ".") {
			return nil, fmt.Errorf("%q: a key is missing after the dot", s)
		}
		m.Parts = append(m.Parts, MacroPart{Text: ref, Variable: v, Key: strings.ToLower(key)})
		i += 2 + n
		literal = i + 1
	}
	flush(len(s))
	return m, nil
}

func notMacroRune(r rune) bool {
	switch {
	case r == '[', r == ']', r == '.', r == '_', r == '-':
		return false
	case r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z':
		return false
	}
	return true
}
