package engine

import (
	"bytes"
	"math/bits"

	"sallyport/filters/waf/seclang"
)

// setCapture sets one of TX:0 to TX:9.
func (t *Tx) setCapture(i int, value []byte) {
	if len(value) == 0 {
		t.tx[i] = emptyValue
		return
	}
	t.tx[i] = t.arena.copy(value)
}

// emptyValue is a value that is set and empty: nil stands for "not set".
var emptyValue = []byte{}

// setVar changes a member of TX. A value of + or - and a number adds or takes away; a present value that is no number makes
// that do nothing.
func (t *Tx) setVar(s *setVar) {
	var key []byte
	if s.slot < 0 {
		key = t.fold(t.expand(s.key))
	}
	if s.value == nil {
		t.store(s.slot, key, nil)
		return
	}
	value := t.expand(s.value)
	if len(value) == 0 {
		t.store(s.slot, key, emptyValue)
		return
	}
	if value[0] != '+' && value[0] != '-' {
		t.store(s.slot, key, value)
		return
	}
	by := 0
	if len(value) > 1 {
		var ok bool
		if by, ok = parseNumber(value[1:]); !ok {
			if !bytes.HasPrefix(value[1:], txPrefix) {
				t.store(s.slot, key, value)
			}
			return
		}
	}
	now := 0
	if present := t.load(s.slot, key); len(present) > 0 {
		var ok bool
		if now, ok = parseNumber(present); !ok {
			return
		}
	}
	if value[0] == '-' {
		by = -by
	}
	t.store(s.slot, key, t.number(now+by))
}

var txPrefix = []byte("tx.")

func (t *Tx) store(slot int, key, value []byte) {
	if slot >= 0 {
		t.tx[slot] = value
		return
	}
	t.setTX(key, value)
}

func (t *Tx) load(slot int, key []byte) []byte {
	if slot >= 0 {
		return t.tx[slot]
	}
	return t.getTX(key)
}

// exception takes a variable, or members of it, away from a rule for the rest of the request.
type exception struct {
	rule     int
	variable seclang.Variable
	selector *selector
}

// control carries out a ctl.
func (t *Tx) control(c *ctl) {
	switch c.Kind {
	case seclang.CtlRuleRemove:
		for _, i := range c.rules {
			t.removed.set(i, len(t.p.rules))
			if t.plan != nil && t.plan.removes[i] {
				t.leavePlan()
			}
		}
	case seclang.CtlRuleRemoveTarget:
		if c.Variable == seclang.TX && t.plan != nil {
			t.leavePlan()
		}
		for _, i := range c.rules {
			t.exceptions = append(t.exceptions, exception{rule: i, variable: c.Variable, selector: &c.selector})
		}
	case seclang.CtlRuleEngine:
		t.engine = c.Engine
	case seclang.CtlRequestBodyAccess:
		if t.phase <= seclang.RequestHeadersPhase {
			t.bodyAccess = c.On
		}
	case seclang.CtlRequestBodyProcessor:
		if t.phase <= seclang.RequestHeadersPhase {
			t.scalars[seclang.ReqbodyProcessor] = c.processor
		}
	case seclang.CtlForceRequestBody:
		t.forceBody = c.On
	case seclang.CtlResponseBodyAccess:
		if t.phase <= seclang.ResponseHeadersPhase {
			t.responseBodyAccess = c.On
		}
	case seclang.CtlForceResponseBody:
		t.forceResponseBody = c.On
	}
}

// leavePlan goes on with the program as it is written, from the rule that runs.
func (t *Tx) leavePlan() {
	p := t.plan
	t.plan = nil
	for i := len(p.early) - 1; i >= 0; i-- {
		e := &p.early[i]
		if e.phase < t.phase || e.phase == t.phase && e.rule <= t.current.index {
			break
		}
		t.tx[e.slot] = e.before
	}
}

// bitset is a set of rules' indices. The nil set is empty.
type bitset []uint64

func (b bitset) has(i int) bool { return i>>6 < len(b) && b[i>>6]&(1<<(i&63)) != 0 }

// set adds i to a set of up to n members.
func (b *bitset) set(i, n int) {
	for len(*b) < (n+63)/64 {
		*b = append(*b, 0)
	}
	(*b)[i>>6] |= 1 << (i & 63)
}

// or adds the members of c.
func (b *bitset) or(c bitset) {
	for len(*b) < len(c) {
		*b = append(*b, 0)
	}
	for i, w := range c {
		(*b)[i] |= w
	}
}

// meets reports whether the two have a member in common.
func (b bitset) meets(c bitset) bool {
	for i := range min(len(b), len(c)) {
		if b[i]&c[i] != 0 {
			return true
		}
	}
	return false
}

// next returns the first member from i on, or -1.
func (b bitset) next(i int) int {
	for w := i >> 6; w < len(b); w++ {
		word := b[w]
		if w == i>>6 {
			word &= ^uint64(0) << (i & 63)
		}
		if word != 0 {
			return w<<6 + bits.TrailingZeros64(word)
		}
	}
	return -1
}
