package lb

import (
	"sync"
	"sync/atomic"
	"time"

	"sallyport/conf"
)

// breaker refuses everything while an upstream fails, and lets a few trials through to find out whether it still does.
//
//	closed -> open       enough requests of the window failed, or were slow
//	open -> half-open    after the open time, with the next request
//	half-open -> closed  when all trials were good; -> open when one was not
type breaker struct {
	conf     *conf.Breaker
	failures *window
	slow     *window

	state atomic.Uint32 // a breakerState; read by every request, written under mu

	mu     sync.Mutex
	until  int64 // monotonic ns: end of open
	trials int   // half-open: let through
	good   int   // half-open: came back well
	opened uint64
}

type breakerState uint32

const (
	closed breakerState = iota
	open
	halfOpen
)

func (s breakerState) String() string { return [...]string{"closed", "open", "half-open"}[s] }

// newBreaker returns a closed breaker; nil where the definition has none.
func newBreaker(c *conf.Breaker) *breaker {
	if c == nil {
		return nil
	}
	length := time.Duration(c.Window)
	return &breaker{conf: c, failures: newWindow(length), slow: newWindow(length)}
}

// admit decides whether a request may go on at the monotonic time now. A trial must be given back to record or forgive.
// A nil breaker admits everything.
func (b *breaker) admit(now int64) (trial, ok bool) {
	if b == nil || breakerState(b.state.Load()) == closed {
		return false, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch breakerState(b.state.Load()) {
	case closed:
		return false, true
	case open:
		if now < b.until {
			return false, false
		}
		b.trials, b.good = 0, 0
		b.state.Store(uint32(halfOpen))
	}
	if b.trials == b.conf.Trials {
		return false, false
	}
	b.trials++
	return true, true
}

// record takes in how a request that was admitted ended at the monotonic time now, after took nanoseconds.
func (b *breaker) record(now, took int64, trial, failed bool) {
	if b == nil {
		return
	}
	slow := b.conf.Slow > 0 && took > int64(b.conf.Slow)
	if trial {
		b.tried(now, failed || slow)
		return
	}
	if breakerState(b.state.Load()) != closed {
		return // it was sent before the breaker opened
	}
	b.failures.record(now, failed)
	if b.conf.Slow > 0 {
		b.slow.record(now, slow)
	}
	if failed && b.over(b.failures, now, b.conf.Errors) || slow && b.over(b.slow, now, b.conf.SlowCalls) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if breakerState(b.state.Load()) == closed {
			b.trip(now)
		}
	}
}

func (b *breaker) over(w *window, now int64, share conf.Percent) bool {
	events, bad := w.sum(now)
	return over(events, bad, share.Fraction(), b.conf.MinRequests)
}

func (b *breaker) tried(now int64, bad bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if breakerState(b.state.Load()) != halfOpen {
		return // another trial has decided
	}
	if bad {
		b.trip(now)
		return
	}
	if b.good++; b.good == b.conf.Trials {
		b.failures.reset()
		b.slow.reset()
		b.state.Store(uint32(closed))
	}
}

// forgive takes back a trial that told nothing: its client went away, or no node had room.
func (b *breaker) forgive(trial bool) {
	if !trial {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if breakerState(b.state.Load()) == halfOpen {
		b.trials--
	}
}

func (b *breaker) trip(now int64) {
	b.until = now + int64(b.conf.Open)
	b.opened++
	b.state.Store(uint32(open))
}
