package jose_test

import (
	"fmt"
	"testing"

	"sallyport/internal/jose"
	"sallyport/internal/jose/josetest"
)

// BenchmarkVerify is the first sight of a token: everything from its text to the verdict.
func BenchmarkVerify(b *testing.B) {
	const now = 1_700_000_000
	for _, alg := range []string{"RS256", "PS256", "ES256", "ES384", "EdDSA", "HS256"} {
		b.Run(alg, func(b *testing.B) {
			key := josetest.Signers()[alg]
			set := josetest.Set(key.JWK(fmt.Sprintf(`"kid":"k","alg":%q`, alg)))
			keys, err := jose.ParseKeys([]byte(set), jose.FromFile, josetest.All)
			if err != nil {
				b.Fatal(err)
			}
			raw := []byte(key.Token(alg, fmt.Sprintf(`{"alg":%q,"kid":"k","typ":"at+jwt"}`, alg), benchClaims(now)))
			rules := josetest.Case{Algorithms: josetest.All}.Rules()
			wanted := paths("scope", "tenant", "realm_access.roles")
			var token jose.Token
			b.ReportAllocs()
			for b.Loop() {
				if token.Parse(raw, wanted) != jose.Valid || rules.Verify(&token, keys, now) != jose.Valid {
					b.Fatal("not valid")
				}
			}
		})
	}
}

// BenchmarkParse is everything but the signature.
func BenchmarkParse(b *testing.B) {
	const now = 1_700_000_000
	raw := []byte(josetest.RSA().Token("RS256", `{"alg":"RS256","kid":"k","typ":"at+jwt"}`, benchClaims(now)))
	rules := josetest.Case{Algorithms: josetest.All}.Rules()
	wanted := paths("scope", "tenant", "realm_access.roles")
	var token jose.Token
	b.ReportAllocs()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if token.Parse(raw, wanted) != jose.Valid || rules.Judge(&token, now) != jose.Valid {
			b.Fatal("not valid")
		}
	}
}

func benchClaims(now int64) string {
	return fmt.Sprintf(`{"iss":%q,"aud":[%q],"sub":"3f1c7d2e-7c5b-4b34-9d8e-5a1f0c9e2b77","client_id":"orders-web","iat":%d,"exp":%d,`+
		`"jti":"b8f6a1c0-52d4-4f7e-8f3a-1d2c3b4a5e6f","scope":"openid profile orders:read orders:write","tenant":"t1","realm_access":{"roles":["user","admin"]}}`,
		josetest.Issuer, josetest.Audience, now, now+300)
}
