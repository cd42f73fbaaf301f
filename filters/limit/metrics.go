package limit

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// WriteMetrics writes what is to be known of the limits beside their refusals, in Prometheus' text form: whether a table
// is too small, what an adaptive limit is at, and how much was decided without the shared state.
func (m *Memory) WriteMetrics(w io.Writer) {
	overflow := func(kind, name string, n uint64) {
		fmt.Fprintf(w, "sallyport_limit_overflow_total{kind=%q,limit=%q} %d\n", kind, name, n)
	}
	for _, name := range slices.Sorted(maps.Keys(m.rates)) {
		switch l := m.rates[name].limit.limiter.(type) {
		case *rate:
			overflow("rate", name, l.table.Overflowed())
		case *cluster:
			overflow("rate", name, l.leases.Overflowed())
			fmt.Fprintf(w, "sallyport_limit_alone_total{limit=%q} %d\n", name, l.decided.Load())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.quotas)) {
		overflow("quota", name, m.quotas[name].limit.limiter.(*quota).table.Overflowed())
	}
	for _, name := range slices.Sorted(maps.Keys(m.penalties)) {
		overflow("penalty", name, m.penalties[name].limit.counts.Overflowed())
	}
	for _, name := range slices.Sorted(maps.Keys(m.gates)) {
		g := m.gates[name].limit
		overflow("concurrency", name, g.table.Overflowed())
		fmt.Fprintf(w, "sallyport_concurrency_limit{limit=%q} %d\n", name, g.limit())
	}
}
