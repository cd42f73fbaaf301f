package auth

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"sallyport/cache"
	"sallyport/filters"
	"sallyport/internal/jose"
)

const (
	innerLife  = 60 // seconds
	innerSpare = 15 // of them are left when a token is made anew
	innerCache = 4 << 20
)

// inner makes the tokens by which upstreams know the caller where they are not to see the caller's own. The key lives as
// long as the process; upstreams find it at the admin port.
type inner struct {
	issuer string
	signer *jose.Signer
	made   *cache.Records
}

func newInner(issuer string) (*inner, error) {
	signer, err := jose.NewSigner(jose.ES256)
	if err != nil {
		return nil, fmt.Errorf("cannot make the key of inner tokens: %w", err)
	}
	return &inner{issuer, signer, cache.NewRecords(innerCache)}, nil
}

// InnerKeys returns the JWK set that tokens of the gateway are verified with.
func (s *State) InnerKeys() []byte { return jose.JWKS(s.inner.signer) }

// token returns the value of Authorization for the caller of x. A token serves a caller for a while.
func (i *inner) token(x *filters.Exchange) []byte {
	now := x.Start.Unix()
	key := cache.RecordKey(sha256.Sum256(x.Identity.Principal))
	if made := i.made.Get(&key, x.Scratch[:0], now); len(made) > 8 {
		x.Scratch = made
		if n := len(made) - 8; now < int64(binary.LittleEndian.Uint64(made[n:])) {
			return made[:n]
		}
	}
	claims, err := json.Marshal(struct {
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Provider string `json:"idp"`
		Issued   int64  `json:"iat"`
		Expires  int64  `json:"exp"`
	}{i.issuer, string(x.Identity.Subject), x.Identity.Issuer, now, now + innerLife})
	if err != nil {
		panic("BUG: claims have no JSON form: " + err.Error())
	}
	token, err := i.signer.Sign("JWT", claims)
	if err != nil {
		panic("BUG: a key of our own making does not sign: " + err.Error())
	}
	x.Scratch = append(append(x.Scratch[:0], "Bearer "...), token...)
	n := len(x.Scratch)
	x.Scratch = binary.LittleEndian.AppendUint64(x.Scratch, uint64(now+innerLife-innerSpare))
	i.made.Put(&key, x.Scratch, now)
	return x.Scratch[:n]
}
