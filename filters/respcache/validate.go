package respcache

import (
	"bytes"

	"sallyport/internal/wire"
)

// notModified evaluates a client's conditions against a stored answer (RFC 9110 section 13.2.2, RFC 9111 section 4.3.2):
// If-None-Match, or else If-Modified-Since. modified is the stored answer's Last-Modified or, without one, its Date or
// when it came, in seconds.
func notModified(request, stored *wire.Head, modified, now int64) bool {
	if request.Has(wire.IfNoneMatch) {
		tag := stored.Value(wire.ETag)
		for i := request.First(wire.IfNoneMatch); i >= 0; i = request.Next(i) {
			if anyTag(request.ValueAt(i), tag) {
				return true
			}
		}
		return false
	}
	since, ok := parseDate(request.Value(wire.IfModifiedSince), now)
	return ok && modified <= since
}

// anyTag reports whether a list of entity tags has one that is weakly the same as tag, or is "*" (RFC 9110 section 8.8.3.2).
func anyTag(list, tag []byte) bool {
	for len(list) > 0 {
		end := tagEnd(list)
		member := wire.TrimOWS(list[:end])
		if string(member) == "*" || len(tag) > 0 && bytes.Equal(opaque(member), opaque(tag)) {
			return true
		}
		list = list[min(end+1, len(list)):]
	}
	return false
}

// tagEnd returns where the first member of a list of entity tags ends; a comma between quotes belongs to the tag, and a
// backslash is a byte like others.
func tagEnd(list []byte) int {
	quoted := false
	for i, c := range list {
		if c == '"' {
			quoted = !quoted
		} else if c == ',' && !quoted {
			return i
		}
	}
	return len(list)
}

// opaque returns a tag without the mark of weakness.
func opaque(tag []byte) []byte { return bytes.TrimPrefix(tag, weakMark) }

var weakMark = []byte("W/")

// isWeak reports whether a tag is weak.
func isWeak(tag []byte) bool { return bytes.HasPrefix(tag, weakMark) }

// strongTag reports whether two tags are the same and strong (RFC 9110 section 8.8.3.2).
func strongTag(a, b []byte) bool { return len(a) > 0 && !isWeak(a) && bytes.Equal(a, b) }

// rangeCondition evaluates If-Range against a stored answer (RFC 9110 section 13.1.5): a strong entity tag, or a date
// that is exactly its Last-Modified, which must be a strong validator: a minute or more before its Date (section 8.8.2.2).
func rangeCondition(condition []byte, stored *wire.Head, lastModified, date, now int64) bool {
	if bytes.IndexByte(condition, '"') >= 0 {
		return strongTag(condition, stored.Value(wire.ETag))
	}
	t, ok := parseDate(condition, now)
	return ok && lastModified > 0 && t == lastModified && date-lastModified >= strongDateGap
}

// strongDateGap is how many seconds a Last-Modified must be before the Date to be a strong validator.
const strongDateGap = 60
