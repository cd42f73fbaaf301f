package limit

import (
	"fmt"
	"maps"
	"slices"

	"sallyport/conf"
	"sallyport/filters"
)

// Compile makes a route's limits: what stands before authentication and what stands behind it.
func Compile(m *Memory, rules *conf.Rules, site *filters.Site) (early, late []filters.Filter, err error) {
	for _, c := range penaltiesOf(rules) { // first of all, so that they see what the others refuse
		if c.Mode == conf.Off {
			continue
		}
		penalty, err := compilePenalty(m, c, site)
		if err != nil {
			return nil, nil, fmt.Errorf("penalty %s: %w", c.Name, err)
		}
		if penalty.blocks.Late() {
			late = append(late, penalty)
		} else {
			early = append(early, penalty)
		}
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

// ratesOf lists a route's rates in an order that does not change.
func ratesOf(rules *conf.Rules) []*conf.RateLimit { return listed(rules.Rate, rules.Rates) }

// penaltiesOf lists a route's penalties in an order that does not change.
func penaltiesOf(rules *conf.Rules) []*conf.Penalty { return listed(rules.Penalty, rules.Penalties) }

func listed[T any](one *T, more map[string]*T) []*T {
	var list []*T
	if one != nil {
		list = append(list, one)
	}
	for _, name := range slices.Sorted(maps.Keys(more)) {
		list = append(list, more[name])
	}
	return list
}
