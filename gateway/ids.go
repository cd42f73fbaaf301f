package gateway

import (
	"math/rand/v2"
	"strings"

	"sallyport/internal/wire"
)

// idSource gives every request an id.
type idSource struct {
	header string // the field that carries it, in lower case
}

func newIDSource(header string) idSource { return idSource{header: strings.ToLower(header)} }

// maxID is the longest id that is taken from a peer.
const maxID = 64

// next returns the request's id, in dst: the one that a trusted peer brought, or 128 random bits in hexadecimal.
func (s *idSource) next(dst []byte, h *wire.Head, trusted bool) []byte {
	dst = dst[:0]
	if trusted {
		if i := h.Find(s.header); i >= 0 {
			if v := h.ValueAt(i); validID(v) {
				return append(dst, v...)
			}
		}
	}
	const digits = "0123456789abcdef"
	for range 2 {
		v := rand.Uint64()
		for range 16 {
			dst = append(dst, digits[v>>60])
			v <<= 4
		}
	}
	return dst
}

// validID reports whether an id can stand everywhere an id stands: 1 to 64 letters, digits and -._~+/=:
func validID(v []byte) bool {
	for _, c := range v {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '-', c == '.', c == '_', c == '~', c == '+', c == '/', c == '=', c == ':':
		default:
			return false
		}
	}
	return len(v) > 0 && len(v) <= maxID
}
