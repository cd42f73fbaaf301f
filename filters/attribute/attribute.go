// Package attribute reads the parts of a request that keys are made of: those of limits, of caches, of balancing, and the
// values that templates put into fields. There is one reading of each, so that what is counted is what is cached.
package attribute

import (
	"fmt"
	"net/netip"
	"strings"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/wire"
)

// Attribute is a compiled conf.Attribute. It may be used by any number of goroutines.
type Attribute struct {
	kind  conf.AttributeKind
	index int       // of Claim and PathParam
	known wire.Name // of Header, where it has one
	name  string    // of Header (in lower case), Cookie and Query
	v4    int       // of ClientIP: the prefix lengths
	v6    int
	full  bool // of ClientIP: no prefix length is written
}

// perSite is the prefix that one customer of an access provider can choose IPv6 addresses from.
const perSite = 64

// Compile prepares an attribute for a route. A prefix length of client.ip is of IPv4 addresses up to 32 and of IPv6
// addresses above it; IPv4 addresses are otherwise taken whole, IPv6 addresses by /64.
func Compile(c conf.Attribute, site *filters.Site) (Attribute, error) {
	a := Attribute{kind: c.Kind, name: c.Name}
	switch c.Kind {
	case conf.ClientIP:
		a.v4, a.v6, a.full = 32, perSite, c.Bits == 0
		if c.Bits > 32 {
			a.v6 = c.Bits
		} else if c.Bits > 0 {
			a.v4 = c.Bits
		}
	case conf.Claim:
		a.index = site.Claims.Index(strings.Join(c.Path, "."))
	case conf.Header:
		a.name = strings.ToLower(c.Name)
		a.known = wire.NameOf(a.name)
	case conf.PathParam:
		if a.index = site.Param(c.Name); a.index < 0 {
			return a, fmt.Errorf("%s: the route has no {%s} in its path", c, c.Name)
		}
	}
	return a, nil
}

// Append appends the attribute's value, and reports whether the request has it. Of a client's address that is its text,
// with the prefix length where one is written.
func (a *Attribute) Append(dst []byte, x *filters.Exchange) ([]byte, bool) {
	if a.kind != conf.ClientIP {
		return a.append(dst, x)
	}
	switch {
	case !x.Client.IsValid():
		return dst, false
	case a.full:
		return x.Client.AppendTo(dst), true
	}
	return a.network(x.Client).AppendTo(dst), true
}

// append is Append in the form for keys, where addresses are short.
func (a *Attribute) append(dst []byte, x *filters.Exchange) ([]byte, bool) {
	switch a.kind {
	case conf.ClientIP:
		return a.appendAddress(dst, x.Client)
	case conf.Principal:
		return append(dst, x.Identity.Principal...), len(x.Identity.Principal) > 0
	case conf.Claim:
		value := x.Identity.Claim(a.index)
		return append(dst, value...), value != nil
	case conf.Header:
		return a.appendHeader(dst, &x.Request.Head)
	case conf.Cookie:
		return a.appendCookie(dst, &x.Request.Head)
	case conf.Query:
		return appendQuery(dst, x.Request.Target.Query, a.name)
	case conf.PathParam:
		return append(dst, x.Param(a.index)...), true
	case conf.RouteName:
		return append(dst, x.Route.Route...), true
	}
	return append(dst, x.Request.Host()...), true
}

func (a *Attribute) network(ip netip.Addr) netip.Prefix {
	bits := a.v6
	if ip.Is4() {
		bits = a.v4
	}
	p, _ := ip.WithZone("").Prefix(bits)
	return p
}

// appendAddress appends the network as its leading bytes: 4 of IPv4, 16 of IPv6.
func (a *Attribute) appendAddress(dst []byte, ip netip.Addr) ([]byte, bool) {
	if !ip.IsValid() {
		return dst, false
	}
	network := a.network(ip).Addr()
	if network.Is4() {
		b := network.As4()
		return append(dst, b[:]...), true
	}
	b := network.As16()
	return append(dst, b[:]...), true
}

// appendHeader appends all values of the field, as RFC 9110 section 5.3 joins them: a second field does not hide from who
// counts the first.
func (a *Attribute) appendHeader(dst []byte, head *wire.Head) ([]byte, bool) {
	var i int
	if a.known != wire.Other {
		i = head.First(a.known)
	} else {
		i = head.Find(a.name)
	}
	if i < 0 {
		return dst, false
	}
	dst = append(dst, head.ValueAt(i)...)
	for i = head.Next(i); i >= 0; i = head.Next(i) {
		dst = append(dst, ", "...)
		dst = append(dst, head.ValueAt(i)...)
	}
	return dst, true
}
