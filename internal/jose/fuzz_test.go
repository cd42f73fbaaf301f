package jose_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
	"github.com/lestrrat-go/jwx/v2/jwt"

	"sallyport/internal/jose"
	"sallyport/internal/jose/josetest"
)

// FuzzToken is a differential test: what we accept, jwx must accept, and read the same claims in it. The fuzzer
// changes header and payload of a token that is then signed well, so that it gets past the signature; what it does to
// the signature is covered by the text of a whole token.
func FuzzToken(f *testing.F) {
	const now = 1_700_000_000
	key := josetest.SecretOf([]byte("0123456789abcdef0123456789abcdef"))
	set := josetest.Set(key.JWK(`"kid":"k","alg":"HS256"`))
	keys, err := jose.ParseKeys([]byte(set), jose.FromFile, josetest.All)
	if err != nil {
		f.Fatal(err)
	}
	theirs, err := jwk.ParseString(set)
	if err != nil {
		f.Fatal(err)
	}
	rules := josetest.Case{Algorithms: josetest.All}.Rules()
	clock := jwt.ClockFunc(func() time.Time { return time.Unix(now, 0) })

	f.Add(`{"alg":"HS256","kid":"k","typ":"JWT"}`, `{"iss":"https://issuer.test","aud":"https://api.test","exp":1700000060,"sub":"a","nbf":1,"iat":2.5}`, "")
	f.Add(`{"\u0061lg":"HS256"}`, `{"iss":"https:\/\/issuer.test","aud":["x","https://api.test"],"exp":1.7e9,"jti":"j","sid":"é"}`, "")
	f.Add(`{"alg":"none"}`, `{"iss":"https://issuer.test","aud":"https://api.test","exp":1700000060.5}`, "a.b.c")
	for i, c := range josetest.Cases(now) {
		if i%7 == 0 {
			f.Add(`{"alg":"HS256"}`, `{}`, c.Token)
		}
	}
	wanted := paths("a", "a.b")
	f.Fuzz(func(t *testing.T, header, payload, whole string) {
		text := whole
		if text == "" {
			text = key.Token("HS256", header, payload)
		}
		var token jose.Token
		if token.Parse([]byte(text), wanted) != jose.Valid || rules.Verify(&token, keys, now) != jose.Valid {
			return
		}
		got, err := jwt.Parse([]byte(text), jwt.WithKeySet(theirs, jws.WithRequireKid(false)), jwt.WithClock(clock),
			jwt.WithIssuer(josetest.Issuer), jwt.WithAudience(josetest.Audience), jwt.WithAcceptableSkew(josetest.Skew*time.Second))
		if err != nil {
			t.Fatalf("we accept %q, jwx does not: %v", text, err)
		}
		if got.Subject() != string(token.Subject) || got.JwtID() != string(token.ID) || got.Expiration().Unix() != token.Expires {
			t.Fatalf("%q: we read sub %q jti %q exp %d, jwx %q %q %d", text, token.Subject, token.ID, token.Expires,
				got.Subject(), got.JwtID(), got.Expiration().Unix())
		}
		if !json.Valid([]byte(payload)) && whole == "" {
			t.Fatalf("we accept a payload that is not JSON: %q", payload)
		}
	})
}

// FuzzKeys reads key sets: whatever they hold, no key of the set may be unfit.
func FuzzKeys(f *testing.F) {
	for i, c := range josetest.Cases(1_700_000_000) {
		if i%5 == 0 {
			f.Add(c.Set)
		}
	}
	f.Fuzz(func(t *testing.T, doc string) {
		for _, from := range []jose.Origin{jose.FromFile, jose.FromURL} {
			set, err := jose.ParseKeys([]byte(doc), from, josetest.All)
			if set == nil && err == nil {
				t.Fatal("neither a set nor an error")
			}
			if set == nil {
				continue
			}
			for _, k := range set.Keys() {
				if k.Algorithm() == 0 || from == jose.FromURL && k.Algorithm().Symmetric() || !set.Alive(k.Mark()) {
					t.Fatalf("%q: key %q with %v", doc, k.ID(), k.Algorithm())
				}
			}
		}
	})
}
