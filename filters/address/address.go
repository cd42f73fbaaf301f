// Package address lets clients in by their address: networks that the configuration names, and lists that others keep.
package address

import (
	"fmt"

	"github.com/gaissmai/bart"

	"sallyport/conf"
	"sallyport/filters"
)

// Address refuses clients by their address. What is denied, or on a feed, is refused even if it is allowed too.
type Address struct {
	deny   *bart.Lite
	allow  *bart.Lite // nil lets everybody in
	feeds  []*Feed
	denied *filters.Denial
	listed *filters.Denial
}

// New compiles a route's address rules; the mode is not off.
func New(c *conf.Address, feeds *Feeds, site *filters.Site) (*Address, error) {
	denial := site.Denial
	if c.Mode == conf.Shadow {
		denial = site.Shadow
	}
	a := &Address{
		deny:   networks(c.Deny),
		denied: denial(filters.AddressDenied),
		listed: denial(filters.FeedDenied),
	}
	if len(c.Allow) > 0 {
		a.allow = networks(c.Allow)
	}
	for _, name := range c.Feeds {
		feed := feeds.byName[name]
		if feed == nil {
			return nil, fmt.Errorf("there is no feed %q", name)
		}
		a.feeds = append(a.feeds, feed)
	}
	return a, nil
}

func networks(list []conf.Network) *bart.Lite {
	t := new(bart.Lite)
	for _, n := range list {
		t.Insert(n.Prefix)
	}
	return t
}

// Request implements filters.Filter. A client without an address is none that is allowed.
func (a *Address) Request(x *filters.Exchange) filters.Verdict {
	ip := x.Client
	if ip.Zone() != "" {
		ip = ip.WithZone("")
	}
	if a.deny.Contains(ip) || a.allow != nil && !a.allow.Contains(ip) {
		return x.Refuse(a.denied)
	}
	for _, feed := range a.feeds {
		if feed.Contains(ip) {
			return x.Refuse(a.listed)
		}
	}
	return filters.Next
}
