package mask

import (
	"slices"

	"sallyport/internal/tape"
)

// text is one JSON text that is being masked. It is pooled.
type text struct {
	document tape.Document
	hidden   []int // values that are masked, in any order
	out      []byte
}

// maxKept is the memory that a pooled text keeps, in bytes.
const maxKept = 256 << 10

// mask returns the text with the hidden values replaced, and false when it is not JSON. What is returned is valid until
// the next call.
func (t *text) mask(source []byte, p *path, with []byte) ([]byte, bool) {
	if !t.document.Parse(source) {
		return nil, false
	}
	t.hidden = t.hidden[:0]
	t.walk(p, 0)
	slices.Sort(t.hidden)
	out, done := t.out[:0], 0
	for _, v := range t.hidden {
		from, to := t.document.Span(v)
		if from < done {
			continue // inside of one that is hidden already, or the same
		}
		out = append(append(out, source[done:from]...), with...)
		done = to
	}
	t.out = append(out, source[done:]...)
	return t.out, true
}

// walk collects the values that the tree p leads to from v.
func (t *text) walk(p *path, v int) {
	if p.hidden {
		t.hidden = append(t.hidden, v)
		return
	}
	d := &t.document
	i := v + 1
	switch d.Kind(v) {
	case tape.Array:
		if p.each == nil {
			return
		}
		for range d.Len(v) {
			t.walk(p.each, i)
			i = d.Next(i)
		}
	case tape.Object:
		for range d.Len(v) {
			if next := p.members[string(d.Text(i))]; next != nil {
				t.walk(next, i+1)
			}
			if p.each != nil {
				t.walk(p.each, i+1)
			}
			i = d.Next(i + 1)
		}
	}
}

// release empties the text for the pool.
func (t *text) release() {
	t.document.Reset(maxKept)
	if cap(t.out) > maxKept {
		t.out = nil
	}
	if cap(t.hidden)*8 > maxKept {
		t.hidden = nil
	}
}
