package respcache

import (
	"strconv"

	"sallyport/internal/wire"
)

// How a request was answered, as Cache-Status says it (RFC 9211), without what depends on the request.
const (
	statusHit       = "sallyport; hit"
	statusMiss      = "sallyport; fwd=uri-miss"
	statusVary      = "sallyport; fwd=vary-miss"
	statusStale     = "sallyport; fwd=stale"
	statusRequest   = "sallyport; fwd=request"
	statusPartial   = "sallyport; fwd=partial"
	statusBypass    = "sallyport; fwd=bypass"
	statusMethod    = "sallyport; fwd=method"
	statusCollapsed = "sallyport; fwd=uri-miss; collapsed"
)

// addStatus adds the field, behind what caches nearer to the origin said.
func addStatus(h *wire.Head, text string) { h.AddKnown(wire.CacheStatus, []byte(text)) }

// addHit adds the field of a hit: with the seconds it stays fresh, negative for a stale answer.
func addHit(h *wire.Head, ttl int64) {
	var buffer [64]byte
	b := append(buffer[:0], statusHit...)
	b = append(b, "; ttl="...)
	h.AddKnown(wire.CacheStatus, strconv.AppendInt(b, ttl, 10))
}

// forwarded says why a request was forwarded and what came of it.
func forwarded(why string, status int, kept bool) string {
	s := why
	if status != 0 {
		s += "; fwd-status=" + strconv.Itoa(status)
	}
	if kept {
		s += "; stored"
	}
	return s
}
