package engine

import (
	"fmt"
	"math/rand/v2"
	"regexp/syntax"
	"testing"
	"unicode"

	"sallyport/filters/waf/waftest"
)

// asWritten returns the program without its plan: every rule runs, and looks at every value.
func asWritten(p *Program) *Program {
	return &Program{
		set: p.set, rules: p.rules, txKeys: p.txKeys, txSlots: p.txSlots, usesTime: p.usesTime, changesPath: p.changesPath, budget: p.budget,
	}
}

// The plan and the sieve leave out work, never a match.
func TestPlanLosesNothing(t *testing.T) {
	suite, err := waftest.Suite()
	if err != nil {
		t.Fatal(err)
	}
	for paranoia := 1; paranoia <= 4; paranoia++ {
		p := compileText(t, waftest.CRS(paranoia, ""))
		plain := asWritten(p)
		x, y := new(Tx), new(Tx)
		for i := range suite {
			if testing.Short() && i%8 != 0 {
				continue
			}
			got, want := inspect(x, p, &suite[i]), inspect(y, plain, &suite[i])
			if !got.Same(want) {
				t.Errorf("paranoia %d: %s: %v, as written %v", paranoia, suite[i].Name, got, want)
			}
		}
	}
}

// For every expression of the rules, texts that match it get through the sieve.
func TestSieveKeepsGeneratedMatches(t *testing.T) {
	p := compileText(t, waftest.CRS(4, ""))
	x := new(Tx)
	rnd := rand.New(rand.NewPCG(1, 2))
	tried := 0
	for i := range p.sieve.tests {
		q := &p.sieve.tests[i]
		op, ok := q.op.(*rxOperator)
		if !ok {
			continue
		}
		tree, err := syntax.Parse("(?sm)"+op.re.String(), syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		all := make(bitset, (len(p.sieve.tests)+63)/64)
		all.set(i, len(p.sieve.tests))
		for range 40 {
			g := generator{rnd: rnd, binary: op.re.Binary()}
			g.node(tree)
			value := g.out
			if rnd.IntN(2) == 0 {
				value = append(append([]byte("some text "), value...), " and more"...)
			}
			x.Reset(p)
			made, _ := x.transformed(q.chain, value)
			if !op.match(x, made) {
				continue
			}
			tried++
			x.sift(all, append([]byte(nil), value...))
			if !x.live.has(q.rule) {
				t.Errorf("rule %d: %q is lost", p.rules[q.rule].id, value)
			}
		}
	}
	if tried < 5000 {
		t.Errorf("only %d texts matched", tried)
	}
	t.Logf("%d texts", tried)
}

// generator writes a text that an expression matches, but for what its anchors and word boundaries ask.
type generator struct {
	rnd    *rand.Rand
	binary bool
	out    []byte
}

func (g *generator) node(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			if re.Flags&syntax.FoldCase != 0 && g.rnd.IntN(2) == 0 {
				r = unicode.SimpleFold(r)
			}
			g.write(r)
		}
	case syntax.OpCharClass:
		if len(re.Rune) > 0 {
			i := 2 * g.rnd.IntN(len(re.Rune)/2)
			lo, hi := re.Rune[i], re.Rune[i+1]
			g.write(lo + rune(g.rnd.IntN(int(min(hi-lo, 300))+1)))
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		g.write(rune(' ' + g.rnd.IntN(90)))
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			g.node(sub)
		}
	case syntax.OpAlternate:
		g.node(re.Sub[g.rnd.IntN(len(re.Sub))])
	case syntax.OpStar:
		g.times(re.Sub[0], g.rnd.IntN(3))
	case syntax.OpPlus:
		g.times(re.Sub[0], 1+g.rnd.IntN(2))
	case syntax.OpQuest:
		g.times(re.Sub[0], g.rnd.IntN(2))
	case syntax.OpRepeat:
		g.times(re.Sub[0], re.Min+g.rnd.IntN(2))
	}
}

func (g *generator) times(re *syntax.Regexp, n int) {
	for range n {
		g.node(re)
	}
}

func (g *generator) write(r rune) {
	if g.binary {
		g.out = append(g.out, byte(r))
		return
	}
	g.out = append(g.out, string(r)...)
}

// Requests that a fuzzer makes up match the same rules in Coraza.
func FuzzCoraza(f *testing.F) {
	directives := waftest.CRS(4, "")
	oracle, err := waftest.NewCoraza(directives)
	if err != nil {
		f.Fatal(err)
	}
	p := compileText(f, directives)
	x := new(Tx)
	suite, err := waftest.Suite()
	if err != nil {
		f.Fatal(err)
	}
	for i := range suite {
		if i%97 != 0 || len(suite[i].Body) > 500 {
			continue
		}
		ct := ""
		for _, h := range suite[i].Header {
			if h[0] == "Content-Type" {
				ct = h[1]
			}
		}
		f.Add(suite[i].Method, suite[i].Target, ct, "a=b; c=d", string(suite[i].Body))
	}
	f.Fuzz(func(t *testing.T, method, target, contentType, cookie, body string) {
		if len(target)+len(contentType)+len(cookie)+len(body) > 1500 {
			return
		}
		r := waftest.Request{Method: method, Target: target, Protocol: "HTTP/1.1", Body: []byte(body), Header: [][2]string{
			{"Host", "localhost"}, {"User-Agent", "test"}, {"Accept", "*/*"}, {"Content-Type", contentType}, {"Cookie", cookie},
			{"Content-Length", fmt.Sprint(len(body))},
		}}
		if got, want := inspect(x, p, &r), oracle.Run(&r); !got.Same(want) {
			t.Errorf("%v\n got %v\nwant %v", r, got, want)
		}
	})
}
