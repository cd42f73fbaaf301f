package engine

// arena holds the bytes that a request's inspection makes: decoded values, expanded macros. What it gives out stays valid
// until reset, because a full chunk is left alone and a new one begun.
type arena struct {
	buf []byte
}

const (
	arenaChunk = 8 << 10
	arenaKeep  = 256 << 10 // a larger chunk is not kept for the next request
)

func (a *arena) reset() {
	if cap(a.buf) > arenaKeep {
		a.buf = nil
	}
	a.buf = a.buf[:0]
}

// reserve makes room for n bytes, so that appending them does not move what is there.
func (a *arena) reserve(n int) {
	if cap(a.buf)-len(a.buf) < n {
		a.buf = make([]byte, 0, max(n, arenaChunk, min(2*cap(a.buf), arenaKeep)))
	}
}

// begin starts a value whose length is not known. end returns it. Between the two only append may be used.
func (a *arena) begin() int { return len(a.buf) }

func (a *arena) append(b []byte) { a.buf = append(a.buf, b...) }

func (a *arena) end(mark int) []byte { return a.buf[mark:len(a.buf):len(a.buf)] }

// copy returns a copy of b.
func (a *arena) copy(b []byte) []byte {
	a.reserve(len(b))
	mark := a.begin()
	a.append(b)
	return a.end(mark)
}
