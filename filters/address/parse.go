package address

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"

	"github.com/gaissmai/bart"
)

// parse reads a list: a network or an address at the beginning of each line, and behind it or on lines of their own
// remarks, which begin with ";", "#" or white space. Lines that are neither come as an error beside the list of the others.
// A text that is mostly something else, or a network of all addresses, is no list.
func parse(text []byte) (*bart.Lite, error) {
	list := new(bart.Lite)
	good, bad, number := 0, 0, 0
	var first error
	for line := range bytes.Lines(text) {
		number++
		word := firstWord(line)
		if len(word) == 0 {
			continue
		}
		network, err := parseNetwork(string(word))
		if err != nil {
			if bad++; first == nil {
				first = fmt.Errorf("line %d: %w", number, err)
			}
			continue
		}
		list.Insert(network)
		good++
	}
	list.Aggregate()
	switch {
	case list.Get(everyIPv4) || list.Get(everyIPv6):
		return nil, errors.New("the list has every address in it")
	case bad == 0:
		return list, nil
	case bad > good/10:
		return nil, fmt.Errorf("%d lines are networks and %d are not: %w", good, bad, first)
	}
	return list, fmt.Errorf("%d lines are no networks: %w", bad, first)
}

var (
	everyIPv4 = netip.MustParsePrefix("0.0.0.0/0")
	everyIPv6 = netip.MustParsePrefix("::/0")
)

// firstWord returns the line up to a remark.
func firstWord(line []byte) []byte {
	line = bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")))
	if i := bytes.IndexAny(line, "#; \t"); i >= 0 {
		line = line[:i]
	}
	return line
}

// parseNetwork reads "10.0.0.0/8" or an address. Others write bits behind the prefix, and IPv4 inside of IPv6.
func parseNetwork(s string) (netip.Prefix, error) {
	if len(s) > len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128") {
		s = s[:16] + "..."
	}
	if ip, err := netip.ParseAddr(s); err == nil && ip.Zone() == "" {
		ip = ip.Unmap()
		return netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, fmt.Errorf("%q is not a network", s)
	}
	if p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return p, fmt.Errorf("%q is not a network", s)
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}
