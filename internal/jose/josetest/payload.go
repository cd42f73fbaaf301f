package josetest

import (
	"fmt"

	"sallyport/internal/jose"
)

// payloadCases are signed well, over claims that must not be accepted.
func payloadCases(now int64) []Case {
	var cases []Case
	f := func(want jose.Reason, payload string) {
		cases = append(cases, everyday("payload "+payload, want, everydayHeader, payload))
	}
	const iss, aud = `"iss":"` + Issuer + `"`, `"aud":"` + Audience + `"`
	exp := fmt.Sprintf(`"exp":%d`, now+60)

	with := func(want jose.Reason, member string) { f(want, claims(now, member)) }
	with(jose.Malformed, exp)
	with(jose.Malformed, `"\u0065xp":1`)
	with(jose.Malformed, iss)
	with(jose.Malformed, `"sub":"bob"`)
	with(jose.Malformed, `"aud":"x"`)
	with(jose.Malformed, `"x":{"a":{"b":1,"b":2}}`)
	with(jose.Malformed, `"x":[{"a":1,"a":1}]`)
	with(jose.Malformed, `"scope":"a","scope":"b"`)
	with(jose.Malformed, `"jti":1`)
	with(jose.Malformed, `"sid":{}`)
	with(jose.Malformed, `"nbf":"1"`)
	with(jose.Malformed, `"nbf":null`)
	with(jose.NotYet, fmt.Sprintf(`"nbf":%d`, now+Skew+5))
	with(jose.NotYet, fmt.Sprintf(`"nbf":%d`, now+100000))

	f(jose.Malformed, `{`+iss+`,`+aud+`}`)
	for _, e := range []string{`null`, `true`, `"9999999999"`, `""`, `[9999999999]`, `{}`, `1e400`, `-1e400`, `99999999999999999999`, `9223372036854775807`, `9007199254740993`} {
		f(jose.Malformed, fmt.Sprintf(`{%s,%s,"exp":%s}`, iss, aud, e))
	}
	for _, e := range []string{`0`, `-1`, `-0`, `1`, `0.5`, `1e3`, fmt.Sprint(now - Skew), fmt.Sprint(now - Skew - 1), fmt.Sprint(now - 86400), fmt.Sprintf("%d.9", now-Skew-1), `-9007199254740992`} {
		f(jose.Expired, fmt.Sprintf(`{%s,%s,"exp":%s}`, iss, aud, e))
	}
	f(jose.NotYet, fmt.Sprintf(`{%s,%s,%s,"iat":%d}`, iss, aud, exp, now+Skew+5))
	f(jose.Malformed, fmt.Sprintf(`{%s,%s,%s,"iat":"now"}`, iss, aud, exp))
	f(jose.Malformed, fmt.Sprintf(`{%s,%s,%s,"sub":7}`, iss, aud, exp))
	f(jose.Malformed, fmt.Sprintf(`{%s,%s,%s,"sub":null}`, iss, aud, exp))

	f(jose.Issuer, fmt.Sprintf(`{%s,%s}`, aud, exp))
	for _, i := range []string{`""`, `"https://evil.test"`, `"https://issuer.test/"`, `"HTTPS://issuer.test"`, `"https://issuer.test.evil.test"`, `"https://issuer.tes"`, `"https://issuer.test\u0000"`, `" https://issuer.test"`} {
		f(jose.Issuer, fmt.Sprintf(`{"iss":%s,%s,%s}`, i, aud, exp))
	}
	for _, i := range []string{`1`, `null`, `["https://issuer.test"]`, `{"https://issuer.test":1}`} {
		f(jose.Malformed, fmt.Sprintf(`{"iss":%s,%s,%s}`, i, aud, exp))
	}
	f(jose.Audience, fmt.Sprintf(`{%s,%s}`, iss, exp))
	for _, a := range []string{`""`, `[]`, `"https://evil.test"`, `["a","b"]`, `"https://api.test/"`, `"https://api.test https://x"`, `"https://api.tes"`, `"HTTPS://API.TEST"`} {
		f(jose.Audience, fmt.Sprintf(`{%s,"aud":%s,%s}`, iss, a, exp))
	}
	for _, a := range []string{`1`, `null`, `true`, `{"https://api.test":1}`, `["https://api.test",1]`, `[["https://api.test"]]`, `[null]`} {
		f(jose.Malformed, fmt.Sprintf(`{%s,"aud":%s,%s}`, iss, a, exp))
	}
	// What is wrong with the claims is said before a signature is looked at.
	forged := func(name string, want jose.Reason, payload string) {
		cases = append(cases, spelled(name, want, OtherRSA().Token("RS256", everydayHeader, payload)))
	}
	forged("expired and forged", jose.Expired, fmt.Sprintf(`{%s,%s,"exp":1}`, iss, aud))
	forged("foreign issuer and forged", jose.Issuer, fmt.Sprintf(`{"iss":"x",%s,%s}`, aud, exp))
	forged("foreign audience and forged", jose.Audience, fmt.Sprintf(`{%s,"aud":"x",%s}`, iss, exp))
	return cases
}
