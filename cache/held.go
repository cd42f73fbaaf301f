package cache

import (
	"io"

	"sallyport/internal/wire"
)

// Held is an entry that was found, kept from being overwritten until Release. The zero value holds nothing. It is meant to
// be part of something that is pooled, and keeps the memory that small entries are copied to.
type Held struct {
	Meta   []byte // must not be changed
	buf    []byte
	body   []byte
	object *object
	size   int64
	source source
}

// maxKeptBuffer bounds the memory that a pooled Held keeps.
const maxKeptBuffer = 64 << 10

// Release gives the entry up. Neither Meta nor the body may be used any more.
func (h *Held) Release() {
	if h.object != nil {
		h.object.release()
		h.object = nil
	}
	if cap(h.buf) > maxKeptBuffer {
		h.buf = nil
	}
	h.Meta, h.body, h.size = nil, nil, 0
}

// Size returns the body's length.
func (h *Held) Size() int64 { return h.size }

// Body makes b the part of the entry's body from one position up to another. It must not be used after Release.
func (h *Held) Body(b *wire.Body, from, to int64) {
	switch {
	case from >= to:
		b.SetBytes(nil)
	case h.object == nil:
		b.SetBytes(h.body[from:to])
	default:
		if p := h.object.at(from, to); int64(len(p)) == to-from {
			b.SetBytes(p)
			return
		}
		h.source = source{object: h.object, pos: from, end: to}
		b.SetStream(nil, &h.source)
	}
}

// source yields a body that lies in several runs.
type source struct {
	object   *object
	pos, end int64
}

// Next implements wire.Source.
func (s *source) Next() ([]byte, error) {
	if s.pos >= s.end {
		return nil, io.EOF
	}
	p := s.object.at(s.pos, s.end)
	s.pos += int64(len(p))
	return p, nil
}

// Trailer implements wire.Source.
func (s *source) Trailer() *wire.Head { return nil }

// Close implements wire.Source. The memory is held by Held.
func (s *source) Close() {}
