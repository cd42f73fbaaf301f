package engine

import (
	"bytes"
	"slices"
	"sort"

	"sallyport/filters/waf/rx"
	"sallyport/filters/waf/scan"
	"sallyport/filters/waf/seclang"
	"sallyport/filters/waf/transform"
)

// sieve finds out, before rules run, which of them could match at all: each value of a request is looked at once for all
// rules together, instead of once for each rule.
//
// It takes the rules whose first link tests values that do not change while rules run, with an operator that says what a
// match must contain. A value is passed through an automaton that finds all literals of all rules, and collects which sets
// of bytes occur; what could match after that is tried with the rule's own operator. A rule with a value that matches is
// live, and then runs as it is written; the others are passed over.
//
// A transformation changes few values. Which ones, its trigger bytes say, and these are collected on the same pass; only
// then is the transform computed and passed through as well, for the rules that have it.
type sieve struct {
	p      *Program
	tests  []test
	nodes  []node     // a node's descendants follow it
	byRule [][]uint16 // the tests of each rule

	gates   []*rx.Gate // each tells for several expressions at once that none of them matches
	pass    *scan.Sieve
	free    bitset             // tests that require no literal
	values  [numSources]bitset // the tests for values of a source
	headers map[string]bitset  // the tests for values of request fields that rules name
	spaces  [2]uint64          // the sets that the space belongs to
	touched uint64             // kinds of bytes that any transformation is triggered by
}

// test is one rule's operator, on the value that one list of transformations makes. A multiMatch rule has one for each
// beginning of its list.
type test struct {
	rule  int
	node  int
	sets  [2]uint64 // sets of bytes that the value must have members of
	op    operator
	chain []*transform.Transform
	gate  int // the gate that it stands behind, -1 for none
}

// maxGates is how many gates a sieve has at most, maxGate how many expressions one is for.
const (
	maxGates = 16
	maxGate  = 12
)

// node is a list of transformations: those of the parent, and one more. Node 0 is the empty list.
type node struct {
	parent int
	last   *transform.Transform
	blind  bool   // a change of case alone need not be computed here: see caseBlind
	end    int    // behind the last descendant
	kind   uint64 // the bytes that trigger the last one; everyByte: all do
	kinds  uint64 // the bytes that trigger the last one or one of a descendant
	exact  uint64 // the bytes that trigger any of the list, a mere change of case included
	shrink bool   // neither it nor a descendant makes bytes that were not there, but for spaces and letters of another case
	least  int    // shorter results are of no use to any of the tests below, because of the literals that these require
	tests  bitset // that take its result
	below  bitset // that take its result or one made of it
}

// Kinds of bytes. Each transformation has one more.
const (
	kindHigh  = 1 << iota // above ASCII
	kindUpper             // A to Z
	firstTransformKind
)

// everyByte is the kind that every value has.
const everyByte = 1 << 63

// maxSets is how many sets of bytes have a bit.
const maxSets = 128

// sourceOf numbers what values come from: the members of a collection, their names, or a variable that is no collection.
const (
	nameSources   = int(numCollections)
	scalarSources = 2 * int(numCollections)
	numSources    = scalarSources + int(seclang.NumVariables)
)

// newSieve makes the sieve for the rules that the plan can reach.
func newSieve(p *Program, reach func(rule int) bool) *sieve {
	s := &sieve{p: p, nodes: []node{{}}, byRule: make([][]uint16, len(p.rules)), headers: map[string]bitset{}}
	for i := range p.rules {
		if reach(i) && sieved(p, &p.rules[i]) {
			s.addRule(&p.rules[i])
		}
	}
	s.sortNodes()
	s.build()
	return s
}

// changesPath reports whether ARGS_PATH may change while rules run.
func changesPath(p *Program) bool {
	for i := range p.rules {
		for link := &p.rules[i]; link != nil; link = link.chain {
			if _, ok := link.op.(*restPath); ok {
				return true
			}
		}
	}
	return false
}

// sieved reports whether a rule is one for the sieve: it needs to run only when it is live.
func sieved(p *Program, r *rule) bool {
	if r.negated || r.op == nil || r.phase == seclang.AnyPhase || r.phase > seclang.RequestBodyPhase {
		return false
	}
	switch op := r.op.(type) {
	case *rxOperator:
		if op.re.MatchesAll() {
			return false
		}
	case *pmOperator, *byteRange:
	case operatorFunc:
		if !isInjection(r.def.Operator.Name) {
			return false
		}
	case *compareText:
		if op.with.literal == nil || r.def.Operator.Name == "within" {
			return false
		}
	default:
		return false
	}
	for i := range r.targets {
		if g := &r.targets[i]; g.count || len(sources(p, g)) == 0 {
			return false
		}
	}
	return len(r.targets) > 0
}

func isInjection(operator string) bool { return operator == "detectSQLi" || operator == "detectXSS" }

// sources returns where a target's values come from, nil when they may change while rules run.
func sources(p *Program, g *target) (list []int) {
	switch g.variable {
	case seclang.RequestFilename, seclang.RequestBasename, seclang.RequestURI, seclang.RequestURIRaw, seclang.RequestLine,
		seclang.RequestMethod, seclang.RequestProtocol, seclang.QueryString, seclang.RequestBody:
		return []int{scalarSources + int(g.variable)}
	case seclang.Args, seclang.ArgsNames:
		if p.changesPath {
			return nil
		}
	case seclang.ArgsPath, seclang.MatchedVars, seclang.MatchedVarsNames, seclang.ResponseHeaders, seclang.ResponseHeadersNames:
		return nil
	}
	a, b, c := collectionsOf(g.variable)
	for _, col := range [3]collection{a, b, c} {
		if col == noCollection || col == argsPath {
			break
		}
		source := int(col)
		if isNames(g.variable) {
			source += nameSources
		}
		list = append(list, source)
	}
	return list
}

func (s *sieve) addRule(r *rule) {
	chains := [][]*transform.Transform{r.transforms}
	if r.multi {
		chains = nil
		for n := 0; n <= len(r.transforms); n++ {
			chains = append(chains, r.transforms[:n])
		}
	}
	for _, c := range chains {
		s.byRule[r.index] = append(s.byRule[r.index], uint16(len(s.tests)))
		s.tests = append(s.tests, test{rule: r.index, node: s.node(c), op: r.op, chain: c, gate: -1})
	}
}

// node returns the node for a list of transformations.
func (s *sieve) node(chain []*transform.Transform) int {
	at := 0
	for n, f := range chain {
		blind := f.FoldsCase && caseBlind(chain[n+1:])
		found := -1
		for i := 1; i < len(s.nodes); i++ {
			if nd := &s.nodes[i]; nd.parent == at && nd.last == f && nd.blind == blind {
				found = i
			}
		}
		if found < 0 {
			found = len(s.nodes)
			s.nodes = append(s.nodes, node{parent: at, last: f, blind: blind})
		}
		at = found
	}
	return at
}

// caseBlind reports whether transformations give the same for both cases of a letter, up to case. A change of case that they
// follow need not be computed to find out what could match, because literals and sets of bytes are blind to case too.
func caseBlind(rest []*transform.Transform) bool {
	for _, f := range rest {
		if !f.CaseBlind {
			return false
		}
	}
	return true
}

// sortNodes brings the nodes into an order in which descendants follow their ancestors without a gap.
func (s *sieve) sortNodes() {
	moved := make([]int, len(s.nodes))
	sorted := make([]node, 0, len(s.nodes))
	var visit func(old, parent int)
	visit = func(old, parent int) {
		at := len(sorted)
		moved[old] = at
		sorted = append(sorted, s.nodes[old])
		sorted[at].parent = parent
		for i := 1; i < len(s.nodes); i++ {
			if s.nodes[i].parent == old {
				visit(i, at)
			}
		}
		sorted[at].end = len(sorted)
	}
	visit(0, 0)
	s.nodes = sorted
	for i := range s.tests {
		s.tests[i].node = moved[s.tests[i].node]
	}
}

// build lays out the tables once all tests are known.
func (s *sieve) build() {
	n := len(s.tests)
	var table [256]scan.Bits
	s.setKinds(&table)
	var literals []string
	var owners [][]uint64
	index := map[string]int{}
	required := make([]rx.Required, n)
	for i := range s.tests {
		t := &s.tests[i]
		s.nodes[t.node].tests.set(i, n)
		required[i] = requiredBy(t.op, s.p.rules[t.rule].def.Operator.Name)
		if required[i].Literals == nil {
			s.free.set(i, n)
		}
		for _, l := range required[i].Literals {
			at, ok := index[l]
			if !ok {
				at = len(literals)
				index[l] = at
				literals = append(literals, l)
				owners = append(owners, nil)
			}
			(*bitset)(&owners[at]).set(i, n)
		}
		s.addSources(i, n)
	}
	for i := len(s.nodes) - 1; i >= 0; i-- {
		s.nodes[i].below.or(s.nodes[i].tests)
		if i > 0 {
			parent := &s.nodes[s.nodes[i].parent]
			s.nodes[i].shrink = s.nodes[i].last.Shrinks
			for j := i + 1; j < s.nodes[i].end; j++ {
				s.nodes[i].shrink = s.nodes[i].shrink && s.nodes[j].last.Shrinks
			}
			parent.below.or(s.nodes[i].below)
			s.nodes[i].kinds |= s.nodes[i].kind
			parent.kinds |= s.nodes[i].kinds
		}
	}
	s.setBits(required, &table)
	s.setLeast(required)
	s.spaces = table[' '].Sets
	s.setGates()
	s.pass = scan.NewSieve(literals, owners, n, &table)
}

// setLeast works out how short results can be and still be of use.
func (s *sieve) setLeast(required []rx.Required) {
	for i := 1; i < len(s.nodes); i++ {
		nd := &s.nodes[i]
		grows := false
		for j := i + 1; j < nd.end; j++ {
			grows = grows || mayGrow(s.nodes[j].last.Name)
		}
		if grows {
			continue
		}
		nd.least = 1 << 20
		for k := nd.below.next(0); k >= 0; k = nd.below.next(k + 1) {
			shortest := 0
			for n, l := range required[k].Literals {
				if n == 0 || len(l) < shortest {
					shortest = len(l)
				}
			}
			nd.least = min(nd.least, shortest)
		}
	}
}

// mayGrow knows the transformations whose results can be longer than the value.
func mayGrow(name string) bool {
	switch name {
	case "urldecode", "urldecodeuni", "jsdecode", "escapeseqdecode", "base64decode", "base64decodeext", "cmdline", "replacenulls",
		"compresswhitespace", "removenulls", "removecommentschar", "replacecomments", "trim", "trimleft", "trimright":
		return false
	}
	return true
}

// setGates puts the expressions that require no literal, and so have to be tried on most values, behind gates: those with the
// same transformations together.
func (s *sieve) setGates() {
	for n := range s.nodes {
		var behind []int
		for i := range s.tests {
			if op, ok := s.tests[i].op.(*rxOperator); ok && s.tests[i].node == n && s.free.has(i) && !op.re.Binary() {
				behind = append(behind, i)
			}
		}
		for len(behind) > 1 && len(s.gates) < maxGates {
			group := behind[:min(len(behind), maxGate)]
			behind = behind[len(group):]
			list := make([]*rx.Regexp, len(group))
			for k, i := range group {
				list[k] = s.tests[i].op.(*rxOperator).re
			}
			if g, ok := rx.Any(list, s.p.budget); ok {
				for _, i := range group {
					s.tests[i].gate = len(s.gates)
				}
				s.gates = append(s.gates, g)
			}
		}
	}
}

// requiredBy returns what a value must contain for an operator to match it.
func requiredBy(op operator, name string) rx.Required {
	switch op := op.(type) {
	case operatorFunc:
		if name == "detectXSS" {
			return rx.Required{Bytes: []rx.ByteSet{xssRequires}}
		}
		return rx.Required{Bytes: []rx.ByteSet{sqliRequires}}
	case *rxOperator:
		return op.re.Required()
	case *pmOperator:
		return rx.Required{Literals: op.set.Phrases()}
	case *byteRange:
		var outside rx.ByteSet
		for b, valid := range op.valid {
			if !valid {
				outside.Add(byte(b))
			}
		}
		return rx.Required{Bytes: []rx.ByteSet{outside}}
	case *compareText:
		if len(op.with.literal) >= 2 {
			return rx.Required{Literals: []string{string(bytes.ToLower(op.with.literal))}}
		}
	}
	return rx.Required{}
}

// addSources notes from which sources a test takes values.
func (s *sieve) addSources(i, n int) {
	r := &s.p.rules[s.tests[i].rule]
	for j := range r.targets {
		g := &r.targets[j]
		if g.variable == seclang.RequestHeaders && g.selector.rx == nil && g.selector.key != "" {
			own := s.headers[g.selector.key]
			own.set(i, n)
			s.headers[g.selector.key] = own
			continue
		}
		for _, source := range sources(s.p, g) {
			s.values[source].set(i, n)
		}
		if g.variable == seclang.RequestHeaders {
			for _, e := range g.except {
				if e.rx == nil && s.headers[e.key] == nil {
					s.headers[e.key] = bitset{}
				}
			}
		}
	}
	if i == n-1 {
		s.completeHeaders(n)
	}
}

// completeHeaders adds to the tests of each field that is named somewhere those for all fields, without the exceptions.
func (s *sieve) completeHeaders(n int) {
	for name, own := range s.headers {
		for i := range s.tests {
			r := &s.p.rules[s.tests[i].rule]
			for j := range r.targets {
				g := &r.targets[j]
				if g.variable == seclang.RequestHeaders && g.selector.selects([]byte(name)) &&
					!slices.ContainsFunc(g.except, func(e selector) bool { return e.selects([]byte(name)) }) {
					own.set(i, n)
				}
			}
		}
		s.headers[name] = own
	}
}

// setKinds gives each transformation a bit for its triggers: two if there are places where a change of case alone has to be
// computed and places where it has not.
func (s *sieve) setKinds(table *[256]scan.Bits) {
	type use struct {
		f     *transform.Transform
		blind bool
	}
	kinds := map[use]uint64{}
	next := uint64(firstTransformKind)
	for b := range table {
		table[b].Kind |= everyByte
		if b >= 0x80 {
			table[b].Kind |= kindHigh
		}
	}
	for c := 'A'; c <= 'Z'; c++ {
		table[c].Kind |= kindUpper
	}
	for i := 1; i < len(s.nodes); i++ {
		nd := &s.nodes[i]
		f := nd.last
		if f.Triggers == nil {
			nd.kind = everyByte
			nd.exact = everyByte
			s.touched |= everyByte
			continue
		}
		u := use{f, nd.blind}
		if kinds[u] == 0 {
			kinds[u] = next
			for b := range 256 {
				if f.Triggers[b] && !(u.blind && isLetter(byte(b))) {
					table[b].Kind |= next
				}
			}
			next <<= 1
		}
		nd.kind = kinds[u]
		s.touched |= nd.kind
		nd.exact = s.nodes[nd.parent].exact | nd.kind
		if f.FoldsCase {
			nd.exact |= kindUpper
		}
		if f.Name == "uppercase" {
			nd.exact = everyByte
		}
	}
}

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' && b < 0x80 }

// setBits chooses the sets of bytes that get a bit: those that the most tests can be ruled out with.
func (s *sieve) setBits(required []rx.Required, table *[256]scan.Bits) {
	gain := map[rx.ByteSet]float64{}
	for i := range required {
		for j := range required[i].Bytes {
			gain[required[i].Bytes[j]] += rx.Selectivity(&required[i].Bytes[j]) / float64(j+1)
		}
	}
	sets := make([]rx.ByteSet, 0, len(gain))
	for set := range gain {
		sets = append(sets, set)
	}
	sort.Slice(sets, func(a, b int) bool {
		if gain[sets[a]] != gain[sets[b]] {
			return gain[sets[a]] > gain[sets[b]]
		}
		return slices.Compare(sets[a][:], sets[b][:]) > 0
	})
	sets = sets[:min(len(sets), maxSets)]
	bit := map[rx.ByteSet]int{}
	for n := range sets {
		bit[sets[n]] = n
		for b := range 256 {
			if sets[n].Has(byte(b)) {
				table[b].Sets[n>>6] |= 1 << (n & 63)
			}
		}
	}
	for i := range required {
		for _, set := range required[i].Bytes {
			if n, ok := bit[set]; ok {
				s.tests[i].sets[n>>6] |= 1 << (n & 63)
			}
		}
	}
}
