package waf

import (
	"fmt"
	"sync"

	"github.com/VictoriaMetrics/metrics"

	"sallyport/filters"
	"sallyport/filters/waf/engine"
)

// counts are the filter's metrics. Refusals and shadowed refusals are counted with every other filter's.
type counts struct {
	site      *filters.Site
	inspected *metrics.Counter
	rules     *sync.Map // id of a rule that had a part in a refusal -> *metrics.Counter
}

// newCounts binds the counters of a route.
func newCounts(site *filters.Site) counts {
	return counts{
		site:      site,
		inspected: site.Metrics.GetOrCreateCounter(fmt.Sprintf("sallyport_waf_inspected_total{route=%q}", site.Route)),
		rules:     &sync.Map{},
	}
}

// add counts the rules of a refusal by id: the ids of a ruleset are a closed list, so there are no more counters than rules
// that ever refused something. This is the cold path.
func (c *counts) add(t *engine.Tx) {
	for _, m := range t.Matches() {
		if !m.Rule.Log || m.Rule.Message == nil {
			continue
		}
		n, ok := c.rules.Load(m.Rule.ID)
		if !ok {
			n = c.site.Metrics.GetOrCreateCounter(
				fmt.Sprintf("sallyport_waf_rule_total{route=%q,rule=\"%d\"}", c.site.Route, m.Rule.ID))
			c.rules.Store(m.Rule.ID, n)
		}
		n.(*metrics.Counter).Inc()
	}
}
