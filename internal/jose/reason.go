package jose

// Reason says why a token was not accepted. The values map one to one to the auth.* reason codes.
type Reason uint8

const (
	Valid        Reason = iota
	Malformed           // auth.malformed: structure, forbidden member, algorithm not the key's or not listed, no exp, too long
	Issuer              // auth.issuer: iss is missing or not the configured one
	Expired             // auth.expired
	NotYet              // auth.not_yet: nbf or iat lies in the future
	Audience            // auth.audience
	UnknownKey          // auth.key: the issuer has no such key
	BadSignature        // auth.signature
	Unavailable         // auth.unavailable: the issuer's keys are not known at the moment
)

var reasonNames = [...]string{
	Valid:        "valid",
	Malformed:    "malformed",
	Issuer:       "issuer",
	Expired:      "expired",
	NotYet:       "not_yet",
	Audience:     "audience",
	UnknownKey:   "key",
	BadSignature: "signature",
	Unavailable:  "unavailable",
}

// String returns the part of the reason code behind "auth.".
func (r Reason) String() string { return reasonNames[r] }
