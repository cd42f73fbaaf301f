package wire

// scan reads the field lines that begin at buf[at] and the empty line behind them, and records their spans as offsets
// into buf. It returns the offset behind the empty line, or 0 when buf ends before it, or a Fault. RFC 9112 section 5,
// with none of the leniencies that section 2.2 and 5.2 allow: each is a way to read a message differently from the next
// hop.
func (h *Head) scan(buf []byte, at, most int) (int, Fault) {
	i := at
	for {
		if i >= len(buf) {
			return 0, Whole
		}
		switch buf[i] {
		case '\r':
			if i+1 >= len(buf) {
				return 0, Whole
			}
			if buf[i+1] != '\n' {
				return 0, LineEnding
			}
			return i + 2, Whole
		case ' ', '\t':
			return 0, Fold
		}
		if len(h.fields) == most {
			return 0, ManyFields
		}
		start := i
		for i < len(buf) && isToken[buf[i]] {
			i++
		}
		if i == len(buf) {
			return 0, Whole
		}
		if buf[i] != ':' || i == start {
			return 0, nameFault(buf[i])
		}
		colon := i
		i++
		for i < len(buf) && (buf[i] == ' ' || buf[i] == '\t') {
			i++
		}
		value := i
		i = skipText(buf, i)
		if i+1 >= len(buf) {
			if i < len(buf) && buf[i] != '\r' {
				return 0, valueFault(buf[i])
			}
			return 0, Whole
		}
		if buf[i] != '\r' {
			return 0, valueFault(buf[i])
		}
		if buf[i+1] != '\n' {
			return 0, LineEnding
		}
		end := i
		for end > value && (buf[end-1] == ' ' || buf[end-1] == '\t') {
			end--
		}
		i += 2
		if colon-start > maxNameLength {
			return 0, FieldName
		}
		h.record(span{
			at: uint32(start), end: uint32(i),
			value: uint32(value), valueEnd: uint32(end),
			nameLen: uint16(colon - start), name: nameOf(buf[start:colon]),
		})
	}
}

// maxNameLength bounds a field name: none in use is near it, and spans keep it in 16 bits.
const maxNameLength = 1 << 12

func nameFault(c byte) Fault {
	if c == '\n' {
		return LineEnding
	}
	return FieldName
}

func valueFault(c byte) Fault {
	if c == '\n' {
		return LineEnding
	}
	return FieldValue
}

// keep copies the scanned bytes: from here on the head is independent of the buffer it was read from.
func (h *Head) keep(scanned []byte) { h.block = append(h.block[:0], scanned...) }
