package lb

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestARefusingNodeIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, three)
		s.set(s.closed, "a", true)
		for range 100 {
			if got := s.do(get()); got != "200" {
				t.Fatalf("a call ended with %s", got)
			}
			if got := s.do(post()); got != "200" {
				t.Fatalf("a call that must not be repeated ended with %s", got)
			}
		}
		if tried := strings.Count(s.attempted(), "a"); tried != 1 {
			t.Errorf("the node that refuses was tried %d times", tried)
		}
		time.Sleep(10 * time.Second)
		if s.ready() != "bc" || s.asks("a") < 9 || s.asks("a") > 12 {
			t.Errorf("after 10 s %s are ready and a was asked %d times whether it can be connected to", s.ready(), s.asks("a"))
		}
		s.set(s.closed, "a", false)
		time.Sleep(refuseTime)
		if s.ready() != "abc" {
			t.Errorf("a second after its return only %s are ready", s.ready())
		}
	})
}

func TestTheLastNodeIsNeverBackedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, three)
		s.set(s.closed, "abc", true)
		const requests = 100
		for range requests {
			if got := s.do(get()); got != "none" {
				t.Fatalf("with all nodes down a call ended with %s", got)
			}
			time.Sleep(50 * time.Millisecond)
		}
		if attempts := len(s.attempted()); attempts > requests*11/10 {
			t.Errorf("%d requests cost %d attempts", requests, attempts)
		}
		if len(s.ready()) != 1 {
			t.Errorf("%q are ready", s.ready())
		}
		s.idle()
		s.set(s.closed, s.ready(), false) // no probe has to find out
		if got := s.do(get()); got != "200" {
			t.Errorf("a call to the last node, which is back, ended with %s", got)
		}
		s.set(s.closed, "abc", false)
		time.Sleep(refuseTime)
		if s.ready() != "abc" {
			t.Errorf("after the return of all only %s are ready", s.ready())
		}
	})
}

func TestASingleNodeThatRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, `nodes = { a = "127.0.0.1:1" }`)
		s.set(s.closed, "a", true)
		if got := s.do(get()); got != "connect" {
			t.Errorf("the call ended with %s", got)
		}
	})
}

func TestADeadNodeUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, nodesOnly)
		for _, name := range []string{"a", "b", "c"} {
			s.play(name, slow(5*time.Millisecond))
		}
		results := make(chan string, 100000)
		stop := make(chan struct{})
		for range 64 {
			go func() {
				for {
					select {
					case <-stop:
						return
					default:
						results <- s.do(get())
					}
				}
			}()
		}
		time.Sleep(2 * time.Second)
		s.set(s.closed, "b", true)
		s.play("b", fail(failedStale))
		time.Sleep(time.Second)
		s.attempted()
		time.Sleep(5 * time.Second)
		if tried := strings.Count(s.attempted(), "b"); tried > 0 {
			t.Errorf("later than a second after its death the node was tried %d times", tried)
		}
		s.play("b", nil)
		s.set(s.closed, "b", false)
		time.Sleep(refuseTime)
		if s.ready() != "abc" {
			t.Errorf("a second after its return only %s are ready", s.ready())
		}
		close(stop)
		synctest.Wait()
		time.Sleep(time.Second)
		s.idle()
		for len(results) > 0 {
			if got := <-results; got != "200" {
				t.Fatalf("a call ended with %s", got)
			}
		}
	})
}
