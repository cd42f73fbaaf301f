//go:build !race

package limit

import (
	"testing"
	"time"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/state"
	"sallyport/internal/wire"
)

func TestRequestDoesNotAllocate(t *testing.T) {
	f := func(name, code string, rules *conf.Rules) {
		t.Helper()
		b := newBench(t, rules)
		x := b.exchange("192.0.2.1", "corp|alice")
		if n := testing.AllocsPerRun(1000, func() {
			b.now += 1000
			x.Now = b.now
			for _, filter := range b.early {
				filter.Request(x)
			}
			for _, filter := range b.late {
				filter.Request(x)
			}
			finish(b, x)
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
		if got := b.request(x); got != code {
			t.Errorf("%s: %q, want %q", name, got, code)
		}
	}
	f("rate granted", "", &conf.Rules{Rate: rateLimit("principal", 0, "10000000/s", "1000000000/h")})
	f("rate refused", "rate.client", &conf.Rules{Rate: rateLimit("client.ip", 0, "10/h")})
	f("concurrency", "", &conf.Rules{Concurrency: concurrency("route", 10)})
	none := concurrency("route", 1)
	none.Max = 0
	f("concurrency refused", "concurrency.full", &conf.Rules{Concurrency: none})
	f("quota", "", quotaRules("month", 1e9))
	f("quota refused", "rate.quota", quotaRules("day", 1))
}

func TestClusterDoesNotAllocate(t *testing.T) {
	f := func(name, code string, g state.Grant) {
		t.Helper()
		b := &bench{t: t, memory: NewMemory(config(), state.New(state.Options{})), site: newSite()}
		b.compile(&conf.Rules{Rate: clusterRate("lease", "local-share", 0, "10000000/s")})
		x := b.exchange("192.0.2.1", "corp|alice")
		x.Now = wire.Now()
		e := b.late[0].(*filter).entries[0]
		c := e.limiter.(*cluster)
		if g != (state.Grant{}) {
			c.settle(c.leases.Key(e.key.Append(nil, x)), errand{}, 0, g, nil)
		}
		got := ""
		if n := testing.AllocsPerRun(1000, func() {
			if got = ""; b.late[0].Request(x) == filters.Done {
				got = x.Denial.Code
			}
		}); n != 0 || got != code {
			t.Errorf("%s: %v allocations, %q", name, n, got)
		}
	}
	f("leased", "", state.Grant{Tokens: 1 << 40})
	f("denied", "rate.caller", state.Grant{Wait: time.Hour})
	f("alone", "", state.Grant{})
}
