package respcache

import (
	"bytes"
	"encoding/binary"

	"sallyport/filters"
	"sallyport/internal/wire"
)

// appendKey appends the text of an entry's key: the URL as the client knows it, and everything else by which the upstream
// or the route's rules could tell this request from another of the same URL. It returns how much of the text is the URL,
// and of that the host, and the host with the path.
//
// The parts are separated by NUL, which stands in none of the parts in front of those with a length.
func (f *Filter) appendKey(dst []byte, x *filters.Exchange) (text []byte, host, path, url int) {
	q := &x.Request
	dst = append(dst, q.Host()...)
	host = len(dst)
	dst = append(dst, q.Target.Path...)
	path = len(dst)
	if q.Target.Query != nil {
		dst = append(dst, '?')
		dst = append(dst, q.Target.Query...)
	}
	url = len(dst)
	dst = append(dst, 0)
	dst = append(dst, f.site.Route...)
	dst = append(dst, 0, scheme(x))
	if field := q.Value(wire.Host); !bytes.Equal(field, dst[:host]) {
		dst = append(dst, field...) // a port, or another spelling: the upstream sees it
	}
	dst = append(dst, 0)
	dst = append(dst, x.Forward...)
	dst = append(dst, 0)
	for _, name := range f.sent {
		dst = appendPart(dst, q.Lookup(name))
	}
	return f.appendCaller(dst, x), host, path, url
}

// appendCaller appends whose entry it is: everybody's, those callers' who have the route's attributes in common, or the
// caller's own, with the scopes and claims that rules look at.
func (f *Filter) appendCaller(dst []byte, x *filters.Exchange) []byte {
	if f.vary != nil {
		return f.vary.Append(append(dst, 'v'), x)
	}
	if !x.Identity.Authenticated {
		return append(dst, 'a')
	}
	dst = appendPart(append(dst, 'p'), x.Identity.Principal)
	for _, bits := range x.Identity.Bits {
		dst = binary.LittleEndian.AppendUint64(dst, bits)
	}
	return dst
}

// appendPart appends a value that is told apart from all that is around it, and from none.
func appendPart(dst, value []byte) []byte {
	if value == nil {
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(dst, uint64(len(value))+1)
	return append(dst, value...)
}

// scheme tells https from http, as the upstream is told.
func scheme(x *filters.Exchange) byte {
	if x.Trusted {
		if proto := x.Request.Value(wire.XForwardedProto); proto != nil {
			if wire.EqualFold(proto, "https") {
				return 's'
			}
			return 'h'
		}
	}
	if x.Conn != nil && x.Conn.TLS != nil {
		return 's'
	}
	return 'h'
}
