package state

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"sallyport/internal/state/statetest"
)

// start runs an engine on a store, and waits until it is up.
func start(t testing.TB, store *statetest.Store, node string) *Engine {
	t.Helper()
	e := New(Options{Addresses: []string{store.Address}, Prefix: "test:", Timeout: time.Second, Node: node})
	e.Start()
	t.Cleanup(e.Close)
	until(t, node+" is up", e.Up)
	return e
}

// until waits for what must become true.
func until(t testing.TB, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

// take asks until the store has answered: on a busy machine one answer may be late.
func take(t testing.TB, l *Limit, a Ask) Grant {
	t.Helper()
	var g Grant
	until(t, "an answer", func() bool {
		var err error
		g, err = l.Take(a)
		return err == nil
	})
	return g
}

func TestTakeIsOneBucketForAllNodes(t *testing.T) {
	store := statetest.Start(t)
	a, b := start(t, store, "a"), start(t, store, "b")
	window := Window{Count: 10, Per: time.Hour, Burst: 10}
	la, lb := a.Limit("l", window), b.Limit("l", window)
	f := func(l *Limit, need, want, tokens, remaining int64) {
		t.Helper()
		g := take(t, l, Ask{Key: [16]byte{1}, Need: need, Want: want, Filled: 1000})
		if g.Tokens != tokens || g.Remaining != remaining {
			t.Errorf("need %d, want %d: %+v; want %d tokens and %d left", need, want, g, tokens, remaining)
		}
	}
	f(la, 1, 4, 4, 6)
	f(lb, 1, 4, 4, 2)
	f(la, 3, 4, 0, 2) // refused: not charged
	f(lb, 1, 4, 2, 0)
	f(la, 1, 1, 0, 0)
	if g := take(t, la, Ask{Key: [16]byte{1}, Need: 1, Want: 1}); g.Wait <= 0 || g.Wait > 6*time.Minute {
		t.Errorf("wait %s", g.Wait)
	}
	if g := take(t, a.Limit("other", window), Ask{Key: [16]byte{1}, Need: 1, Want: 1, Filled: 1000}); g.Tokens != 1 {
		t.Errorf("another limit: %+v", g)
	}
	if g := take(t, la, Ask{Key: [16]byte{2}, Need: 1, Want: 9, Filled: 500}); g.Tokens != 5 {
		t.Errorf("a bucket that begins half full: %+v", g)
	}
	take(t, la, Ask{Key: [16]byte{4}, Need: 1, Want: 1, Filled: 1000})
	if g := take(t, la, Ask{Key: [16]byte{4}, Need: 1, Want: 9, Filled: 1000, Owed: 500}); g.Tokens != 4 {
		t.Errorf("a bucket that half was granted of meanwhile: %+v", g)
	}
	if g := take(t, la, Ask{Key: [16]byte{3}, Need: 1, Want: 9, Filled: 0}); g.Tokens != 0 {
		t.Errorf("a bucket that begins empty: %+v", g)
	}
}

func TestTakeFromSeveralWindows(t *testing.T) {
	store := statetest.Start(t)
	e := start(t, store, "a")
	l := e.Limit("l", Window{Count: 1000, Per: time.Second, Burst: 5}, Window{Count: 8, Per: time.Hour, Burst: 8})
	f := func(want string) {
		t.Helper()
		g := take(t, l, Ask{Need: 1, Want: 5, Filled: 1000})
		if got := fmt.Sprintf("%d of window %d, %d left, wait %v", g.Tokens, g.Window, g.Remaining, g.Wait > 0); got != want {
			t.Errorf("%s; want %s", got, want)
		}
	}
	f("5 of window 0, 0 left, wait false")
	time.Sleep(20 * time.Millisecond)
	f("3 of window 1, 0 left, wait false")
	f("0 of window 1, 0 left, wait true")
}

// Nothing is granted twice under concurrency, and what is taken in advance is accounted for.
func TestTakeUnderConcurrency(t *testing.T) {
	store := statetest.Start(t)
	a, b := start(t, store, "a"), start(t, store, "b")
	window := Window{Count: 1, Per: time.Hour, Burst: 500}
	var mu sync.Mutex
	total := int64(0)
	var workers sync.WaitGroup
	for _, l := range []*Limit{a.Limit("l", window), b.Limit("l", window)} {
		for range 20 {
			workers.Go(func() {
				for range 20 {
					if g, err := l.Take(Ask{Need: 1, Want: 1, Filled: 1000}); err == nil {
						mu.Lock()
						total += g.Tokens
						mu.Unlock()
					}
				}
			})
		}
	}
	workers.Wait()
	if total > 500 || total < 300 { // late answers lose what they bring
		t.Errorf("%d granted of 500", total)
	}
}

func TestBegin(t *testing.T) {
	store := statetest.Start(t)
	e := start(t, store, "a")
	l := e.Limit("l", Window{Count: 1, Per: time.Hour, Burst: 5})
	got := make(chan Grant, 1)
	if !l.Begin(Ask{Need: 1, Want: 3, Filled: 1000}, func(g Grant, err error) { got <- g }) {
		t.Fatal("not begun")
	}
	if g := <-got; g.Tokens != 3 && g.Tokens != 0 {
		t.Errorf("%+v", g)
	}
}

func TestMembers(t *testing.T) {
	store := statetest.Start(t)
	a := start(t, store, "a")
	if n := a.Nodes(); n != 1 {
		t.Errorf("%d nodes", n)
	}
	b := start(t, store, "b")
	until(t, "a sees b", func() bool { return a.Nodes() == 2 })
	until(t, "b sees a", func() bool { return len(b.Members()) == 2 })
	c := New(Options{Addresses: []string{store.Address}, Prefix: "test:", Timeout: time.Second, Node: "c"})
	c.Start()
	until(t, "a sees c", func() bool { return a.Nodes() == 3 })
	c.Close()
	until(t, "c has left", func() bool { return a.Nodes() == 2 })
}
