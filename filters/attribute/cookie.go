package attribute

import (
	"bytes"

	"sallyport/internal/wire"
)

// appendCookie appends the value of the first cookie of this name (RFC 6265 section 5.4: the one with the longest path
// comes first). Names are compared letter by letter; quotes belong to the value.
func (a *Attribute) appendCookie(dst []byte, head *wire.Head) ([]byte, bool) {
	for i := head.First(wire.Cookie); i >= 0; i = head.Next(i) {
		for rest := head.ValueAt(i); len(rest) > 0; {
			var pair []byte
			pair, rest, _ = bytes.Cut(rest, []byte{';'})
			name, value, found := bytes.Cut(pair, []byte{'='})
			if found && string(wire.TrimOWS(name)) == a.name {
				return append(dst, wire.TrimOWS(value)...), true
			}
		}
	}
	return dst, false
}
