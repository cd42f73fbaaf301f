//go:build !race

package limit

import (
	"testing"

	"sallyport/conf"
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
