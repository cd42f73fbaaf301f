package josetest

import (
	"fmt"
	"strings"

	"sallyport/internal/jose"
)

func goodCases(now int64) []Case {
	var cases []Case
	add := func(name string, token, set string) {
		cases = append(cases, Case{Name: name, Token: token, Set: set, From: jose.FromFile, Algorithms: All, Want: jose.Valid})
	}
	for alg, key := range Signers() {
		header := fmt.Sprintf(`{"alg":%q,"kid":"k"}`, alg)
		jwk := key.JWK(fmt.Sprintf(`"kid":"k","alg":%q`, alg))
		add(alg, key.Token(alg, header, claims(now, "")), Set(jwk))
		add(alg+" without kid", key.Token(alg, fmt.Sprintf(`{"alg":%q}`, alg), claims(now, "")), Set(jwk))
	}
	header := everydayHeader
	f := func(name, header, payload string) {
		add(name, RSA().Token("RS256", header, payload), Everyday())
	}
	f("typ absent", `{"alg":"RS256","kid":"a"}`, claims(now, ""))
	f("typ at+jwt", `{"alg":"RS256","kid":"a","typ":"at+jwt"}`, claims(now, ""))
	f("typ in another letter case", `{"alg":"RS256","kid":"a","typ":"jwt"}`, claims(now, ""))
	f("typ with application/", `{"alg":"RS256","kid":"a","typ":"application/at+jwt"}`, claims(now, ""))
	f("unknown header member", `{"alg":"RS256","kid":"a","nonce":"x","z":[1,{"z":2}]}`, claims(now, ""))
	f("header with white space", "{\"alg\":\"RS256\",\r\n \"kid\":\t\"a\" }\n", claims(now, ""))
	f("header with escapes", `{"\u0061lg":"RS\u0032\u0035\u0036","kid":"\u0061"}`, claims(now, ""))
	f("aud array", header, fmt.Sprintf(`{"iss":%q,"aud":["x",%q],"exp":%d}`, Issuer, Audience, now+60))
	f("escaped slashes", header, strings.ReplaceAll(claims(now, ""), "/", `\/`))
	f("escaped name", header, strings.Replace(claims(now, ""), `"exp"`, `"\u0065xp"`, 1))
	f("exp with a fraction", header, fmt.Sprintf(`{"iss":%q,"aud":%q,"exp":%d.75}`, Issuer, Audience, now+60))
	f("exp within skew", header, fmt.Sprintf(`{"iss":%q,"aud":%q,"exp":%d}`, Issuer, Audience, now-Skew+2))
	f("nbf within skew", header, claims(now, fmt.Sprintf(`"nbf":%d`, now+Skew-2)))
	f("no iat, no sub", header, fmt.Sprintf(`{"iss":%q,"aud":%q,"exp":%d}`, Issuer, Audience, now+60))
	f("iat with a fraction", header, fmt.Sprintf(`{"iss":%q,"aud":%q,"exp":%d,"iat":%d.5}`, Issuer, Audience, now+60, now))
	f("beyond ASCII", header, claims(now, `"name":"Zoë 𝄞 \ud834\udd1e"`))
	f("nested claims", header, claims(now, `"realm_access":{"roles":["a","b"]},"n":[[],{},[{"a":1},{"a":1}]],"x":null,"y":-1.5e-7,"t":true`))
	f("the longest token", header, padded(header, claims(now, ""), jose.MaxToken))

	others := []string{
		P256().JWK(`"kid":"p","alg":"ES256"`), RSA().JWK(`"kid":"a"`, `"use":"sig"`, `"alg":"RS256"`),
		OtherRSA().JWK(`"kid":"e","use":"enc","alg":"RSA-OAEP"`), Ed25519().JWK(`"kid":"d"`),
	}
	add("one of many keys", RSA().Token("RS256", header, claims(now, "")), Set(others...))
	add("no kid, one key fits", RSA().Token("RS256", `{"alg":"RS256"}`, claims(now, "")), Set(others...))
	add("no kid, several keys fit", RSA().Token("RS256", `{"alg":"RS256"}`, claims(now, "")),
		Set(OtherRSA().JWK(`"kid":"o","alg":"RS256"`), RSA().JWK(`"kid":"a","alg":"RS256"`)))
	add("a single JWK", RSA().Token("RS256", header, claims(now, "")), RSA().JWK(`"kid":"a","alg":"RS256"`))
	add("key_ops", RSA().Token("RS256", header, claims(now, "")), Set(RSA().JWK(`"kid":"a","alg":"RS256","key_ops":["verify"]`)))
	add("empty kid", RSA().Token("RS256", `{"alg":"RS256","kid":""}`, claims(now, "")), Set(RSA().JWK(`"kid":"","alg":"RS256"`)))

	inferred := func(alg string, key Key, list jose.Algorithms) {
		c := Case{Name: alg + " of a key without alg", Set: Set(key.JWK(`"kid":"k"`)), From: jose.FromFile, Algorithms: list}
		c.Token = key.Token(alg, fmt.Sprintf(`{"alg":%q,"kid":"k"}`, alg), claims(now, ""))
		cases = append(cases, c)
	}
	inferred("RS256", RSA(), jose.DefaultAlgorithms)
	inferred("PS384", RSA(), 1<<jose.PS384|1<<jose.ES256)
	inferred("ES256", P256(), All)
	inferred("ES384", P384(), All)
	inferred("ES512", P521(), All)
	inferred("EdDSA", Ed25519(), All)
	inferred("HS384", Secret(), 1<<jose.HS384)
	return cases
}

// Signers returns a key for every algorithm.
func Signers() map[string]Key {
	return map[string]Key{
		"RS256": RSA(), "RS384": RSA(), "RS512": RSA(), "PS256": RSA(), "PS384": RSA(), "PS512": RSA(),
		"ES256": P256(), "ES384": P384(), "ES512": P521(), "EdDSA": Ed25519(),
		"HS256": Secret(), "HS384": Secret(), "HS512": Secret(),
	}
}

// padded returns the payload with white space at its end, so that an RS256 token over it has the given length.
func padded(header, payload string, length int) string {
	room := length - len(B64([]byte(header))) - 2 - 342
	n := room * 3 / 4
	return payload + strings.Repeat(" ", n-len(payload))
}
