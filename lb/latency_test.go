package lb

import (
	"math"
	"testing"
)

func TestLatency(t *testing.T) {
	const ms, second = int64(1e6), int64(1e9)
	var l latency
	f := func(now, want int64) {
		t.Helper()
		if got := l.at(now); math.Abs(float64(got-want)) > 0.02*float64(want) {
			t.Errorf("after %d ms the average is %d us, want about %d us", now/ms, got/1000, want/1000)
		}
	}
	f(0, 0)
	l.observe(second, 10*ms)
	f(second, 10*ms)
	l.observe(second+5*ms, 90*ms) // one slow answer counts, and not for all
	f(second+5*ms, 30*ms)
	for range 10 {
		l.observe(second+5*ms, 90*ms)
	}
	f(second+5*ms, 87*ms)
	l.observe(second+5*ms, ms) // it does not go away as fast
	f(second+6*ms, 87*ms)
	l.observe(second+305*ms, 2*ms)
	f(second+305*ms, 33*ms)
	f(second+10*second+305*ms, 12*ms) // nobody asks, and it fades
	l.observeFailure(12*second, ms)   // a fast failure is no fast answer
	f(second+10*second+305*ms, 12*ms)
	l.observeFailure(12*second, second)
	f(12*second, 275*ms)
	var unknown latency
	if unknown.observeFailure(second, second); unknown.at(second) != 0 {
		t.Error("a failure is all that is known of a node, and it has a latency")
	}
}
