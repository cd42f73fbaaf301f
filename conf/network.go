package conf

import (
	"fmt"
	"net/netip"
)

// Network is a range of addresses, written "10.0.0.0/8", "2001:db8::/32", or as one address.
type Network struct{ netip.Prefix }

// UnmarshalText reads a network; bits after the prefix are an error.
func (n *Network) UnmarshalText(text []byte) error {
	s := string(text)
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		n.Prefix = netip.PrefixFrom(a, a.BitLen())
		return nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return fmt.Errorf(`%q is not a network; write one such as "10.0.0.0/8", "2001:db8::/32" or "192.0.2.1"`, s)
	}
	if p.Masked() != p {
		return fmt.Errorf("%q has bits after its prefix; write %q", s, p.Masked())
	}
	n.Prefix = p
	return nil
}
