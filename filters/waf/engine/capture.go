package engine

import "sallyport/filters/waf/seclang"

// numCaptures is how many members of TX a capture sets: "0" to "9", which have the first slots.
const numCaptures = 10

// dropCaptures turns captures off where nothing reads them: most rules of CRS capture for the sake of their log data alone,
// and finding the groups of a match costs much more than finding that there is one. Log data is only written when a Tx is
// verbose, and then everything is captured.
//
// If some rule reads what another one has captured, all captures stay.
func (p *Program) dropCaptures() {
	for i := range p.rules {
		captures := false
		for link := &p.rules[i]; link != nil; link = link.chain {
			captures = captures || link.capture
			if readsCaptures(link) && !captures {
				return
			}
		}
	}
	for i := range p.rules {
		reads := false
		for link := &p.rules[i]; link != nil; link = link.chain {
			reads = reads || readsCaptures(link)
		}
		for link := &p.rules[i]; link != nil && !reads; link = link.chain {
			link.capture = false
		}
	}
}

// readsCaptures reports whether what a link does depends on captures.
func readsCaptures(r *rule) bool {
	for i := range r.targets {
		g := &r.targets[i]
		if g.variable != seclang.TX {
			continue
		}
		if g.slot >= 0 && g.slot < numCaptures {
			return true
		}
		for _, slot := range g.slots {
			if slot < numCaptures {
				return true
			}
		}
	}
	macros := []*macro{r.message}
	switch op := r.op.(type) {
	case *compare:
		macros = append(macros, op.with)
	case *compareText:
		macros = append(macros, op.with)
	}
	for _, e := range r.effects {
		if e.set != nil {
			macros = append(macros, e.set.key, e.set.value)
		}
	}
	for _, m := range macros {
		if m == nil {
			continue
		}
		for _, part := range m.parts {
			if part.variable == seclang.TX && part.slot < numCaptures {
				return true
			}
			if part.variable == seclang.RuleMeta { // may expand the log data
				return true
			}
		}
	}
	return false
}
