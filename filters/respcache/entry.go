package respcache

import "encoding/binary"

// entry is a stored answer, all but its body. Its slices are parts of what it was decoded from.
type entry struct {
	status       int
	born         uint64 // the generation of purges in which its fetch began
	answered     int64  // when it came or was last validated
	initialAge   int64  // it had then
	date         int64  // in seconds; what its Date says, or when it came
	lastModified int64  // in seconds, 0 when not given
	lifespan
	part part // of a partial answer; the zero value for a whole one

	tags   []byte // as cache.Generations.AppendTag writes them
	names  []byte // the selecting fields of Vary, in lower case, sorted, with commas between; empty without any
	values []byte // what the request had in them, as appendSelected writes it
	head   []byte // as wire.Head.AppendStored writes it
}

// part is where a partial answer's body stands in the whole.
type part struct{ first, total int64 }

// The flags of a stored entry.
const (
	flagNoCache = 1 << iota
	flagStrict
	flagPartial
	flagsKnown = 1<<iota - 1
)

// entryFixed is the length of the fields that every entry has.
const entryFixed = 2 + 1 + 8 + 8 + 8 + 8 + 8 + 4 + 4 + 4 + 2 + 2 + 4

// append appends the entry in the form that decode reads.
func (e *entry) append(dst []byte) []byte {
	le := binary.LittleEndian
	flags := byte(0)
	if e.noCache {
		flags |= flagNoCache
	}
	if e.strict {
		flags |= flagStrict
	}
	if e.part != (part{}) {
		flags |= flagPartial
	}
	dst = le.AppendUint16(dst, uint16(e.status))
	dst = append(dst, flags)
	dst = le.AppendUint64(dst, e.born)
	for _, n := range [...]int64{e.answered, e.initialAge, e.date, e.lastModified} {
		dst = le.AppendUint64(dst, uint64(n))
	}
	for _, n := range [...]int64{e.lifetime, e.staleWhileRevalidate, e.staleIfError} {
		dst = le.AppendUint32(dst, uint32(min(n/second, maxSeconds)))
	}
	dst = le.AppendUint16(dst, uint16(len(e.tags)))
	dst = le.AppendUint16(dst, uint16(len(e.names)))
	dst = le.AppendUint32(dst, uint32(len(e.values)))
	if flags&flagPartial != 0 {
		dst = le.AppendUint64(dst, uint64(e.part.first))
		dst = le.AppendUint64(dst, uint64(e.part.total))
	}
	dst = append(dst, e.tags...)
	dst = append(dst, e.names...)
	dst = append(dst, e.values...)
	return append(dst, e.head...)
}

// maxTagBytes and maxNameBytes bound what an entry can hold; an answer with more is not stored.
const (
	maxTagBytes  = 1<<16 - 8
	maxNameBytes = 1<<16 - 1
)

// decode reads an entry. It returns false for anything that append does not write.
func (e *entry) decode(b []byte) bool {
	if len(b) < entryFixed {
		return false
	}
	le := binary.LittleEndian
	e.status = int(le.Uint16(b))
	flags := b[2]
	e.noCache, e.strict = flags&flagNoCache != 0, flags&flagStrict != 0
	e.born = le.Uint64(b[3:])
	e.answered, e.initialAge = int64(le.Uint64(b[11:])), int64(le.Uint64(b[19:]))
	e.date, e.lastModified = int64(le.Uint64(b[27:])), int64(le.Uint64(b[35:]))
	e.lifetime, e.staleWhileRevalidate = int64(le.Uint32(b[43:]))*second, int64(le.Uint32(b[47:]))*second
	e.staleIfError = int64(le.Uint32(b[51:])) * second
	tags, names, values := int(le.Uint16(b[55:])), int(le.Uint16(b[57:])), int(le.Uint32(b[59:]))
	b = b[entryFixed:]
	e.part = part{}
	if flags&flagPartial != 0 {
		if len(b) < 16 {
			return false
		}
		e.part = part{int64(le.Uint64(b)), int64(le.Uint64(b[8:]))}
		b = b[16:]
	}
	if flags&^flagsKnown != 0 || e.status < 200 || e.status > 599 || e.initialAge < 0 || e.part.first < 0 ||
		tags+names+values > len(b) || tags%8 != 0 {
		return false
	}
	e.tags, b = b[:tags], b[tags:]
	e.names, b = b[:names], b[names:]
	e.values, e.head = b[:values], b[values:]
	return true
}

// age is the entry's current age (RFC 9111 section 4.2.3).
func (e *entry) age(now int64) int64 { return e.initialAge + max(now-e.answered, 0) }
