package limit

import (
	"sync/atomic"

	"sallyport/filters/limit/bucket"
	"sallyport/internal/slots"
)

// share is a node's own part of a shared limit: the limit divided by the nodes last known alive. It is charged along
// while the shared state answers, so that who has had its part of the limit does not get another one when the state is
// lost.
type share struct {
	windows []window
	table   *bucket.Table
	parts   atomic.Pointer[parts]
}

// parts are the windows divided by a number of nodes.
type parts struct {
	nodes   int
	windows []bucket.Window
}

func newShare(windows []window, keys int) (*share, error) {
	whole, err := buckets(windows, 1)
	if err != nil {
		return nil, err
	}
	s := &share{windows: windows}
	s.parts.Store(&parts{1, whole})
	s.table, err = bucket.New(keys, whole...)
	return s, err
}

// of are the windows of one of so many nodes. It allocates when nodes come or go.
func (s *share) of(nodes int) []bucket.Window {
	p := s.parts.Load()
	if p.nodes != nodes {
		divided, err := buckets(s.windows, nodes)
		if err != nil {
			return p.windows // so many nodes that a bucket takes years to fill
		}
		p = &parts{nodes, divided}
		s.parts.Store(p)
	}
	return p.windows
}

func (s *share) take(k slots.Key, cost, now int64, nodes int) outcome {
	windows := s.of(nodes)
	// Many nodes leave a bucket that does not hold a dear request; it then costs all there is.
	for i := range windows {
		cost = min(cost, windows[i].Burst())
	}
	return local(s.table.TakeWithin(windows, k, cost, now))
}

// charge counts what the shared state has granted. It returns the per mille that is left of this node's part.
func (s *share) charge(k slots.Key, cost, now int64, nodes int) int64 {
	return s.table.Charge(s.of(nodes), k, cost, now)
}
