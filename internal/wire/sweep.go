package wire

import (
	"sync"
	"time"
)

// Sweeper keeps the deadlines of many connections with one timer: every interval it looks for those that have passed. A
// deadline costs its connection one atomic store, and is kept to within the interval.
type Sweeper struct {
	interval time.Duration
	mu       sync.Mutex
	conns    []*Conn
	timer    *time.Timer
}

// Deadlines of clients may be late by a tenth of a second; those of upstreams are part of what a request takes.
var (
	Clients   = &Sweeper{interval: 100 * time.Millisecond}
	Upstreams = &Sweeper{interval: 20 * time.Millisecond}
)

func (s *Sweeper) add(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.place = len(s.conns)
	s.conns = append(s.conns, c)
	if s.timer == nil {
		s.timer = time.AfterFunc(s.interval, s.sweep)
	} else if len(s.conns) == 1 {
		s.timer.Reset(s.interval)
	}
}

func (s *Sweeper) remove(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.conns) - 1
	s.conns[c.place] = s.conns[last]
	s.conns[c.place].place = c.place
	s.conns[last] = nil
	s.conns = s.conns[:last]
}

// Hurry makes idle connections end at a moment on the clock of Now, if they would not end before. A connection that is
// used until then stays.
func (s *Sweeper) Hurry(at int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		if d := c.deadline.Load(); d > at && d&busy == 0 {
			c.deadline.CompareAndSwap(d, at&^busy)
		}
	}
}

func (s *Sweeper) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := Now()
	for _, c := range s.conns {
		c.sweep(now)
	}
	if len(s.conns) > 0 {
		s.timer.Reset(s.interval)
	}
}
