package seclang

import (
	"fmt"
	"regexp"
	"strings"
)

// addTargets reads the first argument of a SecRule into r: A|B:key|!B:'/expression/'|&C.
// An exclusion applies to the targets of the same variable that were written before it.
func (r *Rule) addTargets(s string) error {
	for s != "" {
		var t targetText
		var err error
		if t, s, err = cutTarget(s); err != nil {
			return err
		}
		v, ok := LookupVariable(t.name)
		if !ok {
			return fmt.Errorf("variable %q is not supported", t.name)
		}
		if t.selected && !v.Keyed() {
			return fmt.Errorf("variable %s has no members to select %q from", v, t.key)
		}
		sel := Selector{Key: t.key}
		if pattern, ok := cutSlashes(t.key); ok {
			if !v.KeepsKeyCase() {
				pattern = strings.ToLower(pattern)
			}
			if sel.Rx, err = regexp.Compile(pattern); err != nil {
				return fmt.Errorf("variable %s: %w", v, err)
			}
		}
		if t.not {
			for i := range r.Targets {
				if r.Targets[i].Variable == v {
					r.Targets[i].Except = append(r.Targets[i].Except, sel)
				}
			}
			continue
		}
		if !v.KeepsKeyCase() {
			sel.Key = strings.ToLower(sel.Key)
		}
		r.Targets = append(r.Targets, Target{Variable: v, Selector: sel, Count: t.count})
	}
	return nil
}

// targetText is one target as it was written.
type targetText struct {
	name, key            string
	not, count, selected bool
}

// cutTarget cuts the first target off s. A key may be an expression between slashes, in which | is not a separator, and the
// whole may stand in single quotes.
func cutTarget(s string) (t targetText, rest string, err error) {
	for s != "" && (s[0] == '!' || s[0] == '&') {
		t.not = t.not || s[0] == '!'
		t.count = t.count || s[0] == '&'
		s = s[1:]
	}
	i := strings.IndexAny(s, ":|")
	if i < 0 {
		t.name = s
		return t, "", nil
	}
	t.name = s[:i]
	if s[i] == '|' {
		return t, s[i+1:], nil
	}
	t.selected = true
	s = s[i+1:]
	upper := strings.ToUpper(t.name)
	quoted := strings.HasPrefix(s, "'")
	if quoted {
		s = s[1:]
	}
	if strings.HasPrefix(s, "/") && upper != "XML" {
		end := closingSlash(s)
		if end < 0 {
			return t, "", fmt.Errorf("variable %s: the closing slash of %q is missing", upper, s)
		}
		t.key, s = s[:end+1], s[end+1:]
	} else {
		end := strings.IndexByte(s, '|')
		if quoted {
			end = strings.IndexByte(s, '\'')
		}
		if end < 0 {
			end = len(s)
		}
		t.key, s = s[:end], s[end:]
	}
	if quoted {
		if !strings.HasPrefix(s, "'") {
			return t, "", fmt.Errorf("variable %s: the closing quote of %q is missing", upper, t.key)
		}
		s = s[1:]
	}
	if s != "" {
		if s[0] != '|' {
			return t, "", fmt.Errorf("variable %s: unexpected %q after the key", upper, s)
		}
		s = s[1:]
	}
	return t, s, nil
}

// closingSlash returns the index of the unescaped slash that ends the expression which begins at s[0].
func closingSlash(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '/':
			return i
		}
	}
	return -1
}

// cutSlashes returns what stands between unescaped slashes, if s is an expression.
func cutSlashes(s string) (string, bool) {
	if len(s) < 2 || s[0] != '/' || s[len(s)-1] != '/' || closingSlash(s) != len(s)-1 {
		return s, false
	}
	return s[1 : len(s)-1], true
}
