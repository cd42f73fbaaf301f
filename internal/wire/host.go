package wire

import "bytes"

// checkHost requires exactly one well-formed Host in HTTP/1.1 (RFC 9112 section 3.2) and at most one in HTTP/1.0. In
// absolute form the target's authority is the one that counts, and a Host that says something else is refused.
func (r *Request) checkHost() Fault {
	i := r.First(Host)
	switch {
	case i < 0 && r.Minor == 1, i >= 0 && r.twice.has(Host):
		return HostFault
	case i >= 0 && !validAuthority(r.ValueAt(i)):
		return HostFault
	}
	authority := r.Target.Authority
	if i >= 0 {
		if authority != nil && !bytes.EqualFold(authority, r.ValueAt(i)) {
			return HostFault
		}
		authority = r.ValueAt(i)
	}
	r.host = AppendLower(r.host[:0], withoutPort(authority))
	return Whole
}

// Host returns the host the request is for, in lower case and without the port; empty for an HTTP/1.0 request that names
// none.
func (r *Request) Host() []byte { return r.host }

// withoutPort cuts ":port" off a valid authority.
func withoutPort(b []byte) []byte {
	if i := bytes.LastIndexByte(b, ':'); i >= 0 && i > bytes.LastIndexByte(b, ']') {
		return b[:i]
	}
	return b
}

// validAuthority reports whether b is host [":" port] (RFC 3986 section 3.2) without userinfo: a registered name of
// letters, digits and "-._~", an IPv4 address, or a bracketed IPv6 address; a port of 1 to 65535.
func validAuthority(b []byte) bool {
	i := 0
	if len(b) > 0 && b[0] == '[' {
		for i = 1; i < len(b) && isIPv6[b[i]]; i++ {
		}
		if i < 4 || i == len(b) || b[i] != ']' {
			return false
		}
		i++
	} else {
		for i < len(b) && isHost[b[i]] {
			i++
		}
	}
	if i == 0 || i > maxHost {
		return false
	}
	if i == len(b) {
		return true
	}
	if b[i] != ':' || len(b)-i > len(":65535") {
		return false
	}
	port, ok := parseLength(b[i+1:])
	return ok && 0 < port && port < 1<<16
}

// maxHost is the longest name the DNS can hold (RFC 1035 section 2.3.4), with room for an IPv6 address.
const maxHost = 255

var (
	isHost = byteSet("-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
	isIPv6 = byteSet(":.0123456789ABCDEFabcdef")
)
