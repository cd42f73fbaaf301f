package state

import (
	"sync"
	"sync/atomic"
)

// patience is how many answers in a row may be late before nobody waits for the next one.
const patience = 3

// breaker remembers whether the store is worth waiting for. It opens at once when a connection fails, and after a few late
// answers in a row; only the engine's own beat closes it again.
type breaker struct {
	late    atomic.Int32
	isUp    atomic.Bool
	tripped chan struct{} // wakes who looks for the store again

	mu      sync.Mutex // orders the reports
	changed func(error)
}

func (b *breaker) init(changed func(error)) {
	b.changed = changed
	b.tripped = make(chan struct{}, 1)
}

func (b *breaker) closed() bool { return b.isUp.Load() }

// reset closes the breaker.
func (b *breaker) reset() {
	b.late.Store(0)
	b.set(true, nil)
}

// good ends a row of late answers.
func (b *breaker) good() {
	if b.late.Load() != 0 {
		b.late.Store(0)
	}
}

// slow counts an answer that did not come in time.
func (b *breaker) slow(err error) {
	if b.late.Add(1) >= patience {
		b.trip(err)
	}
}

// trip opens the breaker.
func (b *breaker) trip(err error) { b.set(false, err) }

func (b *breaker) set(up bool, why error) {
	if b.isUp.Load() == up {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.isUp.Swap(up) == up {
		return
	}
	if !up {
		select {
		case b.tripped <- struct{}{}:
		default:
		}
	}
	if b.changed != nil {
		b.changed(why)
	}
}
