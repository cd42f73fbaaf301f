package limit

import (
	"math/bits"
	"sync/atomic"
	"time"

	"sallyport/conf"
	"sallyport/internal/slots"
)

// penalty remembers who is refused again and again, whichever routes have it: it counts by one key and blocks by another.
// Who finds no room in its tables is not counted and not blocked.
type penalty struct {
	after    int64
	window   int64
	block    int64
	distinct bool
	counts   *slots.Table // the words below
	blocks   *slots.Table // one word: when the block ends
	top      top          // of who is blocked
	last     atomic.Int64 // when the last block ends: after that nobody has to be looked up
}

// The words of who is counted: the end of the window, how many were counted, and, of distinct values, the bits that they
// set.
const (
	penaltyEnd = iota
	penaltyCount
	penaltyBits
	penaltyWords = penaltyBits + distinctWords

	distinctWords = 5
)

func newPenalty(definition conf.Penalty) (*penalty, error) {
	p := &penalty{
		after:    int64(definition.After),
		window:   int64(definition.Window),
		block:    int64(definition.Block),
		distinct: len(definition.Distinct) > 0,
	}
	words := penaltyBits
	if p.distinct {
		words = penaltyWords
	}
	var err error
	if p.counts, err = slots.New(definition.Keys, words, 1); err != nil {
		return nil, err
	}
	p.blocks, err = slots.New(definition.Keys, 1, 1)
	return p, err
}

// blocked is how long a key is still blocked at now.
func (p *penalty) blocked(key []byte, now int64) time.Duration {
	c := p.blocks.Peek(p.blocks.Key(key), now)
	defer c.Close()
	if c.Words == nil {
		return 0
	}
	left := max(0, c.Words[0]-now)
	if left > 0 {
		p.top.refused.add(key, 1)
	}
	return time.Duration(left)
}

// count counts an offence, of a distinct value if there is one, and reports whether it was one too many.
func (p *penalty) count(key, value []byte, now int64) bool {
	c := p.counts.Open(p.counts.Key(key), now)
	defer c.Close()
	if c.State == slots.Overflow {
		return false
	}
	w := c.Words
	if w[penaltyEnd] <= c.Now {
		clear(w)
		w[penaltyEnd] = c.Now + p.window
	}
	if p.distinct {
		w[penaltyCount] = addDistinct(w[penaltyBits:], p.counts.Key(value).Hash())
	} else {
		w[penaltyCount]++
	}
	if w[penaltyCount] < p.after {
		return false
	}
	clear(w) // the next block takes as many again
	return true
}

// start blocks a key from now on.
func (p *penalty) start(key []byte, now int64) {
	c := p.blocks.Open(p.blocks.Key(key), now)
	defer c.Close()
	if c.State == slots.Overflow {
		return
	}
	end := now + p.block
	c.Words[0] = max(c.Words[0], end)
	for last := p.last.Load(); last < end && !p.last.CompareAndSwap(last, end); last = p.last.Load() {
	}
}

// release ends a block.
func (p *penalty) release(key []byte) {
	for _, t := range []*slots.Table{p.blocks, p.counts} {
		c := t.Peek(t.Key(key), 0)
		clear(c.Words)
		c.Close()
	}
}

// addDistinct marks a value in a set of bits and returns about how many values have been marked: linear counting, n =
// -m ln(unmarked/m), right within a few per cent as long as there are not many more values than bits.
func addDistinct(set []int64, hash uint64) int64 {
	size := uint64(len(set) * 64)
	bit := hash % size
	set[bit/64] |= 1 << (bit % 64)
	marked := 0
	for _, word := range set {
		marked += bits.OnesCount64(uint64(word))
	}
	return distinctOf[marked]
}

// distinctOf is the number of values by the number of bits that they mark.
var distinctOf = func() (table [distinctWords*64 + 1]int64) {
	// The expected wait until the next new bit is marked, summed up, is the number of values it takes.
	size, sum := float64(len(table)-1), 0.0
	for marked := range table {
		table[marked] = int64(sum + 0.5)
		sum += size / max(1, size-float64(marked))
	}
	return table
}()
