package respcache

import "sallyport/internal/wire"

// mayStore decides whether a shared cache may store an answer to a GET (RFC 9111 section 3), and whether that is of any
// use. shared means that the request carried Authorization and the entry would be everybody's (section 3.5).
func mayStore(o *origin, request *directives, status int, h *wire.Head, shared bool) bool {
	switch {
	case status < lowestFinalStatus, status == 304, o.malformed, request.noStore, o.private:
		return false
	case o.noStore && !(o.mustUnderstand && understood(status)), o.mustUnderstand && !understood(status):
		return false
	case shared && !o.public && !o.mustRevalidate && !o.sMaxAge.given:
		return false
	case variesByAll(h):
		return false
	case status == 206:
		return o.explicit && o.reusable()
	}
	return o.reusable() || o.validator && (o.explicit || o.public || heuristicallyCacheable(status))
}

// reusable reports whether the answer can serve another request without being validated first.
func (o *origin) reusable() bool {
	if o.noCache {
		return false
	}
	usable := o.lifetime
	if !o.strict() {
		usable += max(o.staleWhileRevalidate.n, o.staleIfError.n) * second
	}
	return usable > o.initialAge
}

// strict reports whether a stale answer must not be used whatever happens (RFC 9111 section 4.2.4). s-maxage means
// proxy-revalidate too (section 5.2.2.10).
func (o *origin) strict() bool { return o.mustRevalidate || o.proxyRevalidate || o.sMaxAge.given }

// variesByAll reports whether Vary has the member "*": nothing about a later request can be enough (RFC 9110 section
// 12.5.5).
func variesByAll(h *wire.Head) bool {
	for i := h.First(wire.Vary); i >= 0; i = h.Next(i) {
		for name := range wire.Tokens(h.ValueAt(i)) {
			if string(name) == "*" {
				return true
			}
		}
	}
	return false
}
