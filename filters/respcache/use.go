package respcache

// use is what may be done with a stored answer (RFC 9111 section 4).
type use uint8

const (
	serve        use = iota // fresh enough
	serveStale              // stale, and the client or nobody minds
	refresh                 // stale, and may be served while it is revalidated in the background
	validate                // stale, or somebody insists
	validateOnly            // validate, and never serve it without success
)

// lifespan is a stored answer's freshness as it is kept with it.
type lifespan struct {
	lifetime             int64
	staleWhileRevalidate int64
	staleIfError         int64
	noCache              bool // never without validation (RFC 9111 section 5.2.2.4)
	strict               bool // never stale (section 4.2.4)
}

// use decides about a stored answer of this age. request are the directives of the client.
func (l *lifespan) use(age int64, request *directives) use {
	if l.noCache {
		return validateOnly
	}
	left := l.lifetime - age
	must := validate
	if l.strict && left <= 0 {
		must = validateOnly
	}
	switch {
	case request.noCache, request.maxAge.given && (request.maxAge.n == 0 || age > request.maxAge.n*second):
		return must
	case request.minFresh.given && left < request.minFresh.n*second:
		return must
	case left > 0:
		return serve
	case l.strict:
		return validateOnly
	case request.maxStale.given && !request.maxStale.bad && -left <= request.maxStale.n*second:
		return serveStale
	case -left < l.staleWhileRevalidate && !request.maxAge.given && !request.minFresh.given:
		return refresh
	}
	return validate
}

// survives reports whether a stored answer of this age may stand in for an origin that fails (RFC 5861 section 4).
func (l *lifespan) survives(age int64, request *directives) bool {
	if l.noCache || request.noCache || request.minFresh.given || request.maxAge.given && age > request.maxAge.n*second {
		return false
	}
	stale := age - l.lifetime
	if stale <= 0 {
		return true
	}
	return !l.strict && stale <= max(l.staleIfError, request.staleIfError.n*second)
}
