package content

import (
	"bytes"
	"strings"

	"sallyport/internal/wire"
)

// mediaType is one that a route takes: "application/json", "image/*" or "*/*", in lower case.
type mediaType struct{ main, sub string }

func newMediaTypes(list []string) []mediaType {
	var types []mediaType
	for _, s := range list {
		main, sub, _ := strings.Cut(strings.ToLower(strings.TrimSpace(s)), "/")
		types = append(types, mediaType{main, sub})
	}
	return types
}

// has reports whether a type is the one that is meant.
func (m *mediaType) has(main, sub []byte) bool {
	return m.main == "*" || wire.EqualFold(main, m.main) && (m.sub == "*" || wire.EqualFold(sub, m.sub))
}

// splitType reads a Content-Type (RFC 9110 section 8.3.1). ok is false when it is none.
func splitType(value []byte) (main, sub, parameters []byte, ok bool) {
	if i := bytes.IndexByte(value, ';'); i >= 0 {
		value, parameters = wire.TrimOWS(value[:i]), value[i+1:]
	}
	slash := bytes.IndexByte(value, '/')
	if slash < 0 {
		return nil, nil, nil, false
	}
	main, sub = value[:slash], value[slash+1:]
	return main, sub, parameters, wire.IsToken(main) && wire.IsToken(sub)
}

// isJSON reports whether a type is JSON (RFC 6839 section 3.1 for +json).
func isJSON(main, sub []byte) bool {
	const suffix = "+json"
	return wire.EqualFold(main, "application") && (wire.EqualFold(sub, "json") ||
		len(sub) > len(suffix) && wire.EqualFold(sub[len(sub)-len(suffix):], suffix))
}

// isUTF8 reports whether the parameters name no other charset: a body that the upstream reads in another one is not what
// was validated.
func isUTF8(parameters []byte) bool {
	for len(parameters) > 0 {
		var p []byte
		p, parameters, _ = bytes.Cut(parameters, []byte(";"))
		name, value, _ := bytes.Cut(wire.TrimOWS(p), []byte("="))
		if !wire.EqualFold(name, "charset") {
			continue
		}
		if value = bytes.Trim(value, `"`); !wire.EqualFold(value, "utf-8") && !wire.EqualFold(value, "us-ascii") {
			return false
		}
	}
	return true
}
