package respcache

import (
	"bytes"
	"slices"

	"sallyport/internal/wire"
)

// appendNames appends the names of an answer's selecting fields (RFC 9110 section 12.5.5): in lower case, sorted, each
// once, with commas between.
func appendNames(dst []byte, h *wire.Head) []byte {
	var names [][]byte
	for i := h.First(wire.Vary); i >= 0; i = h.Next(i) {
		for name := range wire.Tokens(h.ValueAt(i)) {
			names = append(names, wire.AppendLower(nil, name))
		}
	}
	slices.SortFunc(names, bytes.Compare)
	for i, name := range names {
		if i > 0 && bytes.Equal(name, names[i-1]) {
			continue
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, name...)
	}
	return dst
}

// The marks in front of a selecting field's value: one that is missing is not one that is empty.
const (
	missingField = 0
	presentField = 1
)

// appendSelected appends what a request has in the fields of these names, in a form in which values that mean the same
// are the same (RFC 9111 section 4.1).
func appendSelected(dst, names []byte, h *wire.Head) []byte {
	for len(names) > 0 {
		name := names
		if i := bytes.IndexByte(names, ','); i >= 0 {
			name, names = names[:i], names[i+1:]
		} else {
			names = nil
		}
		first := findField(h, name)
		if first < 0 {
			dst = append(dst, missingField)
			continue
		}
		dst = append(dst, presentField)
		switch wire.NameOf(name) {
		case wire.AcceptEncoding:
			dst = appendCodings(dst, h, first)
		case wire.AcceptLanguage:
			dst = appendLanguages(dst, h, first)
		default:
			dst = appendCombined(dst, h, first)
		}
	}
	return dst
}

// findField is wire.Head.Find for a name in bytes.
func findField(h *wire.Head, lower []byte) int {
	if n := wire.NameOf(lower); n != wire.Other {
		return h.First(n)
	}
	for i := range h.Len() {
		if !h.Gone(i) && h.ID(i) == wire.Other && bytes.EqualFold(h.NameAt(i), lower) {
			return i
		}
	}
	return -1
}

// appendCombined appends a field's lines as one list, without white space around its commas; quoted strings stay as they
// are.
func appendCombined(dst []byte, h *wire.Head, first int) []byte {
	for i := first; i >= 0; i = h.Next(i) {
		if i != first {
			dst = append(dst, ',')
		}
		quoted := false
		for _, c := range h.ValueAt(i) {
			switch {
			case c == '"':
				quoted = !quoted
			case quoted:
			case c == ',':
				dst = trimRight(dst)
			case isOWS(c) && len(dst) > 0 && dst[len(dst)-1] == ',':
				continue
			}
			dst = append(dst, c)
		}
	}
	return dst
}

func trimRight(b []byte) []byte {
	for len(b) > 0 && isOWS(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// codings are the content codings that answers are likely to have; each is a bit of the class of an Accept-Encoding.
var codings = [...]string{"gzip", "br", "zstd", "deflate", "compress", "dcb", "dcz", "*"}

// appendCodings appends the class of an Accept-Encoding: which codings the client accepts, whatever it likes better. Any
// stored answer is acceptable to all whose class is the same.
func appendCodings(dst []byte, h *wire.Head, first int) []byte {
	class, identity := byte(0), byte('i')
	start := len(dst)
	dst = append(dst, 0, 0)
	for i := first; i >= 0; i = h.Next(i) {
		for member := range wire.Tokens(h.ValueAt(i)) {
			name, weight := weighted(member)
			known := false
			for bit, coding := range codings {
				if wire.EqualFold(name, coding) || bit == 0 && wire.EqualFold(name, "x-gzip") {
					known = true
					if weight > 0 {
						class |= 1 << bit
					} else if coding == "*" {
						identity = 'n'
					}
				}
			}
			switch {
			case wire.EqualFold(name, "identity"):
				if weight == 0 {
					identity = 'n'
				}
			case !known && weight > 0:
				dst = wire.AppendLower(append(dst, ','), name)
			}
		}
	}
	dst[start], dst[start+1] = identity, class
	return dst
}

// weighted splits a member of a list like Accept into its name and its weight in thousandths (RFC 9110 section 12.4.2). A
// weight that cannot be read is 1.
func weighted(member []byte) (name []byte, weight int) {
	i := bytes.IndexByte(member, ';')
	if i < 0 {
		return member, 1000
	}
	name = wire.TrimOWS(member[:i])
	q := wire.TrimOWS(member[i+1:])
	if len(q) < 3 || q[0]|0x20 != 'q' || q[1] != '=' {
		return name, 1000
	}
	q = q[2:]
	weight = 0
	unit := 1000
	for j, c := range q {
		switch {
		case j == 1 && c == '.':
		case isDigit(c) && j < 5 && j != 1:
			weight += int(c-'0') * unit
			unit /= 10
		default:
			return name, 1000
		}
	}
	return name, min(weight, 1000)
}

// maxLanguages is how many languages are put in order; a request with more is its own variant.
const maxLanguages = 16

// appendLanguages appends the languages of an Accept-Language in the order in which the client prefers them; those it does
// not want have a "!" in front. Among equal weights the order is the client's, for there are servers that take the first.
func appendLanguages(dst []byte, h *wire.Head, first int) []byte {
	type language struct {
		tag    []byte
		weight int
	}
	var sorted [maxLanguages]language
	n := 0
	for i := first; i >= 0; i = h.Next(i) {
		for member := range wire.Tokens(h.ValueAt(i)) {
			if n == maxLanguages {
				return appendCombined(dst, h, first)
			}
			tag, weight := weighted(member)
			at := n
			for at > 0 && sorted[at-1].weight < weight {
				sorted[at] = sorted[at-1]
				at--
			}
			sorted[at] = language{tag, weight}
			n++
		}
	}
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		if sorted[i].weight == 0 {
			dst = append(dst, '!')
		}
		dst = wire.AppendLower(dst, sorted[i].tag)
	}
	return dst
}
