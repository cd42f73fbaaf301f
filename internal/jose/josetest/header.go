package josetest

import (
	"fmt"

	"sallyport/internal/jose"
)

// headerCases are signed well, over a header that must not be accepted.
func headerCases(now int64) []Case {
	var cases []Case
	f := func(want jose.Reason, header string) {
		cases = append(cases, everyday("header "+header, want, header, claims(now, "")))
	}
	bad := func(member string) { f(jose.Malformed, `{"alg":"RS256","kid":"a",`+member+`}`) }
	bad(`"crit":["exp"],"exp":1`)
	bad(`"crit":["b64"],"b64":true`)
	bad(`"crit":["x"]`)
	bad(`"crit":[]`)
	bad(`"crit":null`)
	bad(`"b64":false`)
	bad(`"b64":true`)
	bad(`"jku":"https://evil.test/keys"`)
	bad(`"jwk":` + OtherRSA().JWK(`"kid":"a"`))
	bad(`"jwk":null`)
	bad(`"x5u":"https://evil.test/cert"`)
	bad(`"x5c":["MII"]`)
	bad(`"x5t":"abc"`)
	bad(`"x5t#S256":"abc"`)
	bad(`"x5\u0063":["MII"]`)
	bad(`"kid":"a"`)
	bad(`"alg":"RS256"`)
	bad(`"\u0061lg":"RS256"`)
	bad(`"x":{"y":1,"y":1}`)
	bad(`"typ":"dpop+jwt"`)
	bad(`"typ":"secevent+jwt"`)
	bad(`"typ":""`)
	bad(`"typ":"application/"`)
	bad(`"typ":"text/jwt"`)
	bad(`"typ":["JWT"]`)
	bad(`"typ":null`)
	bad(`"typ":"JWT "`)
	f(jose.Malformed, `{"kid":"a","typ":"JWT"}`)
	for _, alg := range []string{`"none"`, `"None"`, `"NONE"`, `"nOnE"`, `""`, `null`, `256`, `["RS256"]`, `"rs256"`, `"RS256 "`, `"RS1"`, `"HS257"`, `"ES256K"`, `"RSA-OAEP"`, `"dir"`,
		`"RS384"`, `"RS512"`, `"PS256"`, `"PS512"`, `"ES256"`, `"ES512"`, `"EdDSA"`, `"HS256"`} {
		f(jose.Malformed, fmt.Sprintf(`{"alg":%s,"kid":"a"}`, alg))
	}
	f(jose.Malformed, `{"alg":"RS256","kid":1}`)
	f(jose.Malformed, `{"alg":"RS256","kid":null}`)
	f(jose.Malformed, `{"alg":"RS256","kid":["a"]}`)
	f(jose.UnknownKey, `{"alg":"RS256","kid":"b"}`)
	f(jose.UnknownKey, `{"alg":"RS256","kid":"A"}`)
	f(jose.UnknownKey, `{"alg":"RS256","kid":""}`)
	f(jose.UnknownKey, `{"alg":"RS256","kid":"a\u0000"}`)
	f(jose.UnknownKey, `{"alg":"RS256","kid":"../../a"}`)

	unlisted := everyday("algorithm not in the issuer's list", jose.Malformed, everydayHeader, claims(now, ""))
	unlisted.Algorithms = 1 << jose.ES256
	return append(cases, unlisted)
}
