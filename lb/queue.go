package lb

import (
	"sync"
	"sync/atomic"
	"time"
)

// queue is where requests wait for a place, in the order in which they came. It is touched only when there is none.
type queue struct {
	waiting atomic.Int32 // who gives back a place looks here first

	mu      sync.Mutex
	waiters []*waiter
}

type waiter struct {
	turn chan struct{} // of capacity 1
}

// wait calls try until it returns true: at once, and whenever it may be this waiter's turn. It gives up after the given time,
// or at once when most already wait.
func (q *queue) wait(most int, patience time.Duration, try func() bool) {
	w := &waiter{make(chan struct{}, 1)} // cold path: every place is taken
	q.mu.Lock()
	if len(q.waiters) >= most {
		q.mu.Unlock()
		return
	}
	q.waiters = append(q.waiters, w)
	q.waiting.Add(1)
	q.mu.Unlock()

	timer := time.NewTimer(patience)
	defer timer.Stop()
	defer q.leave(w)
	for {
		// Tried after it was counted as waiting: a place given back before that was not announced.
		if try() {
			return
		}
		select {
		case <-w.turn:
		case <-timer.C:
			return
		}
	}
}

// leave takes w out of the queue. A turn that was given to it meanwhile goes to the next one.
func (q *queue) leave(w *waiter) {
	q.mu.Lock()
	for i, other := range q.waiters {
		if other == w {
			q.waiters = append(q.waiters[:i], q.waiters[i+1:]...)
			break
		}
	}
	q.waiting.Add(-1)
	q.mu.Unlock()
	select {
	case <-w.turn:
		q.wake()
	default:
	}
}

// wake gives the first one in the queue its turn. It is called whenever a place was given back.
func (q *queue) wake() {
	if q.waiting.Load() == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, w := range q.waiters {
		select {
		case w.turn <- struct{}{}:
			return
		default: // it has not taken its last turn yet: the place is for the next one
		}
	}
}

// wakeAll gives everyone a turn: a node came back.
func (q *queue) wakeAll() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, w := range q.waiters {
		select {
		case w.turn <- struct{}{}:
		default:
		}
	}
}
