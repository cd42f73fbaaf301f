package lb

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sallyport/conf"
	"sallyport/internal/wire"
)

// canary compares one upstream of a split with the others, and leaves it for good when it does worse. What it has learnt goes when
// the definition changes: that is how somebody starts it again.
type canary struct {
	route string
	name  string // of the upstream
	conf  *conf.Canary
	to    conf.Targets

	aborted atomic.Bool
	sides   [2]side // the stable one, and the canary
	looked  atomic.Int64

	mu     sync.Mutex
	reason string
	since  time.Time
}

// side is how one side of a comparison has done lately.
type side struct {
	errors  *window
	latency *quantiles
}

// CanaryStatus is what an operator sees of a canary.
type CanaryStatus struct {
	Route    string     `json:"route"`
	Upstream string     `json:"upstream"`
	Aborted  bool       `json:"aborted"`
	Reason   string     `json:"reason,omitempty"`
	Since    *time.Time `json:"since,omitempty"`
}

func newCanary(c *conf.Route) *canary {
	k := &canary{route: c.Name, name: c.Canary.Upstream, conf: c.Canary, to: c.To}
	if k.name == "" {
		k.name = slices.MinFunc(c.To, func(a, b conf.Target) int { return a.Weight - b.Weight }).Upstream
	}
	k.looked.Store(wire.Now())
	for i := range k.sides {
		k.sides[i] = side{newWindow(time.Duration(c.Canary.Window)), newQuantiles(time.Duration(c.Canary.Window))}
	}
	return k
}

// left reports whether the canary was aborted.
func (k *canary) left() bool { return k.aborted.Load() }

// record takes in how a call to one of the sides ended at the monotonic time now, after took nanoseconds.
func (k *canary) record(now, took int64, isCanary, failed bool) {
	s := &k.sides[0]
	if isCanary {
		s = &k.sides[1]
	}
	s.errors.record(now, failed)
	if !failed {
		s.latency.observe(now, took)
	}
	if !isCanary || k.left() {
		return
	}
	// Errors are looked at when there is one more, latencies now and then.
	if failed {
		k.abortIf(k.tooManyErrors(now))
	}
	const times = 50 // in a window
	if looked := k.looked.Load(); now-looked > int64(k.conf.Window)/times && k.looked.CompareAndSwap(looked, now) {
		k.abortIf(k.tooSlow(now))
	}
}

// tooManyErrors returns why the canary is to be left for its errors; "" when it is not.
func (k *canary) tooManyErrors(now int64) string {
	calls, errors := k.sides[1].errors.sum(now)
	if calls < uint64(k.conf.Requests) {
		return ""
	}
	stableCalls, stableErrors := k.sides[0].errors.sum(now)
	share := float64(errors) / float64(calls)
	stable := float64(stableErrors) / max(1, float64(stableCalls))
	if share <= stable+k.conf.AbortIf.Errors.Fraction() {
		return ""
	}
	return fmt.Sprintf("%d of %d requests failed, %.1f%%, and %.1f%% elsewhere", errors, calls, 100*share, 100*stable)
}

// slowBy is a difference in latency, in nanoseconds, that is never too much.
const slowBy = 1_000_000

// tooSlow returns why the canary is to be left for its latency; "" when it is not.
func (k *canary) tooSlow(now int64) string {
	p95, calls := k.sides[1].latency.at(now, 0.95)
	stable, stableCalls := k.sides[0].latency.at(now, 0.95)
	if minimum := uint64(k.conf.Requests); calls < minimum || stableCalls < minimum {
		return ""
	}
	if p95 <= stable+slowBy || float64(p95) <= float64(stable)*(1+k.conf.AbortIf.Latency.Fraction()) {
		return ""
	}
	return fmt.Sprintf("the 95th percentile of its latency is %v, and %v elsewhere", time.Duration(p95), time.Duration(stable))
}

// abortIf leaves the canary when there is a reason.
func (k *canary) abortIf(reason string) {
	if reason == "" {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.left() {
		return
	}
	k.reason, k.since = reason, time.Now()
	k.aborted.Store(true)
	slog.Warn("canary aborted", "route", k.route, "upstream", k.name, "reason", reason)
}

func (k *canary) status() *CanaryStatus {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := &CanaryStatus{Route: k.route, Upstream: k.name, Aborted: k.left(), Reason: k.reason}
	if s.Aborted {
		s.Since = &k.since
	}
	return s
}
