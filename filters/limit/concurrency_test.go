package limit

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/slots"
)

func concurrency(key string, most int) *conf.Concurrency {
	return &conf.Concurrency{Name: "c", Key: attributes(key), Max: most, Min: 1, Keys: 100, Mode: conf.Enforce}
}

func finish(b *bench, x *filters.Exchange) {
	for _, f := range b.late {
		if f, ok := f.(filters.Finisher); ok {
			f.Finish(x)
		}
	}
}

func TestConcurrency(t *testing.T) {
	b := newBench(t, &conf.Rules{Concurrency: concurrency("principal", 2)})
	f := func(caller, want string) *filters.Exchange {
		t.Helper()
		x := b.exchange("192.0.2.1", caller)
		if code := b.request(x); code != want {
			t.Errorf("%s: %q, want %q", caller, code, want)
		}
		return x
	}
	one := f("a", "")
	f("a", "")
	refused := f("a", "concurrency.full")
	if refused.Reply.Status != 503 || string(refused.Reply.Lookup("retry-after")) != "1" {
		t.Errorf("status %d, Retry-After %q", refused.Reply.Status, refused.Reply.Lookup("retry-after"))
	}
	f("b", "")
	finish(b, one)
	finish(b, one) // says nothing twice
	three := f("a", "")
	f("a", "concurrency.full")
	b.reload(&conf.Rules{Concurrency: concurrency("principal", 2)})
	f("a", "concurrency.full")
	finish(b, three)
	f("a", "")
}

func TestConcurrencyShadow(t *testing.T) {
	c := concurrency("route", 1)
	c.Mode = conf.Shadow
	b := newBench(t, &conf.Rules{Concurrency: c})
	for range 3 {
		x := b.exchange("192.0.2.1", "")
		if code := b.request(x); code != "" {
			t.Errorf("%q", code)
		}
		defer finish(b, x)
	}
	if n := b.counter(`sallyport_shadow_total{route="orders",reason="concurrency.full"}`); n != 2 {
		t.Errorf("%d counted", n)
	}
}

// More keys than the table has room for are refused, and leave no count behind.
func TestConcurrencyTableFull(t *testing.T) {
	c := concurrency("client.ip", 5)
	c.Keys = 1
	b := newBench(t, &conf.Rules{Concurrency: c})
	var in []*filters.Exchange
	refused := 0
	for i := range 250 {
		x := b.exchange(fmt.Sprintf("192.0.2.%d", i), "")
		if b.request(x) == "" {
			in = append(in, x)
		} else {
			refused++
		}
	}
	if refused == 0 || len(in) == 0 {
		t.Fatalf("%d in, %d refused", len(in), refused)
	}
	for _, x := range in {
		finish(b, x)
	}
	if n := b.memory.gates["c"].limit.table.Live(0); n != 0 {
		t.Errorf("%d keys are still counted", n)
	}
}

// What goes in comes out, under concurrency.
func TestConcurrencyCounts(t *testing.T) {
	b := newBench(t, &conf.Rules{Concurrency: concurrency("client.ip", 8)})
	var workers sync.WaitGroup
	for i := range 16 {
		workers.Go(func() {
			for range 500 {
				x := b.exchange(fmt.Sprintf("192.0.2.%d", i%3), "")
				if b.request(x) == "" {
					finish(b, x)
				}
			}
		})
	}
	workers.Wait()
	g := b.memory.gates["c"].limit
	if n := g.table.Live(0); n != 0 {
		t.Errorf("%d keys are still counted", n)
	}
}

// The lower a class, the sooner it is shed.
func TestConcurrencyPriority(t *testing.T) {
	c := concurrency("route", 100)
	c.Priority = attributes("header.X-Class")
	b := newBench(t, &conf.Rules{Concurrency: c})
	f := func(class string, want int) {
		t.Helper()
		n := 0
		for b.request(b.exchange("192.0.2.1", "", "X-Class: "+class)) == "" {
			n++
		}
		if n != want {
			t.Errorf("class %q: %d more, want %d", class, n, want)
		}
	}
	f("0", 55)
	f("", 0)
	f("99", 0)
	f("4", 20)
	f("9", 25)
	f("9", 0)
}

// server is an upstream that works on so many requests at once; the others wait.
type server struct {
	at       float64 // requests at once
	idle     float64 // nanoseconds
	inflight float64
}

func (s *server) latency() float64 { return s.idle * max(1, s.inflight/s.at) }

// The limit comes near to what the upstream works on at once, and stays there; it follows when that changes.
func TestAdaptive(t *testing.T) {
	a := newAdaptive(5, 1000)
	s := server{at: 40, idle: float64(20 * time.Millisecond)}
	run := func(judgements int, offered float64) {
		for range judgements {
			s.inflight = min(offered, float64(a.limit.Load()))
			a.judge(s.latency(), s.inflight)
		}
	}
	f := func(what string, low, high int64) {
		t.Helper()
		if n := a.limit.Load(); n < low || n > high {
			t.Errorf("%s: the limit is %d, want %d to %d", what, n, low, high)
		}
	}
	run(50, 20)
	f("little load changes nothing", 250, 250)
	run(100, 2000)
	f("overload", 40, 100)
	run(3000, 2000)
	f("after a long time", 30, 100)
	s.at = 400
	run(600, 2000)
	f("ten times as fast", 300, 1000)
	s.at = 2
	run(900, 2000)
	f("broken", 5, 20)
	s.at = 1e9
	run(3000, 1e6)
	f("as fast as it gets", 1000, 1000)
}

func TestAdaptiveSample(t *testing.T) {
	a := newAdaptive(1, 400)
	f := func(samples int, every time.Duration, latency time.Duration) {
		for i := range samples {
			a.sample(int64(latency), 100, int64(i)*int64(every))
		}
	}
	f(50, time.Millisecond, time.Millisecond)
	if a.idle != 0 {
		t.Error("judged too soon")
	}
	f(200, time.Millisecond, time.Millisecond)
	if a.idle != float64(time.Millisecond) {
		t.Errorf("idle is %v", time.Duration(a.idle))
	}
}

func TestAdaptiveFilterSamples(t *testing.T) {
	c := concurrency("route", 100)
	c.Adaptive = true
	b := newBench(t, &conf.Rules{Concurrency: c})
	f := func(want int64, origin filters.Origin, fields ...string) {
		t.Helper()
		x := b.exchange("192.0.2.1", "", fields...)
		b.request(x)
		x.Origin = origin
		b.late[0].(filters.ResponseFilter).Response(x)
		finish(b, x)
		if n := b.memory.gates["c"].limit.adaptive.count; n != want {
			t.Errorf("%d samples, want %d", n, want)
		}
	}
	f(1, filters.FromUpstream)
	f(1, filters.FromCache)
	f(1, filters.FromGateway)
	f(1, filters.FromUpstream, "Content-Length: 5")
	f(2, filters.FromUpstream)
	x := b.exchange("192.0.2.1", "")
	x.Origin, x.Held = filters.FromUpstream, slots.Key{}
	b.late[0].(filters.ResponseFilter).Response(x)
	f(3, filters.FromUpstream)
}
