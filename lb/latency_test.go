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
	l.observe(second+5*ms, 100*ms) // a peak counts at once
	f(second+5*ms, 100*ms)
	l.observe(second+5*ms, ms) // and does not go away as fast
	f(second+6*ms, 100*ms)
	f(second+10*second, 37*ms) // it fades
	l.observe(second+10*second, 2*ms)
	f(second+10*second, 100*ms/1000*368+2*ms/1000*632)
	l.observeFailure(12*second, ms) // a fast failure is no fast answer
	f(11*second, 100*ms/1000*368+2*ms/1000*632)
	l.observeFailure(12*second, second)
	f(12*second, second)
	l.forget()
	l.observeFailure(12*second, second)
	f(12*second, 0)
}
