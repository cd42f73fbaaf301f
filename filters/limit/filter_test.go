package limit

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sallyport/conf"
)

func TestRateRefusal(t *testing.T) {
	b := newBench(t, &conf.Rules{Rate: rateLimit("client.ip", 2, "1/5s")})
	for range 2 {
		if code := b.request(b.exchange("192.0.2.1", "")); code != "" {
			t.Fatal(code)
		}
	}
	x := b.exchange("192.0.2.1", "")
	if code := b.request(x); code != "rate.client" {
		t.Fatalf("%q", code)
	}
	f := func(name, want string) {
		t.Helper()
		if got := string(x.Reply.Lookup(name)); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	f("retry-after", "5")
	f("ratelimit", `"client";r=0;t=5`)
	f("ratelimit-policy", `"client";q=1;w=5`)
	f("content-type", "application/problem+json")
	if x.Reply.Status != 429 {
		t.Errorf("status %d", x.Reply.Status)
	}
	if n := b.counter(`sallyport_refused_total{route="orders",reason="rate.client"}`); n != 1 {
		t.Errorf("%d refusals counted", n)
	}
	if code := b.request(b.exchange("192.0.2.2", "")); code != "" {
		t.Errorf("another client: %s", code)
	}
	b.now += int64(5 * time.Second)
	if code := b.request(b.exchange("192.0.2.1", "")); code != "" {
		t.Errorf("after Retry-After: %s", code)
	}
}

// A key that is known before authentication is limited before it, one that needs the caller after it.
func TestRatePlace(t *testing.T) {
	f := func(key string, early, late int, reason string) {
		t.Helper()
		b := newBench(t, &conf.Rules{Rate: rateLimit(key, 1, "1/h")})
		if len(b.early) != early || len(b.late) != late {
			t.Errorf("%s: %d filters before authentication, %d after", key, len(b.early), len(b.late))
		}
		b.request(b.exchange("192.0.2.1", "corp|a"))
		if code := b.request(b.exchange("192.0.2.1", "corp|a")); code != reason {
			t.Errorf("%s: %q", key, code)
		}
	}
	f("client.ip", 1, 0, "rate.client")
	f("route", 1, 0, "rate.client")
	f("header.X-Key host", 1, 0, "rate.client")
	f("principal", 0, 1, "rate.caller")
	f("client.ip principal.tenant", 0, 1, "rate.caller")
}

func TestRateBurst(t *testing.T) {
	f := func(burst int, want int, limits ...string) {
		t.Helper()
		b := newBench(t, &conf.Rules{Rate: rateLimit("client.ip", burst, limits...)})
		granted := 0
		for b.request(b.exchange("192.0.2.1", "")) == "" {
			granted++
		}
		if granted != want {
			t.Errorf("%v, burst %d: %d at once, want %d", limits, burst, granted, want)
		}
	}
	f(0, 100, "100/s")
	f(0, 1, "1/s")
	f(0, 1, "5/m")
	f(0, 2, "100/m")
	f(0, 1, "1000/h")
	f(7, 7, "100/s")
	f(200, 200, "100/s")
	f(0, 10, "10/s", "1000/h")
	f(0, 10, "1000/h", "10/s")
	f(0, 3, "10/s", "3/h")
	f(30, 30, "10/s", "1000/h")
}

// Every key kind is granted the limit within two per cent at four times the load.
func TestRateAtFourTimesTheLoad(t *testing.T) {
	f := func(key string, fields func(i int) (client, caller, field string)) {
		t.Helper()
		const rate, burst, seconds, keys = 50, 50, 10, 3
		b := newBench(t, &conf.Rules{Rate: rateLimit(key, burst, fmt.Sprintf("%d/s", rate))})
		granted := [keys]int{}
		random := rand.New(rand.NewPCG(1, 2))
		const requests = 4 * rate * seconds * keys
		start := b.now
		for i := range requests {
			b.now = start + int64(i)*seconds*int64(time.Second)/requests
			party := random.IntN(keys)
			client, caller, field := fields(party)
			if b.request(b.exchange(client, caller, field)) == "" {
				granted[party]++
			}
		}
		for party, n := range granted {
			if want := rate*seconds + burst; n > want || float64(n) < 0.98*float64(want) {
				t.Errorf("%s: party %d was granted %d of %d", key, party, n, want)
			}
		}
	}
	f("client.ip", func(i int) (string, string, string) { return fmt.Sprintf("192.0.2.%d", i), "", "A: b" })
	f("client.ip/24", func(i int) (string, string, string) { return fmt.Sprintf("192.0.%d.%d", i, rand.IntN(200)), "", "A: b" })
	f("client.ip", func(i int) (string, string, string) {
		return fmt.Sprintf("2001:db8:0:%d::%d", i, rand.IntN(200)), "", "A: b"
	})
	f("principal", func(i int) (string, string, string) { return "192.0.2.1", fmt.Sprintf("corp|%d", i), "A: b" })
	f("header.X-Key", func(i int) (string, string, string) { return "192.0.2.1", "", fmt.Sprintf("X-Key: %d", i) })
	f("cookie.s", func(i int) (string, string, string) { return "192.0.2.1", "", fmt.Sprintf("Cookie: s=%d", i) })
	f("client.ip header.X-Key", func(i int) (string, string, string) {
		return fmt.Sprintf("192.0.2.%d", i&1), "", fmt.Sprintf("X-Key: %d", i/2)
	})
}

// A request that one limit refuses is not charged by another either, nor by the one that refused it.
func TestRateRefusedIsNotCharged(t *testing.T) {
	wide, narrow := rateLimit("client.ip", 10, "1/h"), rateLimit("header.X-Key", 1, "1/h")
	wide.Name, narrow.Name = "wide", "narrow"
	b := newBench(t, &conf.Rules{Rate: wide, Rates: map[string]*conf.RateLimit{"n": narrow}})
	for range 50 {
		b.request(b.exchange("192.0.2.1", "", "X-Key: same"))
	}
	granted := 0
	for i := range 50 {
		if b.request(b.exchange("192.0.2.1", "", fmt.Sprintf("X-Key: %d", i))) == "" {
			granted++
		}
	}
	if granted != 9 {
		t.Errorf("%d granted, where one of ten was spent", granted)
	}
}

func TestRateCost(t *testing.T) {
	b := newBench(t, &conf.Rules{Rate: rateLimit("client.ip", 10, "1/h"), Cost: 4})
	f := func(want string) {
		t.Helper()
		if code := b.request(b.exchange("192.0.2.1", "")); code != want {
			t.Errorf("%q, want %q", code, want)
		}
	}
	f("")
	f("")
	f("rate.client")
	if _, _, err := Compile(NewMemory(config(), nil), &conf.Rules{Rate: rateLimit("client.ip", 3, "1/h"), Cost: 4}, newSite()); err == nil {
		t.Error("a cost that no bucket holds")
	}
}

func TestRateShadow(t *testing.T) {
	c := rateLimit("client.ip", 1, "1/h")
	c.Mode = conf.Shadow
	b := newBench(t, &conf.Rules{Rate: c})
	for range 3 {
		x := b.exchange("192.0.2.1", "")
		if code := b.request(x); code != "" || x.Reply.Status != 0 {
			t.Errorf("%q", code)
		}
	}
	if n := b.counter(`sallyport_shadow_total{route="orders",reason="rate.client"}`); n != 2 {
		t.Errorf("%d counted", n)
	}
	if n := b.counter(`sallyport_refused_total{route="orders",reason="rate.client"}`); n != 0 {
		t.Errorf("%d refused", n)
	}
	c.Mode = conf.Off
	b.reload(&conf.Rules{Rate: c})
	if len(b.early)+len(b.late) != 0 {
		t.Error("a limit that is off has a filter")
	}
}

// Buckets outlive a reload that leaves their limit as it is, whatever else it changes.
func TestRateOutlivesReload(t *testing.T) {
	b := newBench(t, &conf.Rules{Rate: rateLimit("client.ip", 2, "1/h")})
	f := func(want string) {
		t.Helper()
		if code := b.request(b.exchange("192.0.2.1", "")); code != want {
			t.Errorf("%q, want %q", code, want)
		}
	}
	f("")
	f("")
	f("rate.client")
	b.reload(&conf.Rules{Rate: rateLimit("client.ip", 2, "1/h"), Cost: 2})
	f("rate.client")
	shadow := rateLimit("client.ip", 2, "1/h")
	shadow.Mode = conf.Shadow
	b.reload(&conf.Rules{Rate: shadow})
	b.reload(&conf.Rules{Rate: rateLimit("client.ip", 2, "1/h")})
	f("rate.client")
	b.memory.Next(config(), nil) // a reload that failed
	f("rate.client")
	b.reload(&conf.Rules{Rate: rateLimit("client.ip", 3, "1/h")})
	f("")
}

// Routes that have the same limit share its buckets.
func TestRateSharedByRoutes(t *testing.T) {
	rules := &conf.Rules{Rate: rateLimit("client.ip", 1, "1/h")}
	b := newBench(t, rules)
	b.request(b.exchange("192.0.2.1", ""))
	b.compile(rules)
	if code := b.request(b.exchange("192.0.2.1", "")); code != "rate.client" {
		t.Errorf("the second route: %q", code)
	}
	if _, _, err := Compile(b.memory, &conf.Rules{Rate: rateLimit("client.ip", 2, "1/h")}, newSite()); err == nil {
		t.Error("two limits of one name that differ")
	}
}

func TestFields(t *testing.T) {
	f := func(policy string, limits ...string) {
		t.Helper()
		b := newBench(t, &conf.Rules{Rate: rateLimit("principal", 0, limits...)})
		x := b.exchange("192.0.2.1", "corp|a")
		for b.request(x) == "" {
			x = b.exchange("192.0.2.1", "corp|a")
		}
		if got := string(x.Reply.Lookup("ratelimit-policy")); got != policy {
			t.Errorf("%v: %s, want %s", limits, got, policy)
		}
	}
	f(`"caller";q=100;w=1`, "100/s")
	f(`"caller";q=1000;w=3600`, "1000/h")
	f(`"caller";q=50;w=1`, "5/100ms")
	f(`"caller-1";q=10;w=1, "caller-3600";q=1000;w=3600`, "10/s", "1000/h")
}
