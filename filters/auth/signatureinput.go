package auth

import (
	"slices"
	"strconv"
	"strings"
)

// signatureInput is one member of a Signature-Input field (RFC 9421 section 4.1): what is covered, and the parameters.
type signatureInput struct {
	label      string
	components []string
	params     string // the value as it was received, which is signed
	created    int64
	expires    int64
	keyID      string
	alg        string
	nonce      string
}

// parseInputs reads a Signature-Input field: a dictionary whose members are inner lists of strings with parameters (RFC
// 8941). Components with parameters of their own are not taken, nor is anything else that is out of the ordinary.
func parseInputs(field []byte) ([]signatureInput, bool) {
	s := sfReader{rest: string(field)}
	var list []signatureInput
	for {
		in, ok := s.input()
		if !ok || slices.ContainsFunc(list, func(o signatureInput) bool { return o.label == in.label }) {
			return nil, false
		}
		list = append(list, in)
		if s.spaces(); s.rest == "" {
			return list, true
		}
		if !s.take(",") {
			return nil, false
		}
		s.spaces()
	}
}

// sfReader reads structured field values from their beginning.
type sfReader struct{ rest string }

func (s *sfReader) spaces() { s.rest = strings.TrimLeft(s.rest, " \t") }

func (s *sfReader) take(text string) (ok bool) {
	s.rest, ok = strings.CutPrefix(s.rest, text)
	return ok
}

func (s *sfReader) input() (in signatureInput, ok bool) {
	if in.label, ok = s.key(); !ok || !s.take("=") {
		return in, false
	}
	from := s.rest
	if !s.take("(") {
		return in, false
	}
	for s.take(" ") {
	}
	for !s.take(")") {
		name, ok := s.str()
		if !ok || !knownComponent(name) || slices.Contains(in.components, name) || s.rest == "" || s.rest[0] != ' ' && s.rest[0] != ')' {
			return in, false
		}
		in.components = append(in.components, name)
		for s.take(" ") {
		}
	}
	for s.take(";") {
		for s.take(" ") {
		}
		if !s.param(&in) {
			return in, false
		}
	}
	in.params = from[:len(from)-len(s.rest)]
	return in, true
}

// key reads a key: lower-case letters, digits and a few signs.
func (s *sfReader) key() (string, bool) {
	n := 0
	for n < len(s.rest) && (strings.IndexByte("abcdefghijklmnopqrstuvwxyz*", s.rest[n]) >= 0 || n > 0 && strings.IndexByte("0123456789_-.", s.rest[n]) >= 0) {
		n++
	}
	key := s.rest[:n]
	s.rest = s.rest[n:]
	return key, n > 0
}

// str reads a string in quotes.
func (s *sfReader) str() (string, bool) {
	if !s.take(`"`) {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '"':
			s.rest = s.rest[i+1:]
			return b.String(), true
		case c == '\\':
			if i++; i == len(s.rest) || s.rest[i] != '"' && s.rest[i] != '\\' {
				return "", false
			}
			b.WriteByte(s.rest[i])
		case c < ' ' || c > '~':
			return "", false
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

func (s *sfReader) integer() (int64, bool) {
	n := 0
	for n < len(s.rest) && n < 15 && '0' <= s.rest[n] && s.rest[n] <= '9' {
		n++
	}
	i, err := strconv.ParseInt(s.rest[:n], 10, 64)
	s.rest = s.rest[n:]
	return i, err == nil
}

func (s *sfReader) param(in *signatureInput) (ok bool) {
	name, ok := s.key()
	if !ok || !s.take("=") {
		return false
	}
	text, number := (*string)(nil), (*int64)(nil)
	var tag string
	switch name {
	case "created":
		number = &in.created
	case "expires":
		number = &in.expires
	case "keyid":
		text = &in.keyID
	case "alg":
		text = &in.alg
	case "nonce":
		text = &in.nonce
	case "tag":
		text = &tag
	}
	switch {
	case number != nil:
		if *number != 0 {
			return false // twice
		}
		*number, ok = s.integer()
	case text != nil:
		if *text != "" {
			return false
		}
		*text, ok = s.str()
	default:
		return false
	}
	return ok
}
