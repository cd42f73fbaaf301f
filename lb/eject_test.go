package lb

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const five = "nodes = { a = \"127.0.0.1:1\", b = \"127.0.0.1:2\", c = \"127.0.0.1:3\", d = \"127.0.0.1:4\", e = \"127.0.0.1:5\" }\nbalance = \"round-robin\"\n"

func (s *stub) many(calls int) {
	for range calls {
		s.do(get())
		time.Sleep(time.Millisecond)
	}
}

func TestEject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, five+`eject = { errors = "50%", window = "10s", min_requests = 20, for = "30s", max = "40%" }`)
		s.play("b", answer(500))
		s.many(90)
		if s.ready() != "abcde" {
			t.Errorf("with 18 requests each, %s are ready", s.ready())
		}
		s.many(15)
		if s.ready() != "acde" {
			t.Errorf("with 21 requests each, %s are ready", s.ready())
		}
		time.Sleep(31 * time.Second)
		if s.ready() != "abcde" {
			t.Errorf("after its time out %s are ready", s.ready())
		}
		s.many(110)
		if s.ready() != "acde" {
			t.Errorf("it fails again, and %s are ready", s.ready())
		}
		time.Sleep(31 * time.Second)
		if s.ready() != "acde" {
			t.Errorf("its second time out is no longer than the first")
		}
		time.Sleep(30 * time.Second)
		if s.ready() != "abcde" {
			t.Errorf("after its second time out %s are ready", s.ready())
		}
		s.play("b", nil)
		s.many(500)
		if s.ready() != "abcde" {
			t.Errorf("all is well, and %s are ready", s.ready())
		}
	})
}

func TestEjectionIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, five+`eject = { min_requests = 5, max = "40%" }`)
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			s.play(name, answer(503))
		}
		s.many(200)
		if len(s.ready()) != 3 {
			t.Errorf("of five failing nodes %q are ready", s.ready())
		}
	})
}

func TestEjectCountsWhatItIsTold(t *testing.T) {
	f := func(on string, play func(*Call, int64) outcome, out bool) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			s := newStub(t, five+`eject = { min_requests = 3, on = [`+on+`] }`)
			s.play("b", play)
			s.many(60)
			if got := !strings.Contains(s.ready(), "b"); got != out {
				t.Errorf("on = [%s]: out is %v", on, got)
			}
		})
	}
	const all = `"reset", "timeout", "5xx"`
	f(all, answer(200), false)
	f(all, answer(404), false)
	f(all, answer(500), true)
	f(all, fail(failedReset), true)
	f(all, fail(failedMalformed), true)
	f(all, fail(failedTimeout), true)
	f(all, fail(failedStale), false)
	f(all, fail(clientGone), false)
	f(`"reset"`, answer(500), false)
	f(`"reset"`, fail(failedTimeout), false)
	f(`"5xx"`, fail(failedReset), false)
}

func TestAStalledNodeIsEjected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, nodesOnly+"eject = {}\nretry = { on = [\"connect\", \"stale\", \"timeout\"] }")
		s.play("b", stall)
		results := make(chan string, 10000)
		for range 16 {
			go func() {
				for range 100 {
					c := get()
					c.AttemptTimeout = int64(300 * time.Millisecond)
					results <- s.do(c)
					time.Sleep(10 * time.Millisecond)
				}
			}()
		}
		time.Sleep(5 * time.Second)
		for len(results) > 0 {
			if got := <-results; got != "200" {
				t.Fatalf("a call ended with %s", got)
			}
		}
		if s.ready() != "ac" {
			t.Errorf("%s are ready", s.ready())
		}
		if tried := strings.Count(s.attempted(), "b"); tried > 20 {
			t.Errorf("the stalled node was tried %d times", tried)
		}
	})
}

func TestASlowNodeIsEjected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, five+`eject = { latency = 3.0, window = "2s", min_requests = 10 }`)
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			s.play(name, slow(10*time.Millisecond))
		}
		s.play("d", slow(100*time.Millisecond))
		s.many(200)
		if s.ready() != "abce" {
			t.Errorf("%s are ready", s.ready())
		}
	})
}
