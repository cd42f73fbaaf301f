package wire

import "sync"

// BufferSize is what a connection reads at a time, and with it a bound for what is held per stream. A whole head has to
// fit into a connection's buffer.
const BufferSize = 16 << 10

// Buffer is bytes read from a connection. It is owned by one connection or by one body at a time.
type Buffer struct {
	bytes []byte // full length
	r, w  int    // what was read and not consumed yet is bytes[r:w]
}

// buffers holds unused buffers of BufferSize, and of 4, 16 and 64 times as much. Larger ones are not kept.
var buffers [4]sync.Pool

func acquireBuffer(size int) *Buffer {
	class, n := 0, BufferSize
	for n < size {
		class++
		n *= 4
	}
	if class < len(buffers) {
		if b, ok := buffers[class].Get().(*Buffer); ok {
			return b
		}
	}
	return &Buffer{bytes: make([]byte, n)}
}

// Release gives the buffer back. Nothing that points into it may be used any more.
func (b *Buffer) Release() {
	b.r, b.w = 0, 0
	class, n := 0, BufferSize
	for n < len(b.bytes) {
		class++
		n *= 4
	}
	if class < len(buffers) {
		buffers[class].Put(b)
	}
}
