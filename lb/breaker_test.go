package lb

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, `nodes = { a = "127.0.0.1:1" }
			breaker = { errors = "50%", window = "10s", min_requests = 50, open = "5s", trials = 3 }`)
		f := func(calls int, want string, attempts int) {
			t.Helper()
			for range calls {
				if got := s.do(get()); got != want {
					t.Errorf("a call ended with %s, want %s", got, want)
				}
			}
			if got := len(s.attempted()); got != attempts {
				t.Errorf("there were %d attempts, want %d", got, attempts)
			}
		}
		f(25, "200", 25)
		s.play("a", answer(500))
		f(25, "500", 25)
		f(10, "breaker", 0)
		time.Sleep(5*time.Second - time.Millisecond)
		f(1, "breaker", 0)
		time.Sleep(time.Millisecond)
		f(1, "500", 1) // a trial
		f(10, "breaker", 0)
		time.Sleep(5 * time.Second)
		s.play("a", nil)
		f(2, "200", 2)
		if got := breakerState(s.breaker.state.Load()); got != halfOpen {
			t.Errorf("after two good trials of three it is %s", got)
		}
		f(60, "200", 60)
		s.play("a", answer(500))
		f(59, "500", 59) // what was before it closed again is forgotten
	})
}

func TestBreakerLetsOnlyTrialsThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, `nodes = { a = "127.0.0.1:1" }
			breaker = { min_requests = 1, open = "1s", trials = 2 }`)
		s.play("a", fail(failedReset))
		s.do(get())
		s.play("a", slow(time.Second))
		time.Sleep(time.Second)
		results := make(chan string, 10)
		for range 5 {
			go func() { results <- s.do(get()) }()
		}
		time.Sleep(2 * time.Second)
		got := map[string]int{}
		for range 5 {
			got[<-results]++
		}
		if got["200"] != 2 || got["breaker"] != 3 {
			t.Errorf("five calls at a half-open breaker end with %v", got)
		}
		if s.do(get()) != "200" {
			t.Error("the breaker is not closed after its trials")
		}
	})
}

func TestATrialThatTellsNothingIsForgiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, `nodes = { a = "127.0.0.1:1" }
			breaker = { min_requests = 1, open = "1s", trials = 1 }`)
		s.play("a", fail(failedTimeout))
		s.do(get())
		time.Sleep(time.Second)
		s.play("a", fail(clientGone))
		s.do(get())
		s.play("a", nil)
		if got := s.do(get()); got != "200" {
			t.Errorf("after a trial whose client went away the next one ends with %s", got)
		}
	})
}

func TestBreakerOnSlowCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, `nodes = { a = "127.0.0.1:1" }
			breaker = { min_requests = 10, slow = "100ms", slow_calls = "50%" }`)
		s.many(5)
		s.play("a", slow(200*time.Millisecond))
		s.many(5)
		if got := s.do(get()); got != "breaker" {
			t.Errorf("when half of the calls were slow the next one ends with %s", got)
		}
	})
}

func TestBreakerSeesTheEndOfARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, three+`breaker = { min_requests = 3, errors = "20%" }
			retry = { on = ["503"] }`)
		s.play("a", answer(503))
		for range 20 {
			if got := s.do(get()); got != "200" {
				t.Fatalf("a call ended with %s, though another node answers", got)
			}
		}
	})
}
