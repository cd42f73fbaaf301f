package lb

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestReloadKeepsWhatStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, three+`eject = { min_requests = 3, for = "1h" }
			breaker = {}`)
		s.play("b", answer(500))
		s.many(30)
		before, nodes := s.Upstream, s.fleet.view.Load().nodes
		f := func(definition, ready string) {
			t.Helper()
			s.reload(definition)
			if s.ready() != ready {
				t.Errorf("after a reload %s are ready, want %s", s.ready(), ready)
			}
			for _, n := range s.fleet.view.Load().nodes {
				for _, old := range nodes {
					if n.name == old.name && n != old {
						t.Errorf("node %s has lost what was known about it", n.name)
					}
				}
			}
		}
		f(three+`eject = { min_requests = 3, for = "1h" }
			breaker = {}`, "ac")
		if s.breaker != before.breaker || s.Upstream.retries != before.retries {
			t.Error("an unchanged definition has lost the state of its breaker or its budget")
		}
		f(five+`eject = { min_requests = 3, for = "1h" }
			breaker = { open = "1s" }`, "acde")
		if s.breaker == before.breaker {
			t.Error("a changed breaker is still the old one")
		}
		f(three+`eject = { min_requests = 3, for = "1h" }`, "ac")
		if s.breaker != nil {
			t.Error("the breaker is still there")
		}
		f(three, "abc") // nothing ejects any more
	})
}

func TestAReplacedGenerationStillWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, three+`requests = { max = 5 }`)
		for _, name := range []string{"a", "b", "c"} {
			s.play(name, slow(time.Second))
		}
		result := make(chan string)
		first := s.Upstream
		go func() { result <- send(first, get()) }()
		synctest.Wait()
		s.reload("nodes = { d = \"127.0.0.1:4\" }\nrequests = { max = 5 }")
		if got := <-result; got != "200" {
			t.Errorf("a call from before the reload ended with %s", got)
		}
		if got := s.do(get()); got != "200" || s.ready() != "d" {
			t.Errorf("a call after the reload ended with %s, and %s are ready", got, s.ready())
		}
		s.idle()
	})
}

func TestStopOfAnOldGenerationEndsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, three+`health = { every = "1s" }`)
		s.reload(three + `health = { every = "1s" }`)
		time.Sleep(3 * time.Second)
		if s.asks("a") < 2 {
			t.Error("the stop of the old generation has ended the probes of the new one")
		}
		s.Stop()
		synctest.Wait()
		before := s.asks("a")
		time.Sleep(5 * time.Second)
		if s.asks("a") != before {
			t.Error("probes go on after the stop")
		}
	})
}

func TestCompileStartsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, three+`health = { every = "1s" }`)
		next, err := Compile(definedAs(t, five), s.Upstream)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		if s.ready() != "abc" || next.fleet != s.fleet {
			t.Errorf("a generation that was only compiled has changed the nodes to %s", s.ready())
		}
		alone, err := Compile(definedAs(t, three), nil)
		if err != nil {
			t.Fatal(err)
		}
		alone.send = s.attempt
		if got := alone.Do(get()); got != OK {
			t.Errorf("an upstream that was never started answers with %s", got)
		}
	})
}

func TestSlowStartOfANode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, three+`slow_start = "10s"`)
		s.set(s.closed, "a", true)
		s.many(10)
		s.set(s.closed, "a", false)
		time.Sleep(refuseTime)
		f := func(after time.Duration, low, high int) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			s.attempted()
			for range 300 {
				s.do(get())
			}
			at := 0
			for _, name := range s.attempted() {
				if name == 'a' {
					at++
				}
			}
			if at < low || at > high {
				t.Errorf("the node that came back gets %d of 300 requests, want %d to %d", at, low, high)
			}
		}
		f(0, 5, 35)
		f(5*time.Second, 50, 75)
		f(5*time.Second, 95, 105)
		if s.fleet.view.Load().warming {
			t.Error("it is warming up for ever")
		}
	})
}
