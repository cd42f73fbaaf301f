package limit

import (
	"sallyport/conf"
	"sallyport/filters"
)

// Compile makes a route's limits: what stands before authentication and what stands behind it.
func Compile(m *Memory, rules *conf.Rules, site *filters.Site) (early, late []filters.Filter, err error) {
	penalty, err := compilePenalty(m, rules, site)
	if err != nil {
		return nil, nil, err
	}
	switch { // first of all, so that it sees what the others refuse
	case penalty == nil:
	case penalty.blocks.Late():
		late = append(late, penalty)
	default:
		early = append(early, penalty)
	}
	before, behind, err := compileFilters(m, rules, site)
	if err != nil {
		return nil, nil, err
	}
	if len(before.entries) > 0 {
		early = append(early, before)
	}
	if len(behind.entries) > 0 {
		late = append(late, behind)
	}
	concurrency, err := compileConcurrency(m, rules, site)
	if err != nil {
		return nil, nil, err
	}
	if concurrency != nil {
		late = append(late, concurrency)
	}
	return early, late, nil
}
