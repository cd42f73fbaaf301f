package gateway

import (
	"fmt"
	"strings"

	"sallyport/filters"
)

// route is one route of the configuration, compiled. It never changes, and serves many requests at the same time.
type route struct {
	site      filters.Site
	steps     []filters.Filter // in the one order of compile
	names     []string         // of the steps, for people
	replies   []replyStep      // the response halves, the last filter's first
	finishers []finishStep
	target    *target // nil: the last step answers every request
	odd       oddities
	timeouts  routeTimeouts
	counters  *routeCounters
	denials   *denials
}

// replyStep is the response half of the filter at an index of steps.
type replyStep struct {
	step   int
	filter filters.ResponseFilter
}

type finishStep struct {
	step   int
	filter filters.Finisher
}

// serve takes a request through the filters, to the upstream when all of them let it, and its reply back through those
// that did.
func (r *route) serve(f *flight) {
	f.passed = r.request(f)
	r.conclude(f)
}

// conclude is the way back.
func (r *route) conclude(f *flight) {
	if f.passed == len(r.steps) {
		r.forward(f)
	}
	for i := range r.replies {
		if s := &r.replies[i]; s.step < f.passed {
			s.filter.Response(&f.Exchange)
		}
	}
}

// request returns how many filters said Next.
func (r *route) request(f *flight) int {
	for i, step := range r.steps {
		if step.Request(&f.Exchange) != filters.Next {
			return i
		}
	}
	return len(r.steps)
}

// finish tells the filters that the exchange is over.
func (r *route) finish(f *flight) {
	for i := range r.finishers {
		if s := &r.finishers[i]; s.step < f.passed {
			s.filter.Finish(&f.Exchange)
		}
	}
}

// addStep appends a filter with the halves it has.
func (r *route) addStep(f filters.Filter) {
	step := len(r.steps)
	r.steps = append(r.steps, f)
	r.names = append(r.names, strings.TrimPrefix(fmt.Sprintf("%T", f), "*"))
	if reply, ok := f.(filters.ResponseFilter); ok {
		r.replies = append([]replyStep{{step, reply}}, r.replies...)
	}
	if finisher, ok := f.(filters.Finisher); ok {
		r.finishers = append(r.finishers, finishStep{step, finisher})
	}
}
