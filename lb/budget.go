package lb

import (
	"sync"

	"sallyport/internal/wire"
)

const (
	budgetWindow = 10e9 // ns: what counts as recent

	// A retry that the share does not cover is paid from a reserve, so that the first failures after a crash can be
	// retried also where there were few requests before. It fills up again slowly.
	retryReserve  = 20
	reserveRefill = 100e9 // ns until an empty reserve is full
)

// budget bounds extra attempts to a share of recent requests. It is asked only when one is wanted, so requests need not be
// counted for it: it is told how many there have been ever.
type budget struct {
	share float64
	full  float64 // of the reserve

	mu      sync.Mutex
	earned  float64 // by recent requests; fades with their age
	reserve float64
	seen    uint64 // requests ever, when it was last asked
	asked   int64  // monotonic ns of that
}

func newBudget(share, reserve float64) *budget {
	return &budget{share: share, full: reserve, reserve: reserve, asked: wire.Now()}
}

// take pays for one extra attempt at the monotonic time now, when there have been so many requests ever; false when the budget
// is used up.
func (b *budget) take(now int64, requests uint64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if elapsed := float64(now - b.asked); elapsed > 0 {
		recent := float64(requests - min(b.seen, requests))
		if elapsed > budgetWindow {
			recent *= budgetWindow / elapsed
		}
		b.earned = b.earned*max(0, 1-elapsed/budgetWindow) + b.share*recent
		b.reserve = min(b.full, b.reserve+b.full*elapsed/reserveRefill)
		b.seen, b.asked = requests, now
	}
	switch {
	case b.earned >= 1:
		b.earned--
	case b.reserve >= 1 && b.share > 0:
		b.reserve--
	default:
		return false
	}
	return true
}
