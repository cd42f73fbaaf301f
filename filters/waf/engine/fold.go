package engine

import (
	"strings"

	"sallyport/filters/waf/seclang"
)

// plan is what is left of a program once everything that does not depend on the request has been worked out: the set-up of
// variables, the paranoia levels that are not asked for, the markers between them. It gives the same matches, sooner.
//
// It is made by running the program without a request. A rule that looks only at members of TX whose values are known at
// that place either matches for every request or for none. In the latter case it is left out; in the former its effects
// become part of the plan. Whatever a rule with an open outcome may change, or a jump may pass over, is not known from there.
//
// An action that removes rules may take away what the plan takes for granted. Then the request goes on with the program as
// it is written: the plan's state is the program's at every place.
type plan struct {
	initial [][]byte      // TX at the beginning
	early   []earlyPreset // what of it belongs to later places
	phases  [seclang.NumPhases]phasePlan
	removes []bool // by rule: taking it away would make the plan wrong
}

type phasePlan struct {
	always bitset           // rules that run for every request
	reach  bitset           // rules that can run at all
	given  []int            // rules that have matched without being run, ascending
	set    map[int][]preset // changes of TX, by the rule that makes them
}

// preset is a change of TX that does not depend on the request. A nil value removes.
type preset struct {
	slot  int
	value []byte
}

// earlyPreset is a change of TX that the plan makes before its place, because nothing before that place could tell.
type earlyPreset struct {
	phase  seclang.Phase
	rule   int
	slot   int
	before []byte
}

// folder is the state of the run without a request.
type folder struct {
	p     *Program
	t     *Tx    // its tx holds the values that are known
	open  []bool // by slot: the value is not known
	used  []bool // by slot: a rule that has to run has to do with it
	doubt doubt
}

// doubt says why the present rule may not be reached.
type doubt struct {
	markers map[string]bool // a jump to one of these may be under way
	skips   int             // rules that a skip may still pass over
	phase   bool            // until the end of the phase
	all     bool            // for good
}

func (d *doubt) any() bool { return len(d.markers) > 0 || d.skips > 0 || d.phase || d.all }

// newPlan makes the plan of a program, or returns nil when its rules look at what earlier rules have matched, in a way that
// leaving rules out would change.
func newPlan(p *Program) *plan {
	for i := range p.rules {
		for _, g := range p.rules[i].targets {
			switch g.variable {
			case seclang.MatchedVar, seclang.MatchedVarName, seclang.MatchedVars, seclang.MatchedVarsNames:
				return nil
			}
		}
	}
	f := &folder{p: p, t: new(Tx), open: make([]bool, len(p.txKeys)), used: make([]bool, len(p.txKeys))}
	f.t.Reset(p)
	for i := 0; i <= 10; i++ {
		f.open[i] = true
	}
	f.open[p.txSlots[jsonBodyKey]] = true
	out := &plan{removes: make([]bool, len(p.rules)), initial: append([][]byte(nil), f.t.tx...)}
	f.doubt.markers = map[string]bool{}
	for ph := seclang.RequestHeadersPhase; ph <= seclang.LoggingPhase; ph++ {
		f.phase(out, ph)
	}
	return out
}

// reaches reports whether a rule can run at all.
func (p *plan) reaches(rule int) bool {
	for ph := range p.phases {
		if p.phases[ph].reach.has(rule) {
			return true
		}
	}
	return false
}

// place puts the changes that a rule makes for every request into the plan: before everything else if no rule that runs
// earlier has to do with the variable, at the rule's place otherwise.
func (f *folder) place(out *plan, pp *phasePlan, i int, changes []preset) {
	for _, c := range changes {
		if !f.used[c.slot] {
			out.early = append(out.early, earlyPreset{phase: f.t.phase, rule: i, slot: c.slot, before: out.initial[c.slot]})
			out.initial[c.slot] = c.value
			continue
		}
		pp.set[i] = append(pp.set[i], c)
		pp.always.set(i, len(f.p.rules))
		pp.reach.set(i, len(f.p.rules))
	}
}

// uses notes which members of TX a rule looks at or changes.
func (f *folder) uses(r *rule) {
	macro := func(m *macro) {
		if m != nil {
			for _, p := range m.parts {
				if p.variable == seclang.TX {
					f.used[p.slot] = true
				}
			}
		}
	}
	for link := r; link != nil; link = link.chain {
		for _, g := range link.targets {
			if g.variable != seclang.TX {
				continue
			}
			if g.slot >= 0 {
				f.used[g.slot] = true
			}
			for _, slot := range g.slots {
				f.used[slot] = true
			}
		}
		switch op := link.op.(type) {
		case *compare:
			macro(op.with)
		case *compareText:
			macro(op.with)
		}
		macro(link.message)
		macro(link.logData)
		for _, e := range link.effects {
			if e.set == nil {
				continue
			}
			macro(e.set.key)
			macro(e.set.value)
			for _, slot := range f.changed(e.set) {
				f.used[slot] = true
			}
		}
	}
}

// changed returns the members of TX that a setvar may change.
func (f *folder) changed(s *setVar) (slots []int) {
	if s.slot >= 0 {
		return []int{s.slot}
	}
	prefix := ""
	if first := s.key.parts[0]; first.variable == seclang.Unknown {
		prefix = strings.ToLower(string(first.text))
	}
	for key, slot := range f.p.txSlots {
		if strings.HasPrefix(key, prefix) {
			slots = append(slots, slot)
		}
	}
	return slots
}

func (f *folder) phase(out *plan, ph seclang.Phase) {
	pp := &out.phases[ph]
	pp.set = map[int][]preset{}
	f.doubt.phase, f.doubt.skips = false, 0
	f.t.phase = ph
	jump := ""
	skip := 0
	for i := range f.p.rules {
		r := &f.p.rules[i]
		if r.phase != seclang.AnyPhase && r.phase != ph {
			continue
		}
		if r.marker != "" {
			if r.marker == jump {
				jump = ""
			}
			delete(f.doubt.markers, r.marker)
		}
		switch {
		case jump != "":
			continue
		case skip > 0:
			skip--
			continue
		}
		sure := !f.doubt.any()
		if f.doubt.skips > 0 {
			f.doubt.skips--
		}
		if r.marker != "" {
			continue
		}
		matches, known := f.outcome(r)
		if known && matches == 0 {
			continue
		}
		if known && sure && f.foldable(r) {
			out.removes[i] = true
			pp.given = append(pp.given, i)
			f.place(out, pp, i, f.apply(r, matches))
			for _, a := range r.flow {
				if a.Kind == seclang.SkipAfter {
					jump = a.Text
				} else {
					skip = a.Number
				}
			}
			continue
		}
		pp.reach.set(i, len(f.p.rules))
		if !sieved(f.p, r) {
			pp.always.set(i, len(f.p.rules))
		}
		f.uses(r)
		f.forget(r)
	}
	if jump != "" { // goes on in the next phase: rare enough to leave the plan
		f.doubt.all = true
	}
}

// outcome works out how many values a rule's chain matches. known is false when that depends on the request. For a chain,
// it is known that it does not match when one link does not and those before it change nothing.
func (f *folder) outcome(r *rule) (matches int, known bool) {
	known = true
	for link := r; link != nil; link = link.chain {
		n, ok := f.link(link)
		if ok && n == 0 {
			return 0, true
		}
		known = known && ok
		if link == r {
			matches = n
		}
		if len(link.effects) > 0 || link.capture {
			known = known && link.chain == nil
			if link.chain != nil {
				return matches, false
			}
		}
	}
	return matches, known
}

// link works out how many values one link matches.
func (f *folder) link(r *rule) (matches int, known bool) {
	if r.op == nil {
		return 1, true
	}
	for i := range r.targets {
		if g := &r.targets[i]; g.slot < 0 || f.open[g.slot] {
			return 0, false
		}
	}
	switch op := r.op.(type) {
	case *compare:
		if !f.knows(op.with) {
			return 0, false
		}
	case *compareText:
		if !f.knows(op.with) {
			return 0, false
		}
	case *rxOperator, *pmOperator, *byteRange:
	default:
		return 0, false
	}
	for i := range r.targets {
		f.t.collect(r, &r.targets[i])
		for _, m := range f.t.members {
			value, _ := f.t.transformed(r.transforms, m.value)
			if r.op.match(f.t, value) != r.negated {
				matches++
			}
		}
	}
	return matches, true
}

// knows reports whether the parts of a macro are known.
func (f *folder) knows(m *macro) bool {
	if m == nil {
		return true
	}
	for _, p := range m.parts {
		if p.variable != seclang.Unknown && (p.variable != seclang.TX || f.open[p.slot]) {
			return false
		}
	}
	return true
}

// foldable reports whether a rule that matches for sure can be done in advance: it stands alone, says nothing to the log,
// and what it does is to set known values or to jump.
func (f *folder) foldable(r *rule) bool {
	if r.chain != nil || r.capture || r.multi || r.log || r.def.Severity >= 0 || r.disruptive.Kind > seclang.Block {
		return false
	}
	for _, e := range r.effects {
		if e.set == nil || e.set.slot < 0 || !f.knows(e.set.value) || f.open[e.set.slot] {
			return false
		}
	}
	return true
}

// apply does the effects of a rule and returns what they change.
func (f *folder) apply(r *rule, matches int) (changes []preset) {
	for range matches {
		for _, e := range r.effects {
			f.t.setVar(e.set)
		}
	}
	for _, e := range r.effects {
		changes = append(changes, preset{e.set.slot, f.t.tx[e.set.slot]})
	}
	return changes
}

// forget notes what a rule with an open outcome may do.
func (f *folder) forget(r *rule) {
	for link := r; link != nil; link = link.chain {
		for _, e := range link.effects {
			if e.set == nil {
				continue
			}
			for _, slot := range f.changed(e.set) {
				f.open[slot] = true
			}
		}
	}
	for _, a := range r.flow {
		if a.Kind == seclang.SkipAfter {
			f.doubt.markers[a.Text] = true
		} else {
			f.doubt.skips = max(f.doubt.skips, a.Number)
		}
	}
	if r.disruptive.Kind == seclang.Allow {
		if r.disruptive.Text == "phase" {
			f.doubt.phase = true
		} else {
			f.doubt.all = true
		}
	}
}
