package jose_test

import (
	"encoding/base64"
	"testing"

	"sallyport/internal/jose"
	"sallyport/internal/jose/josetest"
)

// TestExamplesOfTheRFCs verifies the tokens of RFC 7515 appendix A, at a time when they were good.
func TestExamplesOfTheRFCs(t *testing.T) {
	const payload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
	rules := &jose.Rules{Issuer: "joe", Algorithms: josetest.All}
	f := func(want jose.Reason, now int64, set, token string) {
		t.Helper()
		keys, err := jose.ParseKeys([]byte(set), jose.FromFile, josetest.All)
		if err != nil {
			t.Fatal(err)
		}
		var tok jose.Token
		got := tok.Parse([]byte(token), jose.NewPaths())
		if got == jose.Valid {
			got = rules.Verify(&tok, keys, now)
		}
		if got != want {
			t.Errorf("%v; want %v", got, want)
		}
	}
	const then, after = 1300819379, 1300819380
	const hs = `{"kty":"oct","alg":"HS256","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}`
	const hsToken = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + payload + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	f(jose.Valid, then, hs, hsToken)
	f(jose.Expired, after, hs, hsToken)
	const es = `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`
	f(jose.Valid, then, es, "eyJhbGciOiJFUzI1NiJ9."+payload+".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
	f(jose.Malformed, then, hs, "eyJhbGciOiJub25lIn0."+payload+".")
	f(jose.Malformed, then, hs, "eyJhbGciOiJub25lIn0."+payload+".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
	f(jose.Malformed, then, es, hsToken)
}

// TestEd25519OfRFC8037 is appendix A.4, whose payload is no claims.
func TestEd25519OfRFC8037(t *testing.T) {
	keys, err := jose.ParseKeys([]byte(`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`), jose.FromFile, josetest.All)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.RawURLEncoding.DecodeString("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
	if err != nil {
		t.Fatal(err)
	}
	if !keys.Keys()[0].Verify([]byte("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"), signature) {
		t.Error("it does not verify")
	}
}
