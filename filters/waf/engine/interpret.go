package engine

import (
	"math/bits"

	"sallyport/filters/waf/seclang"
	"sallyport/filters/waf/transform"
)

// run evaluates the rules of one phase.
func (t *Tx) run(phase seclang.Phase) {
	t.phase = phase
	if t.plan != nil {
		t.runPlan(phase)
	} else {
		t.runAll(phase, 0)
	}
	if t.allow == allowPhase {
		t.allow = allowNothing
	}
	t.skip = 0
}

// runAll evaluates the rules from i on as they are written.
func (t *Tx) runAll(phase seclang.Phase, i int) {
	for ; i < len(t.p.rules); i++ {
		r := &t.p.rules[i]
		if t.interruption != nil && phase != seclang.LoggingPhase {
			return
		}
		t.reached = i
		if r.phase != seclang.AnyPhase && r.phase != phase || t.removed.has(i) {
			continue
		}
		if t.skipAfter != "" {
			if r.marker == t.skipAfter {
				t.skipAfter = ""
			}
			continue
		}
		if t.skip > 0 {
			t.skip--
			continue
		}
		if t.allowed(phase) {
			return
		}
		t.evaluate(r)
	}
}

// runPlan evaluates what the plan has left of the program, and of that only what could match.
func (t *Tx) runPlan(phase seclang.Phase) {
	pp := &t.plan.phases[phase]
	i := 0
	if t.skipAfter != "" {
		i = t.jump(0)
	}
	for {
		if t.allowed(phase) {
			return
		}
		if i = t.nextOf(pp, i); i < 0 {
			t.reached = len(t.p.rules)
			return
		}
		t.reached = i
		if t.removed.has(i) {
			i++
			continue
		}
		if changes, ok := pp.set[i]; ok {
			for _, c := range changes {
				t.tx[c.slot] = c.value
			}
			i++
			continue
		}
		t.evaluate(&t.p.rules[i])
		i++
		switch {
		case t.interruption != nil:
			return
		case t.plan == nil: // a rule has taken something away that the plan relies on
			t.leftPhase, t.leftPlan = phase, i
			t.runAll(phase, i)
			return
		case t.skipAfter != "":
			i = t.jump(i)
		case t.skip > 0:
			i = t.pass(phase, i)
		}
	}
}

// nextOf returns the next rule from i on that may have to run, or -1.
func (t *Tx) nextOf(pp *phasePlan, i int) int {
	for w := i >> 6; w < len(pp.reach); w++ {
		word := uint64(0)
		if w < len(pp.always) {
			word = pp.always[w]
		}
		if w < len(t.live) {
			word |= t.live[w] & pp.reach[w]
		}
		if w == i>>6 {
			word &= ^uint64(0) << (i & 63)
		}
		if word != 0 {
			return w<<6 + bits.TrailingZeros64(word)
		}
	}
	return -1
}

// jump returns the place behind the marker that a skipAfter goes to, from i on. Where there is none, the jump goes on in the
// next phase.
func (t *Tx) jump(i int) int {
	for ; i < len(t.p.rules); i++ {
		if t.p.rules[i].marker == t.skipAfter {
			t.skipAfter = ""
			return i + 1
		}
	}
	return i
}

// pass returns the place behind the rules that a skip passes over, from i on.
func (t *Tx) pass(phase seclang.Phase, i int) int {
	for ; i < len(t.p.rules) && t.skip > 0; i++ {
		if r := &t.p.rules[i]; (r.phase == seclang.AnyPhase || r.phase == phase) && !t.removed.has(i) {
			t.skip--
		}
	}
	return i
}

// allowed reports whether an allow action ends the phase.
func (t *Tx) allowed(phase seclang.Phase) bool {
	switch t.allow {
	case allowPhase, allowAll:
		return true
	case allowRequest:
		if phase == seclang.RequestBodyPhase {
			t.allow = allowNothing
			return true
		}
		return phase == seclang.RequestHeadersPhase
	}
	return false
}

// evaluate runs one rule, and the rest of its chain when it is a head. It reports whether the rule (for a head: the whole
// chain) matched.
func (t *Tx) evaluate(r *rule) bool {
	t.capturing = r.capture || t.Verbose && r.def.Capture
	t.current = r
	if r.head {
		t.cols[matchedVars] = t.cols[matchedVars][:0]
		t.hitsStart = len(t.hits)
		t.note = Note{}
	}
	matched := false
	if r.op == nil {
		t.matched(r, seclang.Unknown, member{})
		matched = true
	}
	for i := range r.targets {
		if t.evaluateTarget(r, &r.targets[i]) {
			matched = true
		}
	}
	t.capturing = false
	if !matched || !r.head {
		return matched
	}
	for link := r.chain; link != nil; link = link.chain {
		if !t.evaluate(link) {
			return false
		}
	}
	t.current = r
	t.conclude(r)
	return true
}

// evaluateTarget tests the values that one target selects.
func (t *Tx) evaluateTarget(r *rule, g *target) bool {
	t.collect(r, g)
	matched := false
	for i := range t.members {
		m := t.members[i]
		if r.multi {
			matched = t.evaluateEach(r, g, m) || matched
			continue
		}
		made := false
		if len(r.transforms) > 0 {
			m.value, made = t.transformed(r.transforms, m.value)
		}
		matched = t.test(r, g, m, made) || matched
	}
	return matched
}

// evaluateEach is evaluateTarget for multiMatch: the value is tested as it is and after every transformation that says it
// has changed it.
func (t *Tx) evaluateEach(r *rule, g *target, m member) bool {
	matched := t.test(r, g, m, false)
	for _, f := range r.transforms {
		if !triggered(f, m.value) {
			continue
		}
		t.work, t.spare = t.spare, t.work
		var changed bool
		if t.work, changed = f.Func(t.work[:0], m.value); changed {
			m.value = t.work
			matched = t.test(r, g, m, true) || matched
		} else {
			t.work, t.spare = t.spare, t.work // the value may lie in the other buffer
		}
	}
	return matched
}

// test asks the operator about one value and does what follows from a match. made says that the value lies in a buffer which
// will be used again.
func (t *Tx) test(r *rule, g *target, m member, made bool) bool {
	if r.op.match(t, m.value) == r.negated {
		return false
	}
	if made {
		m.value = t.arena.copy(m.value)
	}
	t.matched(r, g.variable, m)
	return true
}

// transformed returns a value after a list of transformations. made says that the result is in a buffer which the next call
// uses again.
func (t *Tx) transformed(list []*transform.Transform, value []byte) (out []byte, made bool) {
	for _, f := range list {
		if !triggered(f, value) {
			continue
		}
		t.work, t.spare = t.spare, t.work
		t.work, _ = f.Func(t.work[:0], value)
		value, made = t.work, true
	}
	return value, made
}

// triggered reports whether a transformation may change a value.
func triggered(f *transform.Transform, value []byte) bool {
	if f.Triggers == nil {
		return true
	}
	for _, c := range value {
		if f.Triggers[c] {
			return true
		}
	}
	return false
}

// matched does what follows from one value's match: MATCHED_VAR and its kin, then the rule's effects. This happens even if
// the rest of the chain does not match.
func (t *Tx) matched(r *rule, v seclang.Variable, m member) {
	name := t.variableName(v, m.key)
	t.add(matchedVars, name, m.value)
	t.scalars[seclang.MatchedVar] = m.value
	t.scalars[seclang.MatchedVarName] = name
	for i := range r.effects {
		if s := r.effects[i].set; s != nil {
			t.setVar(s)
		} else {
			t.control(r.effects[i].ctl)
		}
	}
	if v != seclang.Unknown && len(t.hits) < maxHits {
		t.hits = append(t.hits, Hit{Variable: v, Key: m.key, Value: m.value})
	}
	if !t.Verbose && !t.p.rules[r.index].log {
		return
	}
	if (!r.head || r.chain == nil) && t.note.Message == nil && r.message != nil {
		t.note = t.describe(r)
	}
}

// describe expands a rule's message and log data with the present state.
func (t *Tx) describe(r *rule) (n Note) {
	if r.message != nil {
		n.Message = t.expand(r.message)
	}
	if r.logData != nil && t.Verbose {
		n.Data = t.expand(r.logData)
	}
	return n
}

// variableName returns NAME or NAME:key.
func (t *Tx) variableName(v seclang.Variable, key []byte) []byte {
	name := v.String()
	if len(key) == 0 {
		return variableNameBytes[v]
	}
	t.arena.reserve(len(name) + 1 + len(key))
	mark := t.arena.begin()
	t.arena.buf = append(t.arena.buf, name...)
	t.arena.buf = append(t.arena.buf, ':')
	t.arena.append(key)
	return t.arena.end(mark)
}

// variableNameBytes are the names of the variables.
var variableNameBytes = func() (list [seclang.NumVariables][]byte) {
	for v := range list {
		list[v] = []byte(seclang.Variable(v).String())
	}
	return list
}()

// conclude does what follows when a whole chain has matched.
func (t *Tx) conclude(r *rule) {
	if r.chain != nil || r.op == nil {
		if (t.Verbose || r.log) && r.message != nil {
			t.note = t.describe(r)
		}
	}
	for _, a := range r.flow {
		switch a.Kind {
		case seclang.SkipAfter:
			t.skipAfter = a.Text
		case seclang.Skip:
			t.skip = a.Number
		}
	}
	t.decide(r)
	if r.id == 0 {
		return
	}
	if s := r.def.Severity; s >= 0 && s < toNumber(t.scalars[seclang.HighestSeverity]) {
		t.scalars[seclang.HighestSeverity] = t.number(s)
	}
	t.matches = append(t.matches, Match{Rule: r.def, Note: t.note, firstHit: t.hitsStart, lastHit: len(t.hits)})
}

// decide carries out the disruptive action.
func (t *Tx) decide(r *rule) {
	in := Interruption{Rule: r.id, Status: r.status, Action: r.disruptive.Kind}
	switch r.disruptive.Kind {
	case seclang.Allow:
		if t.engine == seclang.EngineOn {
			t.allow = map[string]allowance{"": allowAll, "phase": allowPhase, "request": allowRequest}[r.disruptive.Text]
		}
		return
	case seclang.Deny:
		if in.Status == 0 {
			in.Status = 403
		}
	case seclang.Drop:
	case seclang.Redirect:
		in.Location = r.disruptive.Text
		if s := r.status; s != 301 && s != 303 && s != 307 {
			in.Status = 302
		}
	default:
		return
	}
	switch {
	case t.engine == seclang.EngineOn:
		t.interrupt = in
		t.interruption = &t.interrupt
	case t.engine == seclang.EngineDetectionOnly && t.wouldBe == nil:
		t.interrupt = in
		t.wouldBe = &t.interrupt
	}
}
