package respcache

import "sallyport/internal/wire"

// Times are milliseconds since 1970, durations milliseconds, unless a name says seconds.
const second = 1000

// received is an answer's place in time: when it was asked for and when its head came.
type received struct{ requested, answered int64 }

// heuristicShare and maxHeuristic bound the lifetime of an answer that says only when it was last modified (RFC 9111
// section 4.2.2). An error is believed for a shorter time.
const (
	heuristicShare    = 10
	maxHeuristic      = 24 * 3600 * second
	maxNegativeGuess  = 60 * second
	firstErrorStatus  = 400
	lowestFinalStatus = 200
)

// origin reads what an answer says about its own age and lifetime.
type origin struct {
	directives
	date         int64 // in seconds; when the answer has no valid Date, when it came
	dated        bool
	lastModified int64 // in seconds, 0 when not given
	initialAge   int64 // RFC 9111 section 4.2.3
	lifetime     int64
	explicit     bool // the answer says its lifetime itself
	validator    bool // the answer can be revalidated
}

// readOrigin evaluates an answer's head. ttl is the lifetime where it says nothing, 0 for heuristics.
func readOrigin(o *origin, h *wire.Head, status int, at received, ttl int64) {
	*o = origin{}
	targeted := parseTargeted(&o.directives, h)
	if !targeted {
		parseDirectives(&o.directives, h)
		// Pragma has no meaning in an answer, but what is sent with it alone was never meant to be reused.
		if !h.Has(wire.CacheControl) && hasNoCachePragma(h) {
			o.noCache = true
		}
	}
	now := at.answered / second
	o.date, o.dated = parseDate(h.Value(wire.Date), now)
	if !o.dated {
		o.date = now
	}
	if t, ok := parseDate(h.Value(wire.LastModified), now); ok && t > 0 {
		o.lastModified = t
	}
	o.validator = o.lastModified > 0 || h.Has(wire.ETag)
	o.initialAge = initialAge(o, h.Value(wire.Age), at)
	o.lifetime, o.explicit = explicitLifetime(o, h, targeted, now)
	if !o.explicit {
		o.lifetime = impliedLifetime(o, status, ttl)
	}
}

// hasNoCachePragma reports whether the head says Pragma: no-cache (RFC 9111 section 5.4).
func hasNoCachePragma(h *wire.Head) bool {
	for i := h.First(wire.Pragma); i >= 0; i = h.Next(i) {
		for directive := range wire.Tokens(h.ValueAt(i)) {
			if wire.EqualFold(directive, "no-cache") {
				return true
			}
		}
	}
	return false
}

// explicitLifetime is RFC 9111 section 4.2.1. What is given and cannot be read is no lifetime at all.
func explicitLifetime(o *origin, h *wire.Head, targeted bool, now int64) (int64, bool) {
	switch {
	case o.sMaxAge.given:
		return o.sMaxAge.n * second, true
	case o.maxAge.given:
		return o.maxAge.n * second, true
	case targeted || !h.Has(wire.Expires):
		return 0, false
	}
	expires, ok := parseDate(h.Value(wire.Expires), now)
	if !ok {
		return 0, true
	}
	return min(max(expires-o.date, 0), maxSeconds) * second, true
}

// impliedLifetime is the lifetime of an answer that does not say it: the route's, or a share of the time since the last
// modification (RFC 9111 section 4.2.2).
func impliedLifetime(o *origin, status int, ttl int64) int64 {
	if !o.public && !heuristicallyCacheable(status) {
		return 0
	}
	guess := ttl
	if guess == 0 && o.lastModified > 0 {
		guess = min(max(o.date-o.lastModified, 0)*second/heuristicShare, maxHeuristic)
	}
	if status >= firstErrorStatus {
		guess = min(guess, maxNegativeGuess)
	}
	return guess
}

// initialAge is RFC 9111 section 4.2.3. Of a list of ages the first counts, and one that cannot be read does not (section
// 5.1).
func initialAge(o *origin, field []byte, at received) int64 {
	apparent := max(at.answered/second-o.date, 0) * second
	age := int64(0)
	for value := range wire.Tokens(field) {
		if n, ok := parseSeconds(value); ok {
			age = n * second
		}
		break
	}
	return max(apparent, age+max(at.answered-at.requested, 0))
}

// heuristicallyCacheable reports whether a status may be reused without an explicit lifetime (RFC 9110 section 15.1).
func heuristicallyCacheable(status int) bool {
	switch status {
	case 200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501:
		return true
	}
	return false
}

// understood reports whether the status is one whose rules for caching are known here (RFC 9111 section 5.2.2.3): the
// final ones of RFC 9110 section 15 and their later companions.
func understood(status int) bool {
	switch {
	case 200 <= status && status <= 208, status == 226,
		300 <= status && status <= 305, status == 307, status == 308,
		400 <= status && status <= 417, 421 <= status && status <= 426, status == 428, status == 429, status == 431, status == 451,
		500 <= status && status <= 508, status == 511:
		return true
	}
	return false
}
