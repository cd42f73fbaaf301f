package wire

// inspect judges an encoded byte that stays encoded: c, which raw[i:i+3] spells.
func inspect(c byte, raw []byte, i int) (Oddity, Fault) {
	switch {
	case c < 0x20 || c == 0x7f:
		return 0, Null
	case c == '/':
		return OddEncodedSlash, Whole
	case c == '\\':
		return OddBackslash, Whole
	case c == ';':
		return OddParameter, Whole
	case c == '%':
		if secondEncoding(raw, i+3) {
			return OddDoubleEncoding, Whole
		}
	case c >= 0xC0:
		if next, _ := encodedByte(raw, i+3); overlong(c, next) {
			return 0, OverlongUTF8
		}
	}
	return 0, Whole
}

// overlong reports whether lead begins an over-long form, or what was never UTF-8 (RFC 3629 section 3), when next follows
// it. A byte that is only not UTF-8, as older encodings have them, is none of ours.
func overlong(lead, next byte) bool {
	return lead < 0xC2 || lead > 0xF4 || lead == 0xE0 && next-0x80 < 0x20 || lead == 0xF0 && next-0x80 < 0x10
}

// secondEncoding reports whether the two bytes at raw[i], which stand behind %25, make an encoding of something that would
// change the path's meaning if a second reader decoded once more: a character that is never encoded without a purpose, a
// separator, a control, an over-long form, or a third encoding. They may be encoded themselves.
func secondEncoding(raw []byte, i int) bool {
	high, i, ok := hexDigit(raw, i)
	if !ok {
		return false
	}
	low, _, ok := hexDigit(raw, i)
	if !ok {
		return false
	}
	c := high<<4 | low
	return c < 0x20 || c == 0x7f || isUnreserved[c] || c == '/' || c == '\\' || c == ';' || c == '%' || c == 0xC0 || c == 0xC1
}

// hexDigit reads one hexadecimal digit at raw[i], raw or encoded, and returns where it ends.
func hexDigit(raw []byte, i int) (byte, int, bool) {
	if i >= len(raw) {
		return 0, i, false
	}
	c, end := raw[i], i+1
	if c == '%' {
		var ok bool
		if c, ok = encodedByte(raw, i); !ok {
			return 0, i, false
		}
		end = i + 3
	}
	v := hexValue[c]
	return v & 15, end, v != notHex
}

const (
	upperHex = "0123456789ABCDEF"
	notHex   = 0xFF
)

var hexValue = func() (t [256]byte) {
	for i := range t {
		t[i] = notHex
	}
	for i, c := range []byte(upperHex) {
		t[c], t[lowerOf[c]] = byte(i), byte(i)
	}
	return t
}()

func appendEncoded(b []byte, c byte) []byte { return append(b, '%', upperHex[c>>4], upperHex[c&15]) }

// encodedByte returns the byte that the encoding at raw[i] stands for.
func encodedByte(raw []byte, i int) (byte, bool) {
	if i+2 >= len(raw) || raw[i] != '%' {
		return 0, false
	}
	high, low := hexValue[raw[i+1]], hexValue[raw[i+2]]
	return high<<4 | low&15, high|low != notHex
}
