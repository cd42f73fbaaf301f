package gateway

import (
	"bytes"
	"crypto/tls"
	"net/netip"
	"strings"
	"unsafe"

	"sallyport/conf"
	"sallyport/internal/wire"
)

// settings are what a listener's definition says about its connections.
type settings struct {
	address          string
	certs            *certificates // nil: clear text
	connections      int
	connectionsPerIP int
	tls              *tls.Config // nil: clear text
	proxyFrom        []netip.Prefix
	proxyRequired    bool
	trust            []netip.Prefix
	trustHeader      string // in lower case
	limits           wire.Limits
	odd              oddities
	timeouts         timeouts
}

// timeouts are a listener's, in nanoseconds.
type timeouts struct {
	handshake, header, bodyIdle, idle int64
}

func newSettings(c *conf.Listener, tlsConfig *tls.Config, certs *certificates) *settings {
	s := &settings{
		odd:     listenerOddities(c.Normalize),
		address: c.Address,
		certs:   certs,
		limits: wire.Limits{
			Head: int(c.Limits.HeaderBytes), Target: int(c.Limits.HeaderBytes) / 2, Fields: c.Limits.Headers,
			MergeSlashes: true, // a route can refuse empty segments, but not have them back
		},
		timeouts: timeouts{
			handshake: int64(c.Timeouts.Handshake), header: int64(c.Timeouts.Header),
			bodyIdle: int64(c.Timeouts.BodyIdle), idle: int64(c.Timeouts.Idle),
		},
		connections:      c.Limits.Connections,
		connectionsPerIP: c.Limits.ConnectionsPerIP,
		tls:              tlsConfig,
		trust:            prefixes(c.ClientIP.Trust),
		trustHeader:      strings.ToLower(c.ClientIP.Header),
	}
	if p := c.ProxyProtocol; p != nil {
		s.proxyFrom, s.proxyRequired = prefixes(p.From), p.Required
	}
	return s
}

func prefixes(networks []conf.Network) []netip.Prefix {
	list := make([]netip.Prefix, 0, len(networks))
	for _, n := range networks {
		list = append(list, n.Prefix)
	}
	return list
}

func contains(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// expectsProxy reports whether a PROXY header is believed from this address.
func (s *settings) expectsProxy(a netip.Addr) bool { return contains(s.proxyFrom, a) }

// trusts reports whether the word of this peer about its client is taken.
func (s *settings) trusts(peer netip.Addr) bool {
	return contains(s.trust, peer)
}

// clientBehind returns the client that trusted peers name: the rightmost address in the field that is not itself trusted.
// Without one, or where the list is broken, it is the last address that can be relied on.
func (s *settings) clientBehind(h *wire.Head, peer netip.Addr) netip.Addr {
	client := peer
	for i := lastField(h, s.trustHeader, h.Len()); i >= 0; i = lastField(h, s.trustHeader, i) {
		for list := h.ValueAt(i); len(list) > 0; {
			member := list
			if comma := bytes.LastIndexByte(list, ','); comma >= 0 {
				member, list = list[comma+1:], list[:comma]
			} else {
				list = nil
			}
			a, ok := parseAddress(wire.TrimOWS(member))
			if !ok {
				return client
			}
			client = a
			if !contains(s.trust, a) {
				return client
			}
		}
	}
	return client
}

// lastField returns the index of the last field with this name before the i-th, or -1.
func lastField(h *wire.Head, lower string, i int) int {
	for i--; i >= 0; i-- {
		if !h.Gone(i) && wire.EqualFold(h.NameAt(i), lower) {
			return i
		}
	}
	return -1
}

// maxAddress is the longest text of an address with a port.
const maxAddress = 64

// parseAddress reads an address, with or without a port, without allocating.
func parseAddress(b []byte) (netip.Addr, bool) {
	if len(b) > maxAddress {
		return netip.Addr{}, false
	}
	if len(b) > 0 && b[0] == '[' {
		end := bytes.IndexByte(b, ']')
		if end < 0 {
			return netip.Addr{}, false
		}
		b = b[1:end]
	} else if i := bytes.IndexByte(b, ':'); i >= 0 && bytes.IndexByte(b, '.') >= 0 && bytes.LastIndexByte(b, ':') == i {
		b = b[:i]
	}
	if len(b) == 0 || bytes.IndexByte(b, '%') >= 0 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(unsafe.String(&b[0], len(b))) // without a zone nothing of the text is kept
	return a.Unmap(), err == nil
}
