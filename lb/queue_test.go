package lb

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestLimits(t *testing.T) {
	f := func(limits string, calls int, want map[string]int) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			s := newStub(t, `nodes = { a = "127.0.0.1:1", b = "127.0.0.1:2" }`+"\n"+limits)
			s.play("a", slow(50*time.Millisecond))
			s.play("b", slow(50*time.Millisecond))
			results := make(chan string, calls)
			for range calls {
				go func() { results <- s.do(get()) }()
			}
			time.Sleep(5 * time.Second)
			got := map[string]int{}
			for range calls {
				got[<-results]++
			}
			for result, n := range want {
				if got[result] != n {
					t.Errorf("%s: %d calls end with %v, want %v", limits, calls, got, want)
					break
				}
			}
			s.idle()
			if n := s.fleet.queue.waiting.Load(); n != 0 || len(s.fleet.queue.waiters) != 0 {
				t.Errorf("%s: %d are left in the queue", limits, n)
			}
		})
	}
	f("", 300, map[string]int{"200": 300})
	f("pool = { max = 4 }", 8, map[string]int{"200": 8})
	f("pool = { max = 4 }", 12, map[string]int{"200": 12})                   // four wait
	f("pool = { max = 4 }", 40, map[string]int{"200": 12, "full": 28})       // and no more
	f("pool = { max = 4, wait = \"10ms\" }", 12, map[string]int{"full": 4})  // nor longer
	f("requests = { max = 6 }", 10, map[string]int{"200": 6, "full": 4})     // no queue
	f("requests = { max = 6, queue = 3 }", 10, map[string]int{"200": 9})     //
	f("requests = { per_node = 1 }", 4, map[string]int{"200": 2, "full": 2}) //
	f("requests = { per_node = 1, queue = 9 }", 4, map[string]int{"200": 4}) //
	f("requests = { max = 1, queue = 9, wait = \"120ms\" }", 4, map[string]int{"200": 3, "full": 1})
}

func TestTheQueueIsFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, `nodes = { a = "127.0.0.1:1" }
			requests = { max = 1, queue = 10, wait = "10s" }`)
		s.play("a", slow(50*time.Millisecond))
		var order []int
		done := make(chan int, 6)
		for i := range 6 {
			go func() { s.do(get()); done <- i }()
			time.Sleep(time.Millisecond)
		}
		for range 6 {
			order = append(order, <-done)
		}
		for i := range order {
			if order[i] != i {
				t.Fatalf("the calls ended in the order %v", order)
			}
		}
	})
}

func TestTheQueueKnowsTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, `nodes = { a = "127.0.0.1:1" }
			requests = { max = 1, queue = 10, wait = "10s" }`)
		s.play("a", slow(5*time.Second))
		go s.do(get())
		synctest.Wait()
		before := time.Now()
		if got := s.do(get()); got != "full" || time.Since(before) != 2*time.Second {
			t.Errorf("a call with two seconds left ended with %s after %v", got, time.Since(before))
		}
		time.Sleep(5 * time.Second)
	})
}
