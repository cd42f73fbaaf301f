package limit

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/wire"
)

// bench is a route with limits, and a clock.
type bench struct {
	t      testing.TB
	memory *Memory
	site   *filters.Site
	early  []filters.Filter
	late   []filters.Filter
	now    int64
	wall   time.Time
}

func config() *conf.Config {
	return &conf.Config{Gateway: conf.Gateway{Caches: conf.Caches{Limits: 64 << 20}}}
}

func newSite() *filters.Site {
	return &filters.Site{Route: "orders", Claims: new(filters.Claims), Metrics: metrics.NewSet()}
}

func newBench(t testing.TB, rules *conf.Rules) *bench {
	t.Helper()
	b := &bench{t: t, memory: NewMemory(config(), nil), site: newSite(), now: int64(time.Second), wall: time.Now()}
	b.compile(rules)
	return b
}

func (b *bench) compile(rules *conf.Rules) {
	b.t.Helper()
	var err error
	if b.early, b.late, err = Compile(b.memory, rules, b.site); err != nil {
		b.t.Fatal(err)
	}
}

// reload compiles other rules as a reload does.
func (b *bench) reload(rules *conf.Rules) {
	b.t.Helper()
	b.memory = b.memory.Next(config(), b.memory.engine)
	b.compile(rules)
	b.memory.Seal()
}

// exchange is a request of a client, and of a caller if there is one.
func (b *bench) exchange(client, caller string, fields ...string) *filters.Exchange {
	b.t.Helper()
	x := new(filters.Exchange)
	head := "GET /v1/orders?q=1 HTTP/1.1\r\nHost: a.example\r\n" + strings.Join(append(fields, ""), "\r\n") + "\r\n"
	if _, fault := x.Request.Parse([]byte(head), &wire.Limits{Head: 64 << 10, Target: 8 << 10, Fields: 100}); fault != wire.Whole {
		b.t.Fatalf("%q: %v", head, fault)
	}
	x.ID = append(x.ID, "id-1"...)
	x.Start = b.wall
	x.Client, x.Now, x.Route = netip.MustParseAddr(client), b.now, b.site
	if caller != "" {
		x.Identity.Authenticated = true
		x.Identity.Principal = append(x.Identity.Principal, caller...)
	}
	return x
}

// request walks the filters and returns the refusal, "" when there is none.
func (b *bench) request(x *filters.Exchange) string {
	for _, f := range append(b.early[:len(b.early):len(b.early)], b.late...) {
		if f.Request(x) == filters.Done {
			return x.Denial.Code
		}
	}
	return ""
}

func (b *bench) counter(text string) uint64 { return b.site.Metrics.GetOrCreateCounter(text).Get() }

func attributes(texts ...string) (list conf.Attributes) {
	for _, text := range texts {
		var a conf.Attribute
		if err := a.UnmarshalText([]byte(text)); err != nil {
			panic(err)
		}
		list = append(list, a)
	}
	return list
}

func rateLimit(key string, burst int, limits ...string) *conf.RateLimit {
	c := &conf.RateLimit{Name: "r", Key: attributes(strings.Fields(key)...), Burst: burst, Keys: 1000, Scope: "node", Mode: conf.Enforce}
	for _, text := range limits {
		var r conf.Rate
		if err := r.UnmarshalText([]byte(text)); err != nil {
			panic(err)
		}
		c.Limit = append(c.Limit, r)
	}
	return c
}
