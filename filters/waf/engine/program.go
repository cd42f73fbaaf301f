// Package engine runs SecLang rules over a request.
//
// A Program is compiled once and shared by all requests; it never changes. A Tx is one request's state: pooled, reset,
// reused. The engine knows nothing of gateways: its caller gives it the request line, the fields and the body.
//
// Rules are read as Coraza 3.8 reads them, oddities included: which variable holds what under which name, when an action
// runs, how a chain goes on. Where a comment says "as Coraza", somebody's rules may depend on it.
package engine

import (
	"fmt"
	"strings"
	"sync"

	"sallyport/filters/waf/rx"
	"sallyport/filters/waf/scan"
	"sallyport/filters/waf/seclang"
	"sallyport/filters/waf/transform"
)

// A Program is a ruleset ready to run. It is immutable and safe for concurrent use.
type Program struct {
	set   *seclang.Ruleset
	rules []rule

	txKeys  [][]byte       // members of TX that the rules name
	txSlots map[string]int // their indices

	usesTime    bool
	changesPath bool

	idle   sync.Pool // of Txs: they remember values for the program
	budget *rx.Budget
	sieve  *sieve
	plan   *plan // nil when rules have to run as they are written
}

// rule is one link of a chain, or a rule that stands alone, or a marker.
type rule struct {
	index   int // of the head, in Program.rules
	id      int
	phase   seclang.Phase
	marker  string
	head    bool
	targets []target

	op         operator // nil for SecAction and markers: they always match
	negated    bool
	transforms []*transform.Transform
	multi      bool
	capture    bool

	effects    []effect // done for each value that matches
	flow       []seclang.Action
	disruptive seclang.Action
	status     int

	message *macro
	logData *macro
	log     bool
	chain   *rule
	def     *seclang.Rule
}

// target is one variable that a rule looks at.
type target struct {
	variable seclang.Variable
	selector selector
	count    bool
	except   []selector
	key      []byte // the selector's, as it is reported
	slot     int    // of TX with a fixed key, -1 elsewhere
	slots    []int  // of TX without one: the named members that it selects
}

// effect is something that happens when a value matches: a member of TX changes, or a ctl.
type effect struct {
	set *setVar
	ctl *ctl
}

type setVar struct {
	slot  int    // of a fixed key, -1 otherwise
	key   *macro // of a key with references
	value *macro // nil removes
}

type ctl struct {
	seclang.CtlAction
	rules     []int // indices of the rules that it picks
	selector  selector
	processor []byte // the body's
}

// compiler is the state of one Compile.
type compiler struct {
	p   *Program
	rxs map[string]*rx.Regexp
	pms map[string]*scan.Set
}

// automataMemory bounds the states of a program's expressions.
const automataMemory = 24 << 20

// Compile makes a program of a ruleset.
func Compile(set *seclang.Ruleset) (*Program, error) {
	c := &compiler{
		p:   &Program{set: set, txSlots: map[string]int{}, budget: rx.NewBudget(automataMemory)},
		rxs: map[string]*rx.Regexp{}, pms: map[string]*scan.Set{},
	}
	for i := 0; i <= 10; i++ { // captures
		c.p.slot(fmt.Sprint(i))
	}
	c.p.slot(jsonBodyKey)
	c.p.rules = make([]rule, len(set.Rules))
	for i, def := range set.Rules {
		if err := c.rule(&c.p.rules[i], def, i); err != nil {
			return nil, err
		}
	}
	c.p.selectSlots()
	c.p.dropCaptures()
	c.p.changesPath = changesPath(c.p)
	if c.p.plan = newPlan(c.p); c.p.plan != nil {
		c.p.sieve = newSieve(c.p, c.p.plan.reaches)
	}
	return c.p, nil
}

// Acquire returns a Tx that is reset for the program. Release gives it back: nothing of it may be used any more.
func (p *Program) Acquire() *Tx {
	t, _ := p.idle.Get().(*Tx)
	if t == nil {
		t = new(Tx)
	}
	t.Reset(p)
	return t
}

// Release takes back a Tx.
func (p *Program) Release(t *Tx) { p.idle.Put(t) }

// slot returns the index of a member of TX.
func (p *Program) slot(key string) int {
	i, ok := p.txSlots[key]
	if !ok {
		i = len(p.txKeys)
		p.txKeys = append(p.txKeys, []byte(key))
		p.txSlots[key] = i
	}
	return i
}

func (c *compiler) rule(r *rule, def *seclang.Rule, index int) error {
	*r = rule{
		index: index, id: def.ID, phase: def.Phase, marker: def.Marker, head: !def.InChain, multi: def.MultiMatch,
		capture: def.Capture, disruptive: def.Disruptive, status: def.Status, log: def.Log, def: def,
		message: c.macro(def.Message), logData: c.macro(def.LogData),
	}
	if def.Marker != "" {
		r.phase = seclang.AnyPhase
	}
	for _, t := range def.Targets {
		r.targets = append(r.targets, c.target(t))
	}
	for _, name := range def.Transforms {
		t, ok := transform.Lookup(name)
		if !ok {
			return fail(def, fmt.Errorf("transformation %q is not supported", name))
		}
		r.transforms = append(r.transforms, t)
	}
	if def.Operator != nil {
		var err error
		if r.op, err = c.operator(def.Operator); err != nil {
			return fail(def, fmt.Errorf("@%s: %w", def.Operator.Name, err))
		}
		r.negated = def.Operator.Negated
	}
	for _, a := range def.Actions {
		c.action(r, a)
	}
	if def.Chain != nil {
		r.chain = &rule{}
		return c.rule(r.chain, def.Chain, index)
	}
	return nil
}

func fail(def *seclang.Rule, err error) error {
	return &seclang.Error{Position: def.Position, Rule: def.ID, Msg: err.Error()}
}

func (c *compiler) target(t seclang.Target) target {
	out := target{variable: t.Variable, selector: newSelector(t.Selector), count: t.Count, key: []byte(t.Key), slot: -1}
	for _, e := range t.Except {
		out.except = append(out.except, newSelector(e))
	}
	switch t.Variable {
	case seclang.ArgsNames, seclang.ArgsGetNames, seclang.ArgsPostNames:
		out.selector.key = t.Key // as it was written: see seclang.Variable.KeepsKeyCase
	case seclang.TX:
		if t.Rx == nil && t.Key != "" {
			out.slot = c.p.slot(t.Key)
		}
	case seclang.Time, seclang.TimeDay, seclang.TimeEpoch, seclang.TimeHour, seclang.TimeMin, seclang.TimeMon, seclang.TimeSec,
		seclang.TimeWday, seclang.TimeYear:
		c.p.usesTime = true
	}
	return out
}

// selectSlots works out which named members of TX the targets without a fixed key select, once all names are known.
func (p *Program) selectSlots() {
	for i := range p.rules {
		for link := &p.rules[i]; link != nil; link = link.chain {
			for j := range link.targets {
				g := &link.targets[j]
				if g.variable != seclang.TX || g.slot >= 0 {
					continue
				}
				for slot, key := range p.txKeys {
					if g.selector.selects(key) {
						g.slots = append(g.slots, slot)
					}
				}
			}
		}
	}
}

func (c *compiler) action(r *rule, a seclang.Action) {
	switch a.Kind {
	case seclang.SetVar:
		s := &setVar{slot: -1, value: c.macro(a.SetVar.Value)}
		if key, ok := a.SetVar.Key.Literal(); ok {
			s.slot = c.p.slot(strings.ToLower(key))
		} else {
			s.key = c.macro(a.SetVar.Key)
		}
		r.effects = append(r.effects, effect{set: s})
	case seclang.Ctl:
		k := &ctl{CtlAction: a.Ctl, selector: newSelector(a.Ctl.Selector), processor: []byte(a.Ctl.Value)}
		if a.Ctl.Kind == seclang.CtlRuleRemove || a.Ctl.Kind == seclang.CtlRuleRemoveTarget {
			for i, def := range c.p.set.Rules {
				if a.Ctl.Rules.Picks(def) {
					k.rules = append(k.rules, i)
				}
			}
		}
		r.effects = append(r.effects, effect{ctl: k})
	default:
		r.flow = append(r.flow, a)
	}
}
