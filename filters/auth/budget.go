package auth

import (
	"net/netip"
	"time"

	"sallyport/filters"
	"sallyport/filters/limit/bucket"
)

// A client whose credentials turn out bad pays for what looking at them has cost. When it has spent its budget, its
// credentials that are not known yet are refused unread, until the budget comes back: forged tokens cannot buy much of
// our time. Credentials that are known to be good stay good for it.
const (
	budgetRate    = 200  // bad signatures a second, about a hundredth of a core
	budgetBurst   = 2000 // at once
	budgetClients = 1 << 15
)

// budget keeps what clients have spent. It is safe for concurrent use and does not allocate.
type budget struct{ spending *bucket.Table }

func newBudget() *budget {
	window, err := bucket.NewWindow(budgetRate, time.Second, budgetBurst)
	if err != nil {
		panic("BUG: the budget is no window: " + err.Error())
	}
	table, err := bucket.New(budgetClients, window)
	if err != nil {
		panic("BUG: the budget has no table: " + err.Error())
	}
	return &budget{table}
}

// spent tells whether the client of x has nothing left.
func (b *budget) spent(x *filters.Exchange) bool {
	network := clientNetwork(x.Client)
	d := b.spending.Probe(b.spending.Key(network[:]), 1, x.Now)
	return !d.Allowed
}

// charge makes the client of x pay for one bad signature.
func (b *budget) charge(x *filters.Exchange) { b.chargeN(x, 1) }

// chargeN makes it pay for what costs as much as n of them.
func (b *budget) chargeN(x *filters.Exchange, n int64) {
	network := clientNetwork(x.Client)
	b.spending.Take(b.spending.Key(network[:]), n, x.Now)
}

// clientNetwork is what one client can easily have of addresses: one of IPv4, a /64 of IPv6.
func clientNetwork(ip netip.Addr) [16]byte {
	a := ip.As16()
	if ip.Is6() && !ip.Is4In6() {
		clear(a[8:])
	}
	return a
}
