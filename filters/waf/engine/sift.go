package engine

import (
	"bytes"
	"math/bits"

	"sallyport/filters/waf/scan"
	"sallyport/filters/waf/seclang"
	"sallyport/filters/waf/transform"
)

// sifting is the part of a request's state that the sieve works with.
type sifting struct {
	live     bitset // rules that could match
	done     bitset // tests of rules that are live already
	variants []variant
	made     []made
	of       []int // node -> variant
	buffer   []byte

	seen   seenValues
	woken  []uint16 // rules that the present value has made live
	masked bool     // it was not asked for a rule that is live already

	exactNode  int // whose exact value is at hand, -1 for none
	exactValue []byte
}

// gateState is what is known about a gate for the present value.
type gateState uint8

const (
	gateUnknown gateState = iota
	gateOpen
	gateClosed
)

// made says which variant a transformation has made of which.
type made struct {
	by      *transform.Transform
	of      int
	variant int
}

// variant is one of the different values that transformations make of a value. Variant 0 is the value itself.
type variant struct {
	value []byte
	bits  scan.Bits
	found bitset // tests one of whose literals occurs
	tests bitset // tests that take this value
}

func (f *sifting) reset(p *Program) {
	s := p.sieve
	words := (len(s.tests) + 63) / 64
	f.live = f.live[:0]
	f.done = resized(f.done, words)
	f.seen.reset(p)
	if len(f.of) != len(s.nodes) {
		f.of = make([]int, len(s.nodes))
	}
}

// resized returns an empty set of a number of words.
func resized(b bitset, words int) bitset {
	if cap(b) < words {
		return make(bitset, words)
	}
	b = b[:words]
	clear(b)
	return b
}

// siftCollection sifts the members of a collection from the given one on, and their names.
func (t *Tx) siftCollection(c collection, from int) {
	s := t.p.sieve
	for i := from; i < len(t.cols[c]); i++ {
		e := &t.cols[c][i]
		tests := s.values[c]
		if c == requestHeaders {
			if own, ok := s.headers[string(e.folded)]; ok {
				tests = own
			}
		}
		t.sift(tests, e.value)
		t.sift(s.values[nameSources+int(c)], e.key)
	}
}

func (t *Tx) siftScalar(v seclang.Variable) {
	t.sift(t.p.sieve.values[scalarSources+int(v)], t.scalars[v])
}

// sift marks the rules that could match a value as live, when these tests are asked.
func (t *Tx) sift(tests bitset, value []byte) {
	if len(tests) == 0 {
		return
	}
	slot, known := t.seen.slot(tests, value)
	if known {
		for _, rule := range slot.rules[:slot.count] {
			t.enliven(int(rule))
		}
		return
	}
	t.woken, t.masked = t.woken[:0], false
	t.siftNew(tests, value)
	if slot != nil && !t.masked && len(t.woken) <= len(slot.rules) {
		slot.set(tests, value, t.woken)
	}
}

// siftNew is sift for a value that is not remembered.
func (t *Tx) siftNew(tests bitset, value []byte) {
	s := t.p.sieve
	t.exactNode = -1
	t.buffer = t.buffer[:0]
	t.variants, t.made = t.variants[:0], t.made[:0]
	first := t.addVariant(value)
	if first.bits.Kind&s.touched == 0 {
		t.try(tests, nil, first, value)
		return
	}
	first.tests.or(s.nodes[0].tests)
	t.of[0] = 0
	for i := 1; i < len(s.nodes); {
		nd := &s.nodes[i]
		v := t.of[nd.parent]
		switch {
		case t.variants[v].bits.Kind&nd.kinds == 0: // nothing of it changes the value
			t.variants[v].tests.or(nd.below)
			i = nd.end
			continue
		case !nd.below.meets(tests), nd.shrink && !s.within(nd.below, tests, &t.variants[v].bits):
			i = nd.end
			continue
		case t.variants[v].bits.Kind&nd.kind != 0:
			if v = t.variantBy(nd.last, v, nd.least); v < 0 {
				i = nd.end
				continue
			}
		}
		t.variants[v].tests.or(nd.tests)
		t.of[i] = v
		i++
	}
	for v := range t.variants {
		if d := &t.variants[v]; d.tests.meets(tests) {
			t.try(tests, d.tests, d, value)
		}
	}
}

// within reports whether one of the tests below a node that shrinks values could be passed by a part of a value with these
// bytes.
func (s *sieve) within(below, tests bitset, b *scan.Bits) bool {
	if b.Kind&kindHigh != 0 {
		return true
	}
	for w := range min(len(below), len(tests)) {
		for ask := below[w] & tests[w]; ask != 0; ask &= ask - 1 {
			q := &s.tests[w<<6+bits.TrailingZeros64(ask)]
			if (q.sets[0]&^(b.Sets[0]|s.spaces[0]))|(q.sets[1]&^(b.Sets[1]|s.spaces[1])) == 0 {
				return true
			}
		}
	}
	return false
}

// addVariant passes a value through and adds it to the variants.
func (t *Tx) addVariant(value []byte) *variant {
	n := len(t.variants)
	if n == cap(t.variants) {
		t.variants = append(t.variants, variant{})
	} else {
		t.variants = t.variants[:n+1]
	}
	d := &t.variants[n]
	words := (len(t.p.sieve.tests) + 63) / 64
	d.value, d.found, d.tests = value, resized(d.found, words), resized(d.tests, words)
	d.bits = t.p.sieve.pass.Pass(value, d.found)
	return d
}

// variantBy returns the variant that a transformation makes of another one, or -1 if it is shorter than the least of use.
func (t *Tx) variantBy(f *transform.Transform, of, least int) int {
	for i := range t.made {
		if m := &t.made[i]; m.by == f && m.of == of {
			return m.variant
		}
	}
	start := len(t.buffer)
	t.buffer, _ = f.Func(t.buffer, t.variants[of].value)
	value := t.buffer[start:len(t.buffer):len(t.buffer)]
	found := -1
	switch {
	case len(value) < least && len(value) < len(t.variants[of].value):
		t.buffer = t.buffer[:start]
		return -1
	default:
		for v := range t.variants {
			if bytes.Equal(t.variants[v].value, value) {
				t.buffer = t.buffer[:start]
				found = v
				break
			}
		}
	}
	if found < 0 {
		found = len(t.variants)
		t.addVariant(value)
	}
	t.made = append(t.made, made{f, of, found})
	return found
}

// try asks those of the tests whose requirements a variant meets. own limits them to the variant's; nil stands for all.
func (t *Tx) try(tests, own bitset, d *variant, original []byte) {
	s := t.p.sieve
	anyway := d.bits.Kind&kindHigh != 0 && holdsFolding(d.value)
	last, lastValue := -1, []byte(nil)
	var gates [maxGates]gateState
	for w := range tests {
		ask := tests[w]
		if own != nil {
			ask &= own[w]
		}
		if !anyway {
			free := uint64(0)
			if w < len(s.free) {
				free = s.free[w]
			}
			ask &= d.found[w] | free
		}
		t.masked = t.masked || ask&t.done[w] != 0
		ask &^= t.done[w]
		for ; ask != 0; ask &= ask - 1 {
			q := &s.tests[w<<6+bits.TrailingZeros64(ask)]
			if !anyway && (q.sets[0]&^d.bits.Sets[0])|(q.sets[1]&^d.bits.Sets[1]) != 0 {
				continue
			}
			if t.live.has(q.rule) {
				continue
			}
			exact := t.exact(q, original)
			if q.rule == last && sameSlice(exact, lastValue) {
				continue // multiMatch: one more transformation that changes nothing
			}
			last, lastValue = q.rule, exact
			if q.gate >= 0 {
				if gates[q.gate] == gateUnknown {
					gates[q.gate] = gateOpen
					if s.gates[q.gate].Closed(exact) {
						gates[q.gate] = gateClosed
					}
				}
				if gates[q.gate] == gateClosed {
					continue
				}
			}
			if !q.op.match(t, exact) {
				continue
			}
			t.woken = append(t.woken, uint16(q.rule))
			t.enliven(q.rule)
		}
	}
}

// enliven makes a rule live, and its tests done.
func (t *Tx) enliven(rule int) {
	s := t.p.sieve
	t.live.set(rule, len(t.p.rules))
	for _, i := range s.byRule[rule] {
		t.done.set(int(i), len(s.tests))
	}
}

func sameSlice(a, b []byte) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// exact returns what a test's transformations make of the original value, to the letter.
func (t *Tx) exact(q *test, original []byte) []byte {
	if t.variants[0].bits.Kind&t.p.sieve.nodes[q.node].exact == 0 {
		return original
	}
	if t.exactNode != q.node {
		t.exactValue, _ = t.transformed(q.chain, original)
		t.exactNode = q.node
	}
	return t.exactValue
}

// holdsFolding reports whether a value has a character outside ASCII that (?i) takes for an ASCII letter: the long s or the
// Kelvin sign. Requirements say nothing about such a value.
func holdsFolding(value []byte) bool {
	return bytes.Contains(value, longS) || bytes.Contains(value, kelvin)
}

var longS, kelvin = []byte("\u017f"), []byte("\u212a")
