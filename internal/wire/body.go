package wire

import "io"

// Source yields a body piece by piece, decoded: without chunk framing. Next returns bytes that are valid until the next
// call, io.EOF behind the last one, a Fault for bytes that are no body, or the connection's error. Close gives up what is
// left; it must be called once, also behind io.EOF.
//
// Trailer returns the trailer fields (RFC 9110 section 6.5), nil when there are none; they are known between io.EOF and
// Close.
type Source interface {
	Next() ([]byte, error)
	Trailer() *Head
	Close()
}

// Body is the payload of a request or an answer: bytes that are already in memory, and a stream of what follows them. The
// zero value is an empty body.
type Body struct {
	memory   []byte // the beginning, or all of it when rest is nil
	rest     Source
	returned bool  // memory was handed out by Next
	limit    int64 // of the whole body; 0: none
	taken    int64 // from the stream
	buffer   *Buffer
}

// Reset gives up whatever is left of the body and empties it.
func (b *Body) Reset() {
	if b.rest != nil {
		b.rest.Close()
	}
	if b.buffer != nil {
		b.buffer.Release()
	}
	*b = Body{}
}

// SetBytes makes the body these bytes. They must stay unchanged while the body is used.
func (b *Body) SetBytes(p []byte) {
	b.Reset()
	b.memory = p
}

// SetBuffer makes the body the n bytes that come next in a connection's buffer, and the buffer the body's.
func (b *Body) SetBuffer(buffer *Buffer, n int) {
	b.Reset()
	b.buffer = buffer
	b.memory = buffer.bytes[buffer.r : buffer.r+n]
}

// SetStream makes the body what s yields, behind prefix.
func (b *Body) SetStream(prefix []byte, s Source) {
	b.Reset()
	b.memory, b.rest = prefix, s
}

// Stream returns what yields the body behind its bytes in memory, nil when there is nothing more. A filter that changes
// or copies the payload on its way wraps it and puts the wrapper in with Wrap.
func (b *Body) Stream() Source { return b.rest }

// Wrap replaces the stream.
func (b *Body) Wrap(s Source) { b.rest = s }

// SetLimit makes reading the body end with LongBody behind n bytes.
func (b *Body) SetLimit(n int64) { b.limit = n }

// Whole reports whether the body is in memory to its end.
func (b *Body) Whole() bool { return b.rest == nil }

// Bytes returns the part that is in memory.
func (b *Body) Bytes() []byte { return b.memory }

// Next returns the next piece of the body: first what is in memory, then what the stream yields, then io.EOF.
func (b *Body) Next() ([]byte, error) {
	if !b.returned {
		b.returned = true
		if len(b.memory) > 0 {
			return b.memory, nil
		}
	}
	if b.rest == nil {
		return nil, io.EOF
	}
	return b.next()
}

// next reads from the stream, within the limit.
func (b *Body) next() ([]byte, error) {
	p, err := b.rest.Next()
	if b.taken += int64(len(p)); b.limit > 0 && b.taken > b.limit {
		return nil, LongBody
	}
	return p, err
}

// Trailer returns the trailer fields behind a stream that was read to its end, nil when there are none.
func (b *Body) Trailer() *Head {
	if b.rest == nil {
		return nil
	}
	return b.rest.Trailer()
}

// Rewind makes Next begin again; only a whole body can be sent twice.
func (b *Body) Rewind() { b.returned = false }

// Collect reads from the stream into memory, until the body ends or limit bytes are there. Then Bytes holds them, and
// Whole tells whether that is all.
func (b *Body) Collect(limit int) error {
	for b.rest != nil && len(b.memory) < limit {
		p, err := b.next()
		if err == io.EOF {
			if b.rest.Trailer() == nil {
				b.rest.Close()
				b.rest = nil
			}
			return nil
		}
		if err != nil {
			return err
		}
		if room := limit - len(b.memory); len(p) > room {
			b.keep(p[:room])
			b.rest = &leftover{bytes: p[room:], rest: b.rest}
			b.taken -= int64(len(p) - room)
			return nil
		}
		b.keep(p)
	}
	return nil
}

// keep appends p to what is in memory, in a buffer of the body's own.
func (b *Body) keep(p []byte) {
	n := len(b.memory) + len(p)
	if b.buffer == nil || len(b.buffer.bytes) < n {
		larger := acquireBuffer(n)
		copy(larger.bytes, b.memory)
		if b.buffer != nil {
			b.buffer.Release()
		}
		b.buffer = larger
	}
	copy(b.buffer.bytes[len(b.memory):], p)
	b.memory = b.buffer.bytes[:n]
}

// leftover is the part of a piece that did not fit, and the stream behind it.
type leftover struct {
	bytes []byte
	rest  Source
}

func (l *leftover) Next() ([]byte, error) {
	if p := l.bytes; len(p) > 0 {
		l.bytes = nil
		return p, nil
	}
	return l.rest.Next()
}

func (l *leftover) Trailer() *Head { return l.rest.Trailer() }
func (l *leftover) Close()         { l.rest.Close() }
