package auth

import (
	"sallyport/filters"
	"sallyport/internal/jose"
)

// outcome is what came of looking for one kind of credentials in a request.
type outcome uint8

const (
	accepted outcome = iota
	absent           // the request has no credentials of this kind
	foreign          // another issuer's: perhaps another authenticator of the route takes them
	malformed
	expired
	notYet
	audience
	unknownKey
	badSignature
	revoked
	inactive
	binding
	proof
	throttled // the client has cost too much already
	unavailable
	outcomes
)

// reasons are the refusals, by outcome.
var reasons = [outcomes]filters.Reason{
	absent:       filters.AuthMissing,
	foreign:      filters.AuthIssuer,
	malformed:    filters.AuthMalformed,
	expired:      filters.AuthExpired,
	notYet:       filters.AuthNotYet,
	audience:     filters.AuthAudience,
	unknownKey:   filters.AuthKey,
	badSignature: filters.AuthSignature,
	revoked:      filters.AuthRevoked,
	inactive:     filters.AuthInactive,
	binding:      filters.AuthBinding,
	proof:        filters.AuthProof,
	throttled:    filters.RateClient,
	unavailable:  filters.AuthUnavailable,
}

// outcomeOf translates the verdict over a token.
var outcomeOf = [...]outcome{
	jose.Valid:        accepted,
	jose.Malformed:    malformed,
	jose.Issuer:       foreign,
	jose.Expired:      expired,
	jose.NotYet:       notYet,
	jose.Audience:     audience,
	jose.UnknownKey:   unknownKey,
	jose.BadSignature: badSignature,
	jose.Unavailable:  unavailable,
}

// worse returns the outcome that says more about why a request was refused: that of an authenticator which the
// credentials were meant for.
func worse(a, b outcome) outcome {
	if a == absent || a == foreign && b != absent {
		return b
	}
	return a
}
