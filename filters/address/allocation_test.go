//go:build !race

package address

import (
	"net/netip"
	"testing"

	"sallyport/conf"
	"sallyport/filters/filterstest"
)

func TestAllocations(t *testing.T) {
	feeds := feedsOf(feedOf(t, "198.51.100.0/24"))
	a, err := New(&conf.Address{Deny: networksOf(t, "10.0.0.0/8"), Feeds: []string{"bad"}}, feeds, filterstest.Site("orders"))
	if err != nil {
		t.Fatal(err)
	}
	f := func(client string) {
		t.Helper()
		x := filterstest.Exchange(t, "GET /")
		x.Client = netip.MustParseAddr(client)
		if n := testing.AllocsPerRun(100, func() { a.Request(x) }); n != 0 {
			t.Errorf("%s: %v allocations", client, n)
		}
	}
	f("192.0.2.1")
	f("10.0.0.1")
	f("198.51.100.1")
	f("2001:db8::1")
}
