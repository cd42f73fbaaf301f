package lb

import (
	"sync"
	"time"

	"sallyport/internal/wire"
)

// idleStack holds the connections of a node that nobody uses. The one used last is taken first, so that the others grow
// old and are closed.
type idleStack struct {
	mu     sync.Mutex
	conns  []*conn // by age, the youngest last
	reaper *time.Timer
}

// take returns the youngest connection, nil when there is none that is young enough.
func (s *idleStack) take(now int64) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.conns) - 1
	if last < 0 || s.conns[last].until < now {
		return nil
	}
	u := s.conns[last]
	s.conns[last] = nil
	s.conns = s.conns[:last]
	return u
}

// put keeps a connection, or closes it when there are enough.
func (s *idleStack) put(u *conn) {
	t := u.node.transport.Load()
	keep := int64(t.idle)
	if u.timeout > 0 {
		keep = min(keep, u.timeout)
	}
	u.until = wire.Now() + keep
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.conns) >= t.max {
		u.wire.Close()
		return
	}
	s.conns = append(s.conns, u)
	if s.reaper == nil {
		s.reaper = time.AfterFunc(t.idle, s.reap)
	} else if len(s.conns) == 1 {
		s.reaper.Reset(t.idle)
	}
}

// reap closes the connections that are too old.
func (s *idleStack) reap() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := wire.Now()
	kept := s.conns[:0]
	for _, u := range s.conns {
		if u.until < now {
			u.wire.Close()
		} else {
			kept = append(kept, u)
		}
	}
	clear(s.conns[len(kept):])
	s.conns = kept
	if len(kept) > 0 {
		s.reaper.Reset(max(time.Duration(kept[0].until-now), 10*time.Millisecond))
	}
}

// closeIdle closes the connections that nobody uses.
func (n *node) closeIdle() {
	n.idle.mu.Lock()
	defer n.idle.mu.Unlock()
	for _, u := range n.idle.conns {
		u.wire.Close()
	}
	clear(n.idle.conns)
	n.idle.conns = n.idle.conns[:0]
}
