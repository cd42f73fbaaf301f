package wire

import "sync"

// BufferSize is how many bytes a pooled Buffer holds. It is what a connection reads at a time, and with it a bound for
// what is held per stream; a listener whose heads may be larger makes its own.
const BufferSize = 32 << 10

// Buffer is bytes read from a connection. It is owned by one connection or by one body at a time.
type Buffer struct {
	bytes []byte // full length
	r, w  int    // what was read and not consumed yet is bytes[r:w]
}

var buffers = sync.Pool{New: func() any { return &Buffer{bytes: make([]byte, BufferSize)} }}

func acquireBuffer(size int) *Buffer {
	if size > BufferSize {
		return &Buffer{bytes: make([]byte, size)}
	}
	return buffers.Get().(*Buffer)
}

// Release gives the buffer back. Nothing that points into it may be used any more.
func (b *Buffer) Release() {
	b.r, b.w = 0, 0
	if len(b.bytes) == BufferSize {
		buffers.Put(b)
	}
}
