package histogram

import (
	"fmt"
	"io"
	"strconv"
)

// WritePrometheus writes the histogram as name_bucket, name_sum and name_count, in seconds. The labels are written as
// given: `route="orders"`, several separated by commas, or none.
func (h *Histogram) WritePrometheus(w io.Writer, name, labels string) {
	s := h.Snapshot()
	inner, outer := "", ""
	if labels != "" {
		inner, outer = labels+",", "{"+labels+"}"
	}
	cumulative := uint64(0)
	for b, n := range s.Counts {
		cumulative += n
		fmt.Fprintf(w, "%s_bucket{%sle=%q} %d\n", name, inner, edge(b), cumulative)
	}
	fmt.Fprintf(w, "%s_sum%s %s\n", name, outer, strconv.FormatFloat(float64(s.Sum)/1e9, 'g', -1, 64))
	fmt.Fprintf(w, "%s_count%s %d\n", name, outer, s.Count)
}

// edge is the upper edge of a bucket as Prometheus writes it: seconds, or +Inf.
func edge(bucket int) string {
	if bucket == len(bounds) {
		return "+Inf"
	}
	return strconv.FormatFloat(float64(bounds[bucket])/1e9, 'g', -1, 64)
}
