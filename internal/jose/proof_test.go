package jose_test

import (
	"fmt"
	"testing"

	"sallyport/internal/jose"
	"sallyport/internal/jose/josetest"
)

func TestParseProof(t *testing.T) {
	const claims = `{"jti":"1","htm":"GET","htu":"https://api.test/a","iat":1700000000,"ath":"x"}`
	var token jose.Token
	f := func(want jose.Reason, alg string, key josetest.Key, header, claims string) {
		t.Helper()
		var p jose.Proof
		got := token.ParseProof([]byte(key.Token(alg, header, claims)), josetest.All, &p)
		if got != want {
			t.Errorf("%v; want %v", got, want)
		}
		if got != jose.Valid {
			return
		}
		print, err := jose.Thumbprint([]byte(key.JWK()))
		if err != nil || print != jose.EncodeThumbprint(p.Thumbprint) {
			t.Errorf("thumbprint %s; want %s, %v", jose.EncodeThumbprint(p.Thumbprint), print, err)
		}
		if string(p.ID) != "1" || string(p.Method) != "GET" || string(p.URL) != "https://api.test/a" || string(p.TokenHash) != "x" || p.IssuedAt != 1_700_000_000 {
			t.Errorf("%+v", p)
		}
		if sum, ok := jose.DecodeThumbprint([]byte(print)); !ok || sum != p.Thumbprint {
			t.Errorf("%s is decoded as %x", print, sum)
		}
	}
	head := func(alg string, key josetest.Key) string {
		return fmt.Sprintf(`{"typ":"dpop+jwt","alg":%q,"jwk":%s}`, alg, key.JWK())
	}
	for _, alg := range []string{"ES256", "ES384", "ES512", "EdDSA", "RS256", "PS384"} {
		f(jose.Valid, alg, josetest.Signers()[alg], head(alg, josetest.Signers()[alg]), claims)
	}
	es := josetest.P256()
	f(jose.Malformed, "HS256", josetest.Secret(), head("HS256", josetest.Secret()), claims)
	f(jose.Malformed, "ES256", es, fmt.Sprintf(`{"typ":"JWT","alg":"ES256","jwk":%s}`, es.JWK()), claims)
	f(jose.Malformed, "ES256", es, fmt.Sprintf(`{"typ":"dpop+jwt","alg":"none","jwk":%s}`, es.JWK()), claims)
	f(jose.Malformed, "ES256", es, fmt.Sprintf(`{"typ":"dpop+jwt","alg":"ES384","jwk":%s}`, es.JWK()), claims)
	f(jose.Malformed, "ES256", es, `{"typ":"dpop+jwt","alg":"ES256"}`, claims)
	f(jose.Malformed, "ES256", es, fmt.Sprintf(`{"typ":"dpop+jwt","alg":"ES256","jwk":%s,"x5c":[]}`, es.JWK()), claims)
	f(jose.Malformed, "ES256", es, fmt.Sprintf(`{"typ":"dpop+jwt","alg":"ES256","jwk":%s}`, es.JWK(`"d":"AQAB"`)), claims)
	f(jose.Malformed, "RS256", josetest.WeakRSA(), head("RS256", josetest.WeakRSA()), claims)
	f(jose.Malformed, "ES256", es, head("ES256", es), `{"htm":"GET","htu":"https://api.test/a","iat":1700000000}`)
	f(jose.Malformed, "ES256", es, head("ES256", es), `{"jti":"1","htu":"https://api.test/a","iat":1700000000}`)
	f(jose.Malformed, "ES256", es, head("ES256", es), `{"jti":"1","htm":"GET","iat":1700000000}`)
	f(jose.Malformed, "ES256", es, head("ES256", es), `{"jti":"1","htm":"GET","htu":"https://api.test/a"}`)
	f(jose.Malformed, "ES256", es, head("ES256", es), `{"jti":"1","htm":"GET","htu":"https://api.test/a","iat":"1700000000"}`)
	f(jose.BadSignature, "RS256", josetest.OtherRSA(), head("RS256", josetest.RSA()), claims)
}

func TestDecodeThumbprint(t *testing.T) {
	for _, text := range []string{"", "AA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nA"} {
		if sum, ok := jose.DecodeThumbprint([]byte(text)); ok {
			t.Errorf("%q is decoded as %x", text, sum)
		}
	}
}
