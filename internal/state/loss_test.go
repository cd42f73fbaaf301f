package state

import (
	"sync/atomic"
	"testing"
	"time"

	"sallyport/internal/state/statetest"
)

// While the store is away nobody waits for it, and when it is back everything works again.
func TestLossAndReturn(t *testing.T) {
	f := func(name string, lose, back func(*statetest.Store)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := statetest.Start(t)
			var lost, found atomic.Int32
			e := New(Options{
				Addresses: []string{store.Address}, Prefix: "test:", Timeout: 20 * time.Millisecond, Node: "a",
				Changed: func(err error) {
					if err != nil {
						lost.Add(1)
					} else {
						found.Add(1)
					}
				},
			})
			e.Start()
			t.Cleanup(e.Close)
			until(t, "up", e.Up)
			l := e.Limit("l", Window{Count: 1000, Per: time.Second, Burst: 1000})
			take(t, l, Ask{Need: 1, Want: 1, Filled: 1000})
			lose(store)
			slowest := time.Duration(0)
			until(t, "the loss is seen", func() bool {
				start := time.Now()
				l.Take(Ask{Need: 1, Want: 1, Filled: 1000})
				slowest = max(slowest, time.Since(start))
				return !e.Up()
			})
			t.Logf("the slowest request waited %s", slowest)
			if !e.Up() && len(e.calls) > 0 {
				t.Errorf("%d calls wait", len(e.calls))
			}
			if _, err := l.Take(Ask{Need: 1, Want: 1, Filled: 1000}); err != ErrUnavailable && !e.Up() {
				t.Errorf("%v", err)
			}
			start := time.Now()
			back(store)
			until(t, "up again", e.Up)
			t.Logf("back after %s", time.Since(start))
			if g := take(t, l, Ask{Need: 1, Want: 1, Filled: 1000}); g.Tokens != 1 {
				t.Errorf("%+v", g)
			}
			if lost.Load() < 1 || found.Load() < 2 {
				t.Errorf("told of %d losses and %d returns", lost.Load(), found.Load())
			}
		})
	}
	f("killed", (*statetest.Store).Kill, (*statetest.Store).Restart)
	f("hung", (*statetest.Store).Hang, (*statetest.Store).Resume)
}

// An engine starts, answers and ends without a store.
func TestNoStore(t *testing.T) {
	e := New(Options{Addresses: []string{"127.0.0.1:1"}, Timeout: time.Millisecond, Node: "a"})
	e.Start()
	l := e.Limit("l", Window{Count: 1, Per: time.Second, Burst: 1})
	if _, err := l.Take(Ask{Need: 1, Want: 1}); err != ErrUnavailable {
		t.Errorf("%v", err)
	}
	if l.Begin(Ask{Need: 1, Want: 1}, nil) {
		t.Error("begun")
	}
	if e.Up() || e.Nodes() != 1 || len(e.Members()) != 1 {
		t.Errorf("up %v, %d nodes, members %v", e.Up(), e.Nodes(), e.Members())
	}
	var j journal
	e.Subscribe(testStream, &j)
	e.Close()
}

func TestBreaker(t *testing.T) {
	var b breaker
	b.init(nil)
	f := func(what string, up bool) {
		t.Helper()
		if b.closed() != up {
			t.Errorf("%s: closed is %v", what, b.closed())
		}
	}
	f("at first", false)
	b.reset()
	f("a good beat", true)
	b.slow(ErrUnavailable)
	b.slow(ErrUnavailable)
	b.good()
	b.slow(ErrUnavailable)
	b.slow(ErrUnavailable)
	f("late now and then", true)
	b.slow(ErrUnavailable)
	f("late again and again", false)
	b.good()
	f("an answer that comes after all", false)
	b.reset()
	b.trip(ErrUnavailable)
	f("a broken connection", false)
}
