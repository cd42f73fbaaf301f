package engine

import (
	"mime"
	"strings"
)

// fileName is what a part's Content-Disposition says about a file. Where "filename" and "filename*" disagree, an upstream
// may take either, so rules see both.
type fileName struct {
	name  string
	other string

	charset, language string
	extended          bool // there is a "filename*" of the right form

	malformed bool // something that readers resolve differently
	duplicate bool // a parameter is there twice
	quoted    bool // "filename*" stands in quotes, which RFC 5987 does not allow
}

// effective returns the name that makes the part a file, "" if it is a field.
func (f *fileName) effective() string {
	if f.name != "" {
		return f.name
	}
	return f.other
}

func parseFileName(disposition string) (f fileName) {
	if disposition == "" {
		return f
	}
	_, params, err := mime.ParseMediaType(disposition)
	if err != nil {
		f.malformed = true
		f.duplicate = repeatsParam(disposition)
		return f
	}
	plain, _ := unquote(findParam(disposition, "filename"))
	value := findParam(disposition, "filename*")
	f.name = params["filename"]
	continued := hasContinuation(disposition)
	if value == "" && !hasParam(disposition, "filename*") {
		if continued {
			f.malformed = true
			if hasParam(disposition, "filename") {
				if f.name != "" && f.name != plain {
					f.other = f.name
				}
				f.name = plain
			}
		}
		return f
	}
	f.malformed = continued
	value, f.quoted = unquote(value)
	parts := strings.SplitN(value, "'", 3)
	if len(parts) != 3 {
		f.malformed = true
		return f
	}
	var bad bool
	f.charset, f.language, f.extended = parts[0], parts[1], true
	f.name, bad = decodePercent(parts[2])
	f.malformed = f.malformed || bad
	if plain != "" && plain != f.name {
		f.other = plain
	}
	return f
}

// params yields the segments of a header value between semicolons that do not stand in quotes.
func params(s string, yield func(key, value string, ok bool) bool) {
	quoted, start := false, 0
	segment := func(end int) bool {
		key, value, ok := strings.Cut(s[start:end], "=")
		start = end + 1
		return yield(strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value), ok)
	}
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ';' && !quoted:
			if !segment(i) {
				return
			}
		}
	}
	segment(len(s))
}

func findParam(s, name string) (found string) {
	params(s, func(key, value string, ok bool) bool {
		if ok && key == name {
			found = value
			return false
		}
		return true
	})
	return found
}

func hasParam(s, name string) (has bool) {
	params(s, func(key, _ string, ok bool) bool {
		has = has || ok && key == name
		return !has
	})
	return has
}

func repeatsParam(s string) (repeats bool) {
	seen := map[string]bool{}
	params(s, func(key, _ string, ok bool) bool {
		repeats = ok && seen[key]
		seen[key] = seen[key] || ok
		return !repeats
	})
	return repeats
}

// hasContinuation looks for "filename*0" and its kin (RFC 2231), which hardly any reader puts together.
func hasContinuation(s string) (has bool) {
	params(s, func(key, _ string, ok bool) bool {
		digits, found := strings.CutPrefix(strings.TrimSuffix(key, "*"), "filename*")
		has = ok && found && digits != "" && strings.Trim(digits, "0123456789") == ""
		return !has
	})
	return has
}

// unquote takes the quotes off a quoted string and resolves its backslashes.
func unquote(s string) (string, bool) {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s, false
	}
	s = s[1 : len(s)-1]
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), true
}

// decodePercent decodes %XX. bad says that an escape was not valid; its bytes stay.
func decodePercent(s string) (text string, bad bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			if i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
				b.WriteByte(unhex(s[i+1])<<4 | unhex(s[i+2]))
				i += 2
				continue
			}
			bad = true
		}
		b.WriteByte(s[i])
	}
	return b.String(), bad
}
