package respcache

import (
	"bytes"

	"sallyport/internal/wire"
)

// byteRange is the bytes from first up to end, not included.
type byteRange struct{ first, end int64 }

// rangeKind is what a Range field asks for.
type rangeKind uint8

const (
	noRange     rangeKind = iota // none, or one that is better ignored: another unit, malformed, several ranges
	oneRange                     // a part of the content
	unsatisfied                  // nothing that there is
)

// parseRange reads a Range field for content of so many bytes (RFC 9110 section 14.1). A request for several ranges is
// answered with the whole, as any may be (section 14.2).
func parseRange(field []byte, size int64) (byteRange, rangeKind) {
	const unit = "bytes="
	if len(field) < len(unit) || !wire.EqualFold(field[:len(unit)], unit) {
		return byteRange{}, noRange
	}
	spec := wire.TrimOWS(field[len(unit):])
	if bytes.IndexByte(spec, ',') >= 0 {
		return byteRange{}, noRange
	}
	dash := bytes.IndexByte(spec, '-')
	if dash < 0 {
		return byteRange{}, noRange
	}
	first, hasFirst := position(spec[:dash])
	last, hasLast := position(spec[dash+1:])
	switch {
	case !hasFirst && dash > 0, !hasLast && dash < len(spec)-1, !hasFirst && !hasLast, hasFirst && hasLast && last < first:
		return byteRange{}, noRange
	case !hasFirst && (last == 0 || size == 0), hasFirst && first >= size:
		return byteRange{}, unsatisfied
	case !hasFirst:
		return byteRange{max(size-last, 0), size}, oneRange
	case !hasLast:
		return byteRange{first, size}, oneRange
	}
	return byteRange{first, min(last, size-1) + 1}, oneRange
}

// position reads 1*DIGIT, up to what fits 62 bits.
func position(b []byte) (int64, bool) {
	var n int64
	for _, c := range b {
		if !isDigit(c) || n > 1<<58 {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, len(b) > 0
}

// parseContentRange reads the Content-Range of a partial answer with one part (RFC 9110 section 14.4). One that does not
// tell the whole length is not kept.
func parseContentRange(field []byte) (r byteRange, total int64, ok bool) {
	const unit = "bytes "
	if len(field) < len(unit) || !wire.EqualFold(field[:len(unit)], unit) {
		return r, 0, false
	}
	spec := field[len(unit):]
	dash, slash := bytes.IndexByte(spec, '-'), bytes.IndexByte(spec, '/')
	if dash < 0 || slash < dash {
		return r, 0, false
	}
	first, okFirst := position(spec[:dash])
	last, okLast := position(spec[dash+1 : slash])
	total, okTotal := position(spec[slash+1:])
	if !okFirst || !okLast || !okTotal || last < first || last >= total {
		return r, 0, false
	}
	return byteRange{first, last + 1}, total, true
}
