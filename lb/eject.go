package lb

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"sallyport/conf"
	"sallyport/internal/wire"
)

// inARow is how many attempts in a row must end without an answer to eject a node whatever the window says: to a node that
// stalls few requests are sent, because those that are there count against it, too few to judge it by their share.
const inARow = 3

// maxTimesOut bounds how long an ejection grows: 2^maxTimesOut times the first one.
const maxTimesOut = 4

// record is how a node has answered lately, for passive ejection. A node has one where the definition has eject.
type record struct {
	eject   *conf.Eject
	counts  [outcomes]bool // which failures count
	errors  bool           // whether answers of 500 and above count
	window  *window
	row     atomic.Int32 // attempts, one after another, without an answer
	last    atomic.Int64 // monotonic ns: when the last one of them ended
	latency *quantiles   // of answers; nil unless nodes are compared by it
}

// newRecord returns an empty record; nil when there is nothing to judge by.
func newRecord(e *conf.Eject) *record {
	if e == nil {
		return nil
	}
	r := &record{eject: e, window: newWindow(time.Duration(e.Window))}
	for _, word := range e.On {
		switch word {
		case "connect":
			r.counts[failedConnect] = true
		case "reset":
			r.counts[failedReset], r.counts[failedMalformed] = true, true
		case "timeout":
			r.counts[failedTimeout] = true
		case "5xx":
			r.errors = true
		}
	}
	if e.Latency > 0 {
		r.latency = newQuantiles(time.Duration(e.Window))
	}
	return r
}

// keepRecord gives a node the record that the definition asks for; the one that it has, when that is the same. Called with the lock.
func (f *fleet) keepRecord(n *node, e *conf.Eject) {
	r := n.record.Load()
	if r != nil && e != nil && reflect.DeepEqual(r.eject, e) {
		return
	}
	n.record.Store(newRecord(e))
	if e == nil {
		f.clear(n, ejected, "nothing ejects any more")
	}
}

// add takes in how an attempt ended at the monotonic time now, after took nanoseconds, and returns what is to be held against
// the node; "" for nothing. A nil record holds nothing against anybody.
func (r *record) add(now, took int64, out outcome, status int) (reason string) {
	if r == nil || out == clientGone || out == failedStale {
		return "" // a connection that was closed while idle tells nothing about the node
	}
	bad := r.counts[out] || out == answered && r.errors && status >= 500
	r.window.record(now, bad)
	if out == answered {
		if r.row.Load() != 0 {
			r.row.Store(0)
		}
		if r.latency != nil {
			r.latency.observe(now, took)
		}
	}
	if !bad {
		return ""
	}
	if out != answered && r.unanswered(now, took) >= inARow {
		return fmt.Sprintf("%d attempts in a row without an answer", inARow)
	}
	if events, failures := r.window.sum(now); over(events, failures, r.eject.Errors.Fraction(), r.eject.MinRequests) {
		return fmt.Sprintf("%d of %d attempts in %s failed", failures, events, r.eject.Window)
	}
	return ""
}

// unanswered counts an attempt that ended without an answer, and returns how many there were one after another. Those that ran at
// the same time are one: a connection that breaks, or a process that dies, ends all of them.
func (r *record) unanswered(now, took int64) int32 {
	last := r.last.Load()
	if r.row.Load() > 0 && now-took < last || !r.last.CompareAndSwap(last, now) {
		return 0
	}
	return r.row.Add(1)
}

// reset forgets all but so many attempts in a row without an answer.
func (r *record) reset(row int32) {
	r.window.reset()
	r.row.Store(row)
	if r.latency != nil {
		r.latency.reset()
	}
}

// eject takes a node out for a while, longer each time, unless as many as may be are out already or no other one is left. It reports
// whether the node is out.
func (f *fleet) eject(n *node, e *conf.Eject, reason string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case n.flaws&(ejected|leaving|drained) != 0:
		return true
	case !f.another(n) || f.ejectedNodes() >= most(e.Max, len(f.nodes)):
		return false
	}
	now := time.Now()
	if !n.until.IsZero() && now.Sub(n.until) > 2*timeOut(e, n.timesOut) {
		n.timesOut = 0 // it has behaved for long enough
	}
	out := jitter(timeOut(e, n.timesOut))
	n.timesOut++
	n.ejections++
	n.until = now.Add(out)
	f.mark(n, ejected, reason)
	time.AfterFunc(out, func() { f.readmit(n) })
	if n.watched != nil {
		go f.visit(n.watched, n)
	}
	return true
}

// visit looks whether a node that was ejected has died, as a killed process does under load. Then it is one that refuses: it is
// back when it can be connected to, and not when a time is over.
func (f *fleet) visit(ctx context.Context, n *node) {
	limited, cancel := context.WithTimeout(ctx, n.transport.Load().connect)
	defer cancel()
	if f.connect(limited, n) == nil || ctx.Err() != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if n.flaws&ejected == 0 {
		return
	}
	n.flaws &^= ejected
	n.timesOut--
	if r := n.record.Load(); r != nil {
		r.reset(0)
	}
	if n.flaws&refusing == 0 {
		f.mark(n, refusing, "connections fail")
		go f.knock(ctx, n)
	}
}

// timeOut is how long the next ejection is, after a node was ejected so many times in short order.
func timeOut(e *conf.Eject, before int) time.Duration {
	return time.Duration(e.For) << min(before, maxTimesOut)
}

// most is how many of n nodes may be out: the share, but at least one.
func most(share conf.Percent, n int) int {
	const rounding = 1e-9 // 70% of 10 nodes are 7
	return max(1, int(share.Fraction()*float64(n)+rounding))
}

func (f *fleet) ejectedNodes() (n int) {
	for _, other := range f.nodes {
		if other.flaws&ejected != 0 {
			n++
		}
	}
	return n
}

// readmit ends an ejection; the node is judged anew.
func (f *fleet) readmit(n *node) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Now().Before(n.until) {
		return // it was restored by hand meanwhile, and ejected again
	}
	if r := n.record.Load(); r != nil {
		r.reset(inARow - 1) // the next attempt without an answer is enough
	}
	f.clear(n, ejected, "its time out is over")
}

// compare looks ten times in a window for nodes that are far slower than the others, until ctx ends.
func (f *fleet) compare(ctx context.Context, e *conf.Eject) {
	for sleep(ctx, time.Duration(e.Window)/windowSlots) {
		for _, n := range f.outliers(e, wire.Now()) {
			f.eject(n, e, fmt.Sprintf("its median latency is more than %g times the median node's", e.Latency))
		}
	}
}

// outlierFloor is a median latency in nanoseconds that is never called slow.
const outlierFloor = 5e6

// outliers returns the ready nodes whose median latency is more than e.Latency times that of the median node.
func (f *fleet) outliers(e *conf.Eject, now int64) (slow []*node) {
	f.mu.Lock()
	defer f.mu.Unlock()
	medians := map[*node]int64{}
	var all []int64
	for _, n := range f.nodes {
		r := n.record.Load()
		if r == nil || r.latency == nil || !n.ready() {
			continue
		}
		if median, events := r.latency.at(now, 0.5); events >= uint64(e.MinRequests) {
			medians[n] = median
			all = append(all, median)
		}
	}
	if len(all) < 3 {
		return nil // of two nodes, none is the odd one out
	}
	slices.Sort(all)
	usual := all[(len(all)-1)/2]
	for n, m := range medians {
		if m > outlierFloor && float64(m) > e.Latency*float64(usual) {
			slow = append(slow, n)
		}
	}
	return slow
}
