package libinjection

import "bytes"

// IsXSS reports whether an input runs a script where it comes into an HTML page: as text, or in the value of an attribute,
// without quotes or in one of three kinds.
//
// Nothing runs without a tag or an attribute with a value, so an input that has neither "<" nor "=" is not looked at.
func IsXSS(input []byte) bool {
	tag := bytes.IndexByte(input, '<') >= 0
	if tag && runs(input, inData) {
		return true
	}
	if !tag && bytes.IndexByte(input, '=') < 0 {
		return false
	}
	if runs(input, beforeName) {
		return true
	}
	// Without its quote, all of the input is the value.
	return bytes.IndexByte(input, '\'') >= 0 && runs(input, inSingle) ||
		bytes.IndexByte(input, '"') >= 0 && runs(input, inDouble) ||
		bytes.IndexByte(input, '`') >= 0 && runs(input, inTick)
}

// runs reads the input from a state on and looks for a token that runs something.
func runs(input []byte, start state) bool {
	m := markup{s: input, state: start}
	attribute := harmless
	for m.next() {
		if m.part != valuePart {
			attribute = harmless
		}
		switch m.part {
		case doctypePart:
			return true
		case tagPart:
			if isBadTag(m.token) {
				return true
			}
		case namePart:
			attribute = attributeDanger(m.token)
		case valuePart:
			if isBadValue(m.token, attribute) {
				return true
			}
			attribute = harmless
		case commentPart:
			if isBadComment(m.token) {
				return true
			}
		}
	}
	return false
}

func isBadValue(value []byte, d danger) bool {
	switch d {
	case runsScript, setsStyle:
		return true
	case namesURL:
		return isBadURL(value)
	case setsAnything:
		return attributeDanger(value) == runsScript
	}
	return false
}

// isBadComment knows the comments that browsers have run: conditional ones, name spaces, imports, entities, and a backtick
// that ends the tag.
func isBadComment(c []byte) bool {
	if bytes.IndexByte(c, '`') >= 0 {
		return true
	}
	if len(c) > 3 {
		a, b := c[1]|0x20, c[2]|0x20
		if c[0] == '[' && a == 'i' && b == 'f' || c[0]|0x20 == 'x' && a == 'm' && b == 'l' {
			return true
		}
	}
	if len(c) <= 5 {
		return false
	}
	var word [6]byte
	n := 0
	for i := 0; i < len(c) && n < len(word); i++ {
		if c[i] == 0 {
			continue
		}
		word[n] = c[i]
		if c[i] >= 'a' && c[i] <= 'z' {
			word[n] -= 'a' - 'A'
		}
		n++
	}
	return string(word[:n]) == "IMPORT" || string(word[:n]) == "ENTITY"
}
