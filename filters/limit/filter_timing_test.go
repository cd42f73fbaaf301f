package limit

import (
	"testing"

	"sallyport/conf"
)

func BenchmarkRequest(b *testing.B) {
	f := func(name string, rules *conf.Rules) {
		b.Run(name, func(b *testing.B) {
			bench := newBench(b, rules)
			x := bench.exchange("192.0.2.1", "corp|alice")
			b.ReportAllocs()
			for b.Loop() {
				x.Now += 1000
				for _, f := range bench.early {
					f.Request(x)
				}
				for _, f := range bench.late {
					f.Request(x)
				}
				finish(bench, x)
			}
		})
	}
	f("rate=granted", &conf.Rules{Rate: rateLimit("client.ip", 0, "10000000/s")})
	f("rate=granted/windows=2", &conf.Rules{Rate: rateLimit("principal", 0, "10000000/s", "1000000000/h")})
	f("rate=refused", &conf.Rules{Rate: rateLimit("client.ip", 0, "1/h")})
	f("concurrency", &conf.Rules{Concurrency: concurrency("route", 10)})
	f("quota", quotaRules("month", 1e9))
}

// One busy client, from all cores.
func BenchmarkRequestParallel(b *testing.B) {
	bench := newBench(b, &conf.Rules{Rate: rateLimit("client.ip", 0, "1000/s")})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		x := bench.exchange("192.0.2.1", "")
		for pb.Next() {
			x.Now += 1000
			bench.early[0].Request(x)
		}
	})
}
