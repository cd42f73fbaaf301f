// Package josetest holds the tokens and keys, good and hostile, that verifiers are tested with.
package josetest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // for crypto.SHA256
	_ "crypto/sha512" // for crypto.SHA384 and crypto.SHA512
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"sync"
)

// Key is a private key that signs whatever it is told to, sound or not.
type Key struct {
	private any // *rsa.PrivateKey, *ecdsa.PrivateKey, ed25519.PrivateKey or []byte
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// B64 is base64url without padding.
func B64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// The keys that the cases are signed with. Making RSA keys takes a while, so each is made once, when first used.
var (
	RSA      = sync.OnceValue(func() Key { return Key{must(rsa.GenerateKey(rand.Reader, 2048))} })
	OtherRSA = sync.OnceValue(func() Key { return Key{must(rsa.GenerateKey(rand.Reader, 2048))} })
	WeakRSA  = sync.OnceValue(func() Key { return Key{must(rsa.GenerateKey(rand.Reader, 1024))} })
	P256     = sync.OnceValue(func() Key { return Key{must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))} })
	P384     = sync.OnceValue(func() Key { return Key{must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))} })
	P521     = sync.OnceValue(func() Key { return Key{must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))} })
	Ed25519  = sync.OnceValue(func() Key { return Key{ed25519.NewKeyFromSeed(secret(32))} })
	Secret   = sync.OnceValue(func() Key { return Key{secret(64)} })
)

func secret(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// SecretOf is a symmetric key of the given bytes.
func SecretOf(b []byte) Key { return Key{b} }

// Members returns the public members of the key's JWK (of a symmetric key: the secret), as JSON without braces.
func (k Key) Members() string {
	switch p := k.private.(type) {
	case *rsa.PrivateKey:
		return fmt.Sprintf(`"kty":"RSA","n":"%s","e":"%s"`, B64(p.N.Bytes()), B64(big.NewInt(int64(p.E)).Bytes()))
	case *ecdsa.PrivateKey:
		point := must(p.PublicKey.Bytes())[1:]
		size := len(point) / 2
		return fmt.Sprintf(`"kty":"EC","crv":"%s","x":"%s","y":"%s"`, p.Curve.Params().Name, B64(point[:size]), B64(point[size:]))
	case ed25519.PrivateKey:
		return fmt.Sprintf(`"kty":"OKP","crv":"Ed25519","x":"%s"`, B64(p.Public().(ed25519.PublicKey)))
	default:
		return fmt.Sprintf(`"kty":"oct","k":"%s"`, B64(k.private.([]byte)))
	}
}

// JWK returns the key's public JWK with further members, given as JSON ("\"kid\":\"a\"").
func (k Key) JWK(more ...string) string {
	return "{" + strings.Join(append([]string{k.Members()}, more...), ",") + "}"
}

// Set returns a JWK set of JWKs.
func Set(jwks ...string) string { return `{"keys":[` + strings.Join(jwks, ",") + `]}` }

// Token signs header and payload, JSON texts or not, the way alg says.
func (k Key) Token(alg, header, payload string) string {
	signed := B64([]byte(header)) + "." + B64([]byte(payload))
	return signed + "." + B64(k.Sign(alg, signed))
}

// Sign returns the signature of a text.
func (k Key) Sign(alg, signed string) []byte {
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[alg[2:]]
	digest := func() []byte {
		h := hash.New()
		h.Write([]byte(signed))
		return h.Sum(nil)
	}
	switch alg[:2] {
	case "RS":
		return must(rsa.SignPKCS1v15(nil, k.private.(*rsa.PrivateKey), hash, digest()))
	case "PS":
		salt := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
		return must(rsa.SignPSS(rand.Reader, k.private.(*rsa.PrivateKey), hash, digest(), salt))
	case "ES":
		p := k.private.(*ecdsa.PrivateKey)
		r, s, err := ecdsa.Sign(rand.Reader, p, digest())
		if err != nil {
			panic(err)
		}
		size := (p.Curve.Params().BitSize + 7) / 8
		both := make([]byte, 2*size)
		r.FillBytes(both[:size])
		s.FillBytes(both[size:])
		return both
	case "Ed":
		return ed25519.Sign(k.private.(ed25519.PrivateKey), []byte(signed))
	default:
		mac := hmac.New(hash.New, k.private.([]byte))
		mac.Write([]byte(signed))
		return mac.Sum(nil)
	}
}
