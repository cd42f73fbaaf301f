package lb

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, three+`health = { path = "/healthz", every = "2s", rise = 2, fall = 3 }`)
		f := func(after time.Duration, ready string) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			if s.ready() != ready {
				t.Errorf("%s are ready, want %s", s.ready(), ready)
			}
		}
		f(10*time.Second, "abc")
		s.set(s.ill, "b", true)
		f(4*time.Second, "ac")
		for range 20 {
			s.do(get())
		}
		if nodes := s.attempted(); len(nodes) != 20 || !onlyOf(nodes, "ac") {
			t.Errorf("the requests went to %s", nodes)
		}
		s.set(s.ill, "b", false)
		f(2*time.Second, "abc") // within the interval
		s.set(s.ill, "abc", true)
		f(4*time.Second, "")
		if got := s.do(get()); got != "none" || s.attempted() != "" {
			t.Errorf("with no healthy node a call ends with %s", got)
		}
		s.set(s.ill, "abc", false)
		f(2*time.Second, "abc")
	})
}

func onlyOf(nodes, allowed string) bool {
	for _, n := range nodes {
		found := false
		for _, a := range allowed {
			found = found || a == n
		}
		if !found {
			return false
		}
	}
	return true
}

func TestOneBadProbeIsForgiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, three+`health = { path = "/healthz", every = "2s", fall = 3 }`)
		for range 50 {
			s.set(s.ill, "a", true)
			before := s.asks("a")
			for s.asks("a") < before+2 {
				time.Sleep(10 * time.Millisecond)
			}
			s.set(s.ill, "a", false)
			for s.asks("a") < before+3 {
				time.Sleep(10 * time.Millisecond)
			}
			if s.ready() != "abc" {
				t.Fatal("two bad probes in a row took a node out, though fall is 3")
			}
		}
	})
}

func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, three+`health = { path = "/healthz", every = "1s", fall = 1, panic = "50%" }`)
		s.set(s.ill, "a", true)
		time.Sleep(3 * time.Second)
		if s.ready() != "bc" {
			t.Errorf("%s are ready", s.ready())
		}
		s.set(s.ill, "ab", true)
		time.Sleep(3 * time.Second)
		if s.ready() != "abc" {
			t.Errorf("fewer than half are healthy, and %s are ready", s.ready())
		}
	})
}

func TestProbesEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, three+`health = { path = "/healthz", every = "1s" }`)
		time.Sleep(5 * time.Second)
		s.reload(three)
		time.Sleep(time.Second)
		before := s.asks("a")
		time.Sleep(10 * time.Second)
		if s.asks("a") != before {
			t.Error("a reload without health left probes behind")
		}
	})
}
