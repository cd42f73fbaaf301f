package lb

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sallyport/conf"
	"sallyport/internal/wire"
)

// hedges is the compiled form of an upstream's hedge: when a second attempt is made beside a slow first one.
type hedges struct {
	conf     *conf.Hedge
	quantile float64
	methods  []wire.Method
	budget   *budget
	latency  *quantiles
	delay    atomic.Int64 // ns; 0 while too little is known
	looked   atomic.Int64 // monotonic ns: when delay was computed
	sent     atomic.Uint64
	won      atomic.Uint64
	pool     sync.Pool // of *hedge
}

const (
	hedgeReserve = 2
	hedgeWindow  = 30 * time.Second       // of the latencies that the quantile is of
	hedgeLearns  = 100                    // answers before anything is hedged
	hedgeLook    = 200 * time.Millisecond // how old the quantile may be
)

// newHedges returns nil where the definition has no hedge.
func newHedges(c *conf.Hedge) *hedges {
	if c == nil {
		return nil
	}
	h := &hedges{
		conf:     c,
		quantile: map[string]float64{"p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99}[c.After],
		budget:   newBudget(c.Budget.Fraction(), hedgeReserve),
		latency:  newQuantiles(hedgeWindow),
	}
	for _, m := range []wire.Method{wire.GET, wire.HEAD, wire.OPTIONS} {
		if slices.Contains(c.Methods, m.String()) {
			h.methods = append(h.methods, m)
		}
	}
	h.looked.Store(wire.Now() - int64(hedgeLook))
	return h
}

// after returns how long the first attempt of a call may take before it is hedged; 0: it is not hedged.
func (h *hedges) after(c *Call) int64 {
	if h == nil || !c.Idempotent || !c.Replayable || c.Attempts != 1 || c.Request.Upgrade || !slices.Contains(h.methods, c.Request.Method) {
		return 0
	}
	if looked := h.looked.Load(); c.Now-looked >= int64(hedgeLook) && h.looked.CompareAndSwap(looked, c.Now) {
		delay, answers := h.latency.at(c.Now, h.quantile)
		if answers < hedgeLearns {
			delay = 0
		}
		h.delay.Store(delay)
	}
	return h.delay.Load()
}

// hedge is a call that may be sent twice: once by the caller's goroutine, and once more by a timer's when there is no answer
// in time. The first answer wins, and the other attempt is ended.
type hedge struct {
	upstream *Upstream
	timer    *time.Timer
	ended    chan outcome // of the second attempt; of capacity 1
	users    atomic.Int32 // the goroutines that still look at it

	mu     sync.Mutex
	first  *Call      // nil as soon as no second attempt must begin
	copy   *duplicate // the second attempt's call; nil before there is one
	conns  [2]*wire.Conn
	winner int // 1 or 2; 0 while there is none
}

func (h *hedges) acquire() *hedge {
	if one, ok := h.pool.Get().(*hedge); ok {
		return one
	}
	one := &hedge{ended: make(chan outcome, 1)}
	one.timer = time.AfterFunc(time.Hour, one.again)
	one.timer.Stop()
	return one
}

// sendHedged is sendOnce, with a second attempt elsewhere when there is no answer after so many nanoseconds. When the first
// one does not bring an answer, the second one's end, its node and its answer become the call's.
func (u *Upstream) sendHedged(n *node, c *Call, after int64) outcome {
	h := u.hedges.acquire()
	h.upstream, h.first, h.winner = u, c, 0
	h.users.Store(2)
	c.hedge, c.second = h, false
	h.timer.Reset(time.Duration(after))
	out := u.send(n, c, c.attemptDeadline())
	c.ended = wire.Now()
	c.hedge = nil
	if h.timer.Stop() {
		h.users.Add(-1) // it never began
	}
	second := h.close(out)
	if h.lost(out) {
		took := c.ended - c.began // it would have taken longer
		n.latency.observe(c.ended, took)
		u.hedges.latency.observe(c.ended, took)
	} else {
		u.learn(n, c, out)
	}
	if second != nil && out != answered && (out != clientGone || h.lost(out)) {
		out = h.takeOver(c, out, second)
	}
	h.leave()
	return out
}

// close says that the first attempt has ended so. It returns the second one's call; nil when there is none, and will be none.
func (h *hedge) close(out outcome) *duplicate {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.first = nil
	if out == clientGone && h.winner == 0 {
		h.decide(0) // nobody waits for the second one either
	}
	return h.copy
}

// lost reports whether the first attempt ended so because the second one had an answer.
func (h *hedge) lost(out outcome) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return out == clientGone && h.winner == 2
}

// takeOver makes the second attempt's end that of the call: it has an answer, or is the last hope for one.
func (h *hedge) takeOver(c *Call, first outcome, d *duplicate) outcome {
	out := <-h.ended
	c.Node.release()
	h.upstream.fleet.queue.wake()
	if first != failedConnect {
		c.sent++
	}
	c.Node, d.call.Node = d.call.Node, nil // its place is the call's now
	c.began, c.ended, c.heard = d.call.began, d.call.ended, d.call.heard
	c.tried[c.Attempts] = c.Node
	c.Attempts++
	if out == answered {
		h.upstream.hedges.won.Add(1)
		*c.Reply, d.reply = d.reply, *c.Reply
	}
	return out
}

// again makes the second attempt. It runs in the timer's goroutine.
func (h *hedge) again() {
	defer h.leave()
	d := h.begin()
	if d == nil {
		return
	}
	u, c := h.upstream, &d.call
	c.Node.started.Add(1)
	out := u.send(c.Node, c, c.attemptDeadline())
	c.ended = wire.Now()
	if out != clientGone {
		u.learn(c.Node, c, out)
	}
	h.ended <- out
}

// begin makes the call of the second attempt, with a place on another node; nil when there must be none.
func (h *hedge) begin() *duplicate {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.first == nil || h.winner != 0 {
		return nil
	}
	n := h.upstream.anotherForHedge(h.first)
	if n == nil {
		return nil
	}
	d := duplicateOf(h.first)
	d.call.Node, d.call.began, d.call.hedge, d.call.second = n, wire.Now(), h, true
	h.copy = d
	return d
}

// anotherForHedge returns a node for a second attempt, with a place on it; nil when there must be none.
func (u *Upstream) anotherForHedge(c *Call) *node {
	n := u.fleet.view.Load().elsewhere(c.tried[:c.Attempts], u.plan.perNode)
	if n == nil {
		return nil
	}
	if !u.hedges.budget.take(wire.Now(), u.fleet.attempts()) {
		n.release()
		return nil
	}
	u.hedges.sent.Add(1)
	return n
}

// leave ends one goroutine's use. The last one cleans up.
func (h *hedge) leave() {
	if h.users.Add(-1) > 0 {
		return
	}
	u := h.upstream
	if d := h.copy; d != nil {
		if d.call.Node != nil {
			d.call.Node.release() // it lost
			u.fleet.queue.wake()
		}
		d.release()
	}
	select {
	case <-h.ended:
	default:
	}
	h.upstream, h.copy, h.conns = nil, nil, [2]*wire.Conn{}
	u.hedges.pool.Put(h)
}

// waits notes the connection on which an attempt of a hedged call is about to wait; false when the other attempt has won. For
// a call that is not hedged (h is nil) nothing is noted.
func (h *hedge) waits(c *Call, conn *wire.Conn) bool {
	if h == nil {
		return true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.conns[c.side()] = conn
	return h.winner == 0
}

// wins decides that an attempt's answer is the call's, and ends the other attempt; false when that has won before.
func (h *hedge) wins(c *Call) bool {
	if h == nil {
		return true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.winner != 0 {
		return false
	}
	h.decide(c.side())
	return true
}

// decide ends the attempt that is not on this side. Called with the lock.
func (h *hedge) decide(side int) {
	h.winner = 1 + side
	if other := h.conns[1-side]; other != nil {
		other.Abandon()
	}
	h.conns = [2]*wire.Conn{}
}

// side is which attempt of a hedged call this is.
func (c *Call) side() int {
	if c.second {
		return 1
	}
	return 0
}
