package wire

import (
	"encoding/binary"
	"math/bits"
)

// isToken holds the bytes of a token (RFC 9110 section 5.6.2): field names and methods are made of them.
var isToken = byteSet("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

// lowerOf maps ASCII letters to lower case and every other byte to itself.
var lowerOf = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if 'A' <= i && i <= 'Z' {
			t[i] += 'a' - 'A'
		}
	}
	return t
}()

func byteSet(members string) (t [256]bool) {
	for _, c := range []byte(members) {
		t[c] = true
	}
	return t
}

// IsToken reports whether b is a token (RFC 9110 section 5.6.2).
func IsToken[T []byte | string](b T) bool {
	for i := range len(b) {
		if !isToken[b[i]] {
			return false
		}
	}
	return len(b) > 0
}

const (
	lows  = 0x0101010101010101
	highs = 0x8080808080808080
)

// skipText returns the index of the first byte of b, from i on, that may not stand in a field value (RFC 9110 section
// 5.5: a control other than TAB), or len(b). Eight bytes are looked at together.
func skipText(b []byte, i int) int {
	for i+8 <= len(b) {
		m := controls(binary.LittleEndian.Uint64(b[i:]))
		if m == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(m) / 8
		if b[i] != '\t' {
			return i
		}
		i++
	}
	for i < len(b) && (b[i] >= 0x20 && b[i] != 0x7f || b[i] == '\t') {
		i++
	}
	return i
}

// controls marks the bytes of v below 0x20 and DEL by their highest bit. Only the lowest mark is exact: a borrow may
// mark bytes above it.
func controls(v uint64) uint64 {
	del := v ^ 0x7f*lows
	return ((v-0x20*lows)&^v | (del-lows)&^del) & highs
}

// AppendLower appends b with its ASCII letters in lower case.
func AppendLower(dst, b []byte) []byte {
	for _, c := range b {
		dst = append(dst, lowerOf[c])
	}
	return dst
}

// TrimOWS returns b without the optional white space around it (RFC 9110 section 5.6.3: SP and TAB).
func TrimOWS(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

// Text reports whether every byte of b may stand in a field value: no control but TAB (RFC 9110 section 5.5).
func Text(b []byte) bool { return skipText(b, 0) == len(b) }
