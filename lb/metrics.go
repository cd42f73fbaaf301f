package lb

import (
	"fmt"
	"io"
)

// WriteMetrics writes the metrics of the upstream and of the nodes it has now, in the text form of Prometheus. Their labels
// are names from the definition or addresses that discovery found, at most maxFound.
func (u *Upstream) WriteMetrics(w io.Writer) {
	upstream := fmt.Sprintf("upstream=%q", u.name)
	u.seconds.WritePrometheus(w, "sallyport_upstream_seconds", upstream)
	line := func(name, labels string, value any) { fmt.Fprintf(w, "%s{%s} %d\n", name, labels, value) }
	s := u.Status()
	line("sallyport_upstream_ready", upstream, s.Ready)
	line("sallyport_upstream_waiting", upstream, s.Waiting)
	line("sallyport_upstream_retries_total", upstream, s.Retries)
	line("sallyport_upstream_retries_refused_total", upstream, s.Unpaid)
	line("sallyport_upstream_hedges_total", upstream, s.Hedges)
	line("sallyport_upstream_hedges_won_total", upstream, s.HedgesWon)
	for f := Connect; f < Failures; f++ {
		if n := u.numbers.failed[f].Load(); n > 0 {
			line("sallyport_upstream_failed_total", fmt.Sprintf("%s,reason=%q", upstream, f), n)
		}
	}
	if s.Breaker != nil {
		open := 0
		if s.Breaker.State != closed.String() {
			open = 1
		}
		line("sallyport_upstream_breaker_open", upstream, open)
		line("sallyport_upstream_breaker_opened_total", upstream, s.Breaker.Opened)
	}
	for _, n := range s.Nodes {
		node := fmt.Sprintf("%s,node=%q", upstream, n.Name)
		ready := 0
		if n.State == "ready" {
			ready = 1
		}
		line("sallyport_upstream_node_ready", node, ready)
		line("sallyport_upstream_inflight", node, n.Inflight)
		line("sallyport_upstream_attempts_total", node, n.Attempts)
		line("sallyport_upstream_ejections_total", node, n.Ejections)
		for _, kind := range kinds {
			if times := n.Failures[kind]; times > 0 {
				line("sallyport_upstream_attempts_failed_total", fmt.Sprintf("%s,kind=%q", node, kind), times)
			}
		}
	}
}
