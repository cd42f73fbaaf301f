package filters

import "sallyport/internal/wire"

// Reason is why a request was refused: one code of the closed list below. Codes are area.cause.
type Reason struct {
	Code   string // as in the reply, the access line and the metric
	Status int
	Title  string // for people; says no more than the code
}

// The reasons. Faults of framing and of the target's form have theirs in package wire (FaultReason).
var (
	RouteNone        = Reason{"route.none", 404, "No such route"}
	MethodNotAllowed = Reason{"method.not_allowed", 405, "Method not allowed"}
	BodyTooLarge     = Reason{"body.too_large", 413, "Body too large"}

	AddressDenied = Reason{"address.denied", 403, "Address denied"}
	FeedDenied    = Reason{"feed.denied", 403, "Address denied"}

	RateClient      = Reason{"rate.client", 429, "Too many requests"}
	RateCaller      = Reason{"rate.caller", 429, "Too many requests"}
	RateUnavailable = Reason{"rate.unavailable", 503, "Limits unavailable"}
	RatePenalty     = Reason{"rate.penalty", 429, "Blocked for a while"}
	QuotaCaller     = Reason{"rate.quota", 429, "Quota used up"}
	ConcurrencyFull = Reason{"concurrency.full", 503, "Too many requests in flight"}

	AuthMissing     = Reason{"auth.missing", 401, "Authentication required"}
	AuthMalformed   = Reason{"auth.malformed", 401, "Malformed credentials"}
	AuthSignature   = Reason{"auth.signature", 401, "Invalid signature"}
	AuthExpired     = Reason{"auth.expired", 401, "Credentials expired"}
	AuthNotYet      = Reason{"auth.not_yet", 401, "Credentials not valid yet"}
	AuthIssuer      = Reason{"auth.issuer", 401, "Unknown issuer"}
	AuthAudience    = Reason{"auth.audience", 401, "Wrong audience"}
	AuthRevoked     = Reason{"auth.revoked", 401, "Credentials revoked"}
	AuthKey         = Reason{"auth.key", 401, "Unknown key"}
	AuthInactive    = Reason{"auth.inactive", 401, "Inactive credentials"}
	AuthBinding     = Reason{"auth.binding", 401, "Credentials bound to another key"}
	AuthProof       = Reason{"auth.proof", 401, "Invalid proof of possession"}
	AuthStepUp      = Reason{"auth.step_up", 401, "Stronger authentication required"}
	AuthUnavailable = Reason{"auth.unavailable", 503, "Authentication unavailable"}
	AuthzScope      = Reason{"authz.scope", 403, "Insufficient scope"}
	AuthzClaim      = Reason{"authz.claim", 403, "Not permitted"}

	ContentType   = Reason{"content.type", 415, "Unsupported content type"}
	ContentSchema = Reason{"content.schema", 422, "Body does not match its schema"}
	WAFBlocked    = Reason{"waf.blocked", 403, "Blocked"}

	UpstreamConnect   = Reason{"upstream.connect", 502, "Upstream cannot be reached"}
	UpstreamReset     = Reason{"upstream.reset", 502, "Upstream closed the connection"}
	UpstreamMalformed = Reason{"upstream.malformed", 502, "Upstream sent no valid answer"}
	UpstreamTimeout   = Reason{"upstream.timeout", 504, "Upstream did not answer in time"}
	UpstreamNone      = Reason{"upstream.none", 503, "No upstream available"}
	UpstreamFull      = Reason{"upstream.full", 503, "Upstream is busy"}
	UpstreamBreaker   = Reason{"upstream.breaker", 503, "Upstream suspended"}

	// ClientGone is never seen by anybody but the operator: there was nobody left to answer.
	ClientGone = Reason{"client.gone", 499, "Client closed the connection"}

	CacheOnly = Reason{"cache.only", 504, "Not stored, and nothing else was asked for"}

	Internal = Reason{"internal.panic", 500, "Internal error"}
)

// FaultReason returns the reason for what the wire could not read.
func FaultReason(f wire.Fault) Reason {
	title := "Malformed request"
	switch f.Status() {
	case 408:
		title = "Request timeout"
	case 413:
		title = "Body too large"
	case 414:
		title = "Target too long"
	case 417:
		title = "Expectation failed"
	case 431:
		title = "Head too large"
	}
	return Reason{f.Reason(), f.Status(), title}
}
