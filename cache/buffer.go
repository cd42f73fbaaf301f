package cache

import (
	"errors"
	"io"
	"sync"

	"sallyport/internal/wire"
)

// Buffer is a body on its way: one goroutine fills it, any number read it meanwhile, each at its own pace. As long as there
// is room for it in the store it is kept whole, so that it can become an entry. Beyond that it streams past: a window of
// it is kept, and the filling waits for the slowest reader.
type Buffer struct {
	store   *Store
	most    int64 // bytes that are kept whole
	mu      sync.Mutex
	changed sync.Cond
	object  *object
	end     int64 // bytes filled in so far
	stream  bool  // what is behind the object streams past
	kept    int64 // bytes in the object, when the rest streams past
	past    [][]byte
	pastAt  int64 // where past begins
	over    bool
	gone    bool // released
	err     error
	trailer *wire.Head
	readers []*Reader
}

const (
	firstRoom  = 16 << 10
	mostRoom   = 256 << 10
	pastPiece  = 32 << 10
	pastWindow = 8 // pieces
)

// ErrNoReaders ends the filling of a buffer that is neither stored nor read.
var ErrNoReaders = errors.New("nobody reads the body any more")

// Buffer returns an empty buffer for a body of length bytes, -1 when that is not known, of which at most so many may be kept.
// It must be closed and released.
func (s *Store) Buffer(length, most int64) *Buffer {
	b := &Buffer{store: s, most: most, object: s.large.begin()}
	b.changed.L = &b.mu
	if length > most || length > 0 && !s.large.grow(b.object, length) {
		b.stream = true
	}
	return b
}

// Write appends p, of which it keeps nothing. It waits for readers only when the body streams past; when there are none
// then it returns ErrNoReaders.
func (b *Buffer) Write(p []byte) error {
	for len(p) > 0 {
		room, err := b.room(int64(len(p)))
		if err != nil {
			return err
		}
		n := copy(room, p) // readers do not look behind end
		p = p[n:]
		b.mu.Lock()
		b.end += int64(n)
		if b.stream {
			last := len(b.past) - 1
			b.past[last] = b.past[last][:len(b.past[last])+n]
		}
		b.mu.Unlock()
		b.changed.Broadcast()
	}
	return nil
}

// room returns memory behind the end.
func (b *Buffer) room(want int64) ([]byte, error) {
	if !b.stream {
		if b.end < b.object.room {
			return b.object.at(b.end, b.object.room), nil
		}
		// The object changes only where no reader looks, but the list of its runs is read by them.
		b.mu.Lock()
		defer b.mu.Unlock()
		more := max(min(max(b.end, firstRoom), mostRoom), min(want, mostRoom))
		if more = min(more, b.most-b.end); more > 0 && b.store.large.grow(b.object, more) {
			return b.object.at(b.end, b.object.room), nil
		}
		b.stream, b.kept, b.pastAt = true, b.end, b.end
	} else {
		b.mu.Lock()
		defer b.mu.Unlock()
	}
	if n := len(b.past); n > 0 && len(b.past[n-1]) < cap(b.past[n-1]) {
		last := b.past[n-1]
		return last[len(last):cap(last)], nil
	}
	for {
		if len(b.readers) == 0 {
			return nil, ErrNoReaders
		}
		b.dropPast()
		if len(b.past) < pastWindow {
			break
		}
		b.changed.Wait()
	}
	piece := make([]byte, 0, pastPiece)
	b.past = append(b.past, piece)
	return piece[:cap(piece)], nil
}

// dropPast gives up the pieces that every reader is done with.
func (b *Buffer) dropPast() {
	slowest := b.end
	for _, r := range b.readers {
		slowest = min(slowest, r.pos)
	}
	for len(b.past) > 0 && len(b.past[0]) == cap(b.past[0]) && b.pastAt+int64(len(b.past[0])) <= slowest {
		b.pastAt += int64(len(b.past[0]))
		b.past[0] = nil
		b.past = b.past[1:]
	}
}

// Finish ends the body: io.EOF for a complete one, or why it is not. Readers get what there is, and then err.
func (b *Buffer) Finish(err error, trailer *wire.Head) {
	if trailer != nil {
		own := new(wire.Head)
		own.CopyFrom(trailer)
		trailer = own
	}
	b.mu.Lock()
	b.over, b.err, b.trailer = true, err, trailer
	b.object.size = b.end
	b.mu.Unlock()
	b.changed.Broadcast()
}

// Store makes the finished body the entry of a key. It returns false for a body that is not complete or did not fit.
func (b *Buffer) Store(k Key, text, meta []byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != io.EOF || b.stream {
		return false
	}
	s := b.store
	if s.small != nil && s.small.fits(len(text), len(meta), b.end) {
		body := make([]byte, 0, b.end)
		for int64(len(body)) < b.end {
			body = append(body, b.object.at(int64(len(body)), b.end)...)
		}
		return s.Set(k, text, meta, body)
	}
	mu := s.lock(k)
	defer mu.Unlock()
	return s.putLarge(b.object, k, text, meta)
}

// Release gives the buffer up; its readers go on.
func (b *Buffer) Release() {
	b.mu.Lock()
	b.gone = true
	b.mu.Unlock()
	b.object.release()
}

// Reader returns a reader of the body from its beginning, nil when that has streamed past or the buffer was released.
func (b *Buffer) Reader() *Reader {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.gone || b.stream && b.end > 0 {
		return nil
	}
	r := &Reader{buffer: b}
	b.readers = append(b.readers, r)
	b.object.refs.Add(1)
	return r
}

// Size returns the length of a body that is finished, -1 before.
func (b *Buffer) Size() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.over {
		return -1
	}
	return b.end
}

// Reader reads a Buffer. It implements wire.Source and belongs to one goroutine.
type Reader struct {
	buffer *Buffer
	pos    int64 // up to here it is done with
	next   int64
	closed bool
}

// Next implements wire.Source. It waits for the body to be filled.
func (r *Reader) Next() ([]byte, error) {
	b := r.buffer
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.pos != r.next {
		r.pos = r.next
		if b.stream {
			b.changed.Broadcast()
		}
	}
	for r.pos == b.end && !b.over {
		b.changed.Wait()
	}
	if r.pos == b.end {
		return nil, b.err
	}
	p := b.piece(r.pos)
	r.next = r.pos + int64(len(p))
	return p, nil
}

// piece returns bytes from pos on, as far as they lie together.
func (b *Buffer) piece(pos int64) []byte {
	if !b.stream {
		return b.object.at(pos, b.end)
	}
	if pos < b.kept {
		return b.object.at(pos, b.kept)
	}
	at := b.pastAt
	for _, p := range b.past {
		if pos < at+int64(len(p)) {
			return p[pos-at:]
		}
		at += int64(len(p))
	}
	panic("BUG: a position that streamed past")
}

// Trailer implements wire.Source.
func (r *Reader) Trailer() *wire.Head { return r.buffer.trailer }

// Close implements wire.Source.
func (r *Reader) Close() {
	if r.closed {
		return
	}
	r.closed = true
	b := r.buffer
	b.mu.Lock()
	for i, other := range b.readers {
		if other == r {
			b.readers = append(b.readers[:i], b.readers[i+1:]...)
			break
		}
	}
	b.mu.Unlock()
	b.changed.Broadcast()
	b.object.release()
}
