package wire

import "bytes"

// MediaType is a Content-Type taken apart (RFC 9110 section 8.3.1).
type MediaType struct {
	Main, Sub  []byte // in any letter case
	parameters []byte
}

// ParseMediaType reads a Content-Type. It returns false when the value is none.
func ParseMediaType(value []byte) (m MediaType, ok bool) {
	if i := bytes.IndexByte(value, ';'); i >= 0 {
		value, m.parameters = TrimOWS(value[:i]), value[i+1:]
	}
	m.Main, m.Sub, _ = bytes.Cut(value, []byte("/"))
	return m, IsToken(m.Main) && IsToken(m.Sub)
}

// JSON reports whether the type is JSON: application/json, or one with the suffix +json (RFC 6839 section 3.1).
func (m MediaType) JSON() bool {
	const suffix = "+json"
	return EqualFold(m.Main, "application") && (EqualFold(m.Sub, "json") ||
		len(m.Sub) > len(suffix) && EqualFold(m.Sub[len(m.Sub)-len(suffix):], suffix))
}

// UTF8 reports whether the parameters name no other charset.
func (m MediaType) UTF8() bool {
	for rest := m.parameters; len(rest) > 0; {
		var parameter []byte
		parameter, rest, _ = bytes.Cut(rest, []byte(";"))
		name, value, _ := bytes.Cut(TrimOWS(parameter), []byte("="))
		value = bytes.Trim(value, `"`)
		if EqualFold(name, "charset") && !EqualFold(value, "utf-8") && !EqualFold(value, "us-ascii") {
			return false
		}
	}
	return true
}
