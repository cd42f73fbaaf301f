package waf

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// finding is what Tune reads of an access line.
type finding struct {
	Route string `json:"route"`
	WAF   struct {
		Rules []struct {
			ID      int `json:"id"`
			Matched []struct {
				Target string `json:"target"`
			} `json:"matched"`
		} `json:"rules"`
	} `json:"waf"`
}

// Tune reads access lines and writes, for each route, the narrowest exclusions that would have let the refused requests pass:
// for each rule, the values that it matched. It returns how many refusals there were. Lines of another kind do not count.
func Tune(w io.Writer, lines io.Reader) (refusals int, err error) {
	routes := map[string]map[int]map[string]bool{}
	in := bufio.NewScanner(lines)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var f finding
		if json.Unmarshal(in.Bytes(), &f) != nil || len(f.WAF.Rules) == 0 {
			continue
		}
		refusals++
		rules := routes[f.Route]
		if rules == nil {
			rules = map[int]map[string]bool{}
			routes[f.Route] = rules
		}
		for _, r := range f.WAF.Rules {
			for _, m := range r.Matched {
				if strings.HasPrefix(m.Target, "TX") {
					continue // the score: a rule that only adds up
				}
				if rules[r.ID] == nil {
					rules[r.ID] = map[string]bool{}
				}
				rules[r.ID][m.Target] = true
			}
		}
	}
	if err := in.Err(); err != nil {
		return refusals, err
	}
	for _, route := range sortedKeys(routes) {
		if err := writeExclusions(w, route, routes[route]); err != nil {
			return refusals, err
		}
	}
	return refusals, nil
}

// writeExclusions writes one exclusion for all rules that matched the same targets.
func writeExclusions(w io.Writer, route string, rules map[int]map[string]bool) error {
	byTargets := map[string][]string{}
	for id, targets := range rules {
		var quoted []string
		for _, t := range sortedKeys(targets) {
			quoted = append(quoted, fmt.Sprintf("%q", t))
		}
		key := strings.Join(quoted, ", ")
		byTargets[key] = append(byTargets[key], fmt.Sprintf("\"%d\"", id))
	}
	if _, err := fmt.Fprintf(w, "# [routes.%s]\nexclude = [\n", route); err != nil {
		return err
	}
	for _, targets := range sortedKeys(byTargets) {
		ids := byTargets[targets]
		slices.Sort(ids)
		if _, err := fmt.Fprintf(w, "  { rules = [%s], targets = [%s] },\n", strings.Join(ids, ", "), targets); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, "]")
	return err
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
