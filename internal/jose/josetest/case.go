package josetest

import (
	"fmt"
	"slices"

	"sallyport/internal/jose"
)

// What all cases are verified against.
const (
	Issuer   = "https://issuer.test"
	Audience = "https://api.test"
	Skew     = 30 // seconds
)

// Case is a token, the key set it is verified with, and what must come of it.
type Case struct {
	Name       string
	Token      string
	Set        string          // a JWK set
	From       jose.Origin     // where the set comes from
	Algorithms jose.Algorithms // the issuer's list
	KeyFault   bool            // the set is not clean: an error, if it was read from a file
	Want       jose.Reason
}

// All lets an issuer use every algorithm.
const All = ^jose.Algorithms(0)

// Rules are the rules of a case at its issuer.
func (c Case) Rules() *jose.Rules {
	return &jose.Rules{Issuer: Issuer, Audiences: []string{"https://other.test", Audience}, Algorithms: c.Algorithms, Skew: Skew}
}

// Cases returns all cases for the time now, in seconds since 1970.
func Cases(now int64) []Case {
	return slices.Concat(goodCases(now), formCases(now), headerCases(now), payloadCases(now), signatureCases(now), keyCases(now))
}

// claims returns a payload that is good at the time now for an hour, with further members.
func claims(now int64, more string) string {
	if more != "" {
		more = "," + more
	}
	return fmt.Sprintf(`{"iss":%q,"aud":%q,"sub":"alice","iat":%d,"exp":%d%s}`, Issuer, Audience, now-10, now+3600, more)
}

// Everyday is a set of one RS256 key whose kid is "a", as most issuers publish it.
func Everyday() string { return Set(RSA().JWK(`"kid":"a","use":"sig","alg":"RS256"`)) }

const everydayHeader = `{"alg":"RS256","kid":"a","typ":"JWT"}`

// everyday is a case with the everyday set and a token signed over header and payload with its key.
func everyday(name string, want jose.Reason, header, payload string) Case {
	return spelled(name, want, RSA().Token("RS256", header, payload))
}

// spelled is a case with the everyday set and a token given letter by letter.
func spelled(name string, want jose.Reason, token string) Case {
	return Case{Name: name, Token: token, Set: Everyday(), From: jose.FromURL, Algorithms: All, Want: want}
}
