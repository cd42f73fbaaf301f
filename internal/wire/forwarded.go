package wire

import "bytes"

// forwarded holds the fields by which proxies tell about a client.
var forwarded = setOf(Forwarded, XForwardedFor, XForwardedHost, XForwardedPort, XForwardedProto, XRealIP, XRequestID)

// DropForwarded removes what a stranger says about where a request comes from.
func (h *Head) DropForwarded() {
	for i := range h.seen {
		if h.seen[i]&forwarded[i] != 0 {
			h.dropSet(&forwarded)
			return
		}
	}
}

// DropColliding removes fields whose name has underscores and would be a well-known name with dashes instead. Upstreams
// that turn both into one (CGI, RFC 3875 section 4.1.18) would take such a field for the one that was checked.
func (h *Head) DropColliding() {
	for i := range h.fields {
		f := &h.fields[i]
		if f.name != Other || f.gone || int(f.nameLen) > longestName {
			continue
		}
		var dashed [longestName]byte
		name := dashed[:f.nameLen]
		underscores := false
		for j, c := range h.NameAt(i) {
			if c == '_' {
				c, underscores = '-', true
			}
			name[j] = c
		}
		if underscores && NameOf(name) != Other {
			h.Drop(i)
		}
	}
}

// Underscored returns the index of the first field from the i-th on whose name has an underscore, or -1. No well-known name
// has one.
func (h *Head) Underscored(i int) int {
	for ; i < len(h.fields); i++ {
		if f := &h.fields[i]; f.name == Other && !f.gone && bytes.IndexByte(h.NameAt(i), '_') >= 0 {
			return i
		}
	}
	return -1
}

// DropUnderscored removes the fields whose name has an underscore.
func (h *Head) DropUnderscored() {
	for i := h.Underscored(0); i >= 0; i = h.Underscored(i + 1) {
		h.Drop(i)
	}
}

// longestName is the length of the longest well-known name.
const longestName = len("access-control-request-headers")
