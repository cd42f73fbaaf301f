package josetest

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"fmt"
	"math/big"
	"strings"

	"sallyport/internal/jose"
)

// keyCases are sound tokens over sets that hold no sound key for them.
func keyCases(now int64) []Case {
	var cases []Case
	f := func(want jose.Reason, fault bool, name string, from jose.Origin, token, set string) {
		cases = append(cases, Case{Name: name, Token: token, Set: set, From: from, Algorithms: All, KeyFault: fault, Want: want})
	}
	const clean, fault = false, true
	url, file := jose.FromURL, jose.FromFile
	rs := RSA().Token("RS256", everydayHeader, claims(now, ""))
	es := P256().Token("ES256", `{"alg":"ES256","kid":"a"}`, claims(now, ""))
	ed := Ed25519().Token("EdDSA", `{"alg":"EdDSA","kid":"a"}`, claims(now, ""))
	hs := Secret().Token("HS256", `{"alg":"HS256","kid":"a"}`, claims(now, ""))
	unknown := jose.UnknownKey

	f(unknown, clean, "key without kid, token with one", url, rs, Set(RSA().JWK(`"alg":"RS256"`)))
	f(unknown, clean, "key for encryption", url, rs, Set(RSA().JWK(`"kid":"a","use":"enc","alg":"RS256"`)))
	f(unknown, clean, "key for signing only", url, rs, Set(RSA().JWK(`"kid":"a","alg":"RS256","key_ops":["sign"]`)))
	f(unknown, clean, "key for nothing", url, rs, Set(RSA().JWK(`"kid":"a","alg":"RS256","key_ops":[]`)))
	f(unknown, clean, "key of an encryption algorithm", url, rs, Set(RSA().JWK(`"kid":"a","alg":"RSA-OAEP-256"`)))
	f(unknown, clean, "unknown kty", url, rs, Set(`{"kty":"AKP","kid":"a","alg":"RS256"}`))
	f(unknown, clean, "no kty", url, rs, Set(`{"kid":"a","alg":"RS256"}`))
	f(unknown, clean, "no key at all", url, rs, Set())
	f(jose.Malformed, clean, "key of another algorithm", url, rs, Set(RSA().JWK(`"kid":"a","alg":"PS256"`)))
	f(jose.Malformed, clean, "key of another hash", url, rs, Set(RSA().JWK(`"kid":"a","alg":"RS512"`)))
	f(jose.Malformed, clean, "key of another kind", url, rs, Set(P256().JWK(`"kid":"a"`)))
	f(jose.Malformed, clean, "no kid, and the one key is of another kind", url, RSA().Token("RS256", `{"alg":"RS256"}`, claims(now, "")), Set(P256().JWK(`"kid":"a"`)))
	f(jose.BadSignature, clean, "another key under this kid", url, rs, Set(OtherRSA().JWK(`"kid":"a","alg":"RS256"`)))

	f(unknown, fault, "RSA of 1024 bits", url, WeakRSA().Token("RS256", everydayHeader, claims(now, "")), Set(WeakRSA().JWK(`"kid":"a","alg":"RS256"`)))
	f(unknown, fault, "RSA of 1024 bits in a file", file, WeakRSA().Token("RS256", everydayHeader, claims(now, "")), Set(WeakRSA().JWK(`"kid":"a","alg":"RS256"`)))
	n := RSA().private.(*rsa.PrivateKey).N
	modulus := func(n *big.Int, e string) string {
		return Set(fmt.Sprintf(`{"kty":"RSA","kid":"a","alg":"RS256","n":%q,"e":%q}`, B64(n.Bytes()), e))
	}
	f(unknown, fault, "RSA of 16384 bits", url, rs, modulus(new(big.Int).SetBit(big.NewInt(1), 16383, 1), "AQAB"))
	f(unknown, fault, "even modulus", url, rs, modulus(new(big.Int).Add(n, big.NewInt(1)), "AQAB"))
	f(unknown, fault, "exponent 1", url, rs, modulus(n, "AQ"))
	f(unknown, fault, "exponent 2", url, rs, modulus(n, "Ag"))
	f(unknown, fault, "exponent 0", url, rs, modulus(n, "AA"))
	f(unknown, fault, "exponent of 33 bits", url, rs, modulus(n, "AQAAAAE"))
	f(unknown, fault, "exponent with padding", url, rs, modulus(n, "AQAB="))
	f(unknown, fault, "no exponent", url, rs, modulus(n, ""))
	f(unknown, fault, "modulus in the standard alphabet", url, rs, Set(`{"kty":"RSA","kid":"a","n":"+/+/","e":"AQAB"}`))
	f(unknown, fault, "RSA without alg, several fit", url, rs, Set(RSA().JWK(`"kid":"a"`)))
	f(unknown, fault, "EC key with an RSA algorithm", url, rs, Set(P256().JWK(`"kid":"a","alg":"RS256"`)))
	f(unknown, fault, "RSA key with an HMAC algorithm", url, rs, Set(RSA().JWK(`"kid":"a","alg":"HS256"`)))
	f(unknown, fault, "P-256 with ES384", url, es, Set(P256().JWK(`"kid":"a","alg":"ES384"`)))
	f(unknown, fault, "private key, published", url, rs, Set(RSA().JWK(`"kid":"a","alg":"RS256","d":"AQAB"`)))
	f(unknown, fault, "secret, published", url, hs, Set(Secret().JWK(`"kid":"a","alg":"HS256"`)))
	f(unknown, fault, "secret among public keys", url, hs, Set(RSA().JWK(`"kid":"b","alg":"RS256"`), Secret().JWK(`"kid":"a","alg":"HS256"`)))
	short := SecretOf([]byte("0123456789012345678901234567890"))
	f(unknown, fault, "secret of 31 bytes", file, short.Token("HS256", `{"alg":"HS256","kid":"a"}`, claims(now, "")), Set(short.JWK(`"kid":"a","alg":"HS256"`)))
	f(unknown, fault, "secret of no bytes", file, SecretOf(nil).Token("HS256", `{"alg":"HS256","kid":"a"}`, claims(now, "")), Set(SecretOf(nil).JWK(`"kid":"a","alg":"HS256"`)))
	f(unknown, fault, "secret without alg, several fit", file, hs, Set(Secret().JWK(`"kid":"a"`)))
	f(unknown, fault, "secret with padding", file, hs, Set(strings.Replace(Secret().JWK(`"kid":"a","alg":"HS256"`), `","kid`, `=","kid`, 1)))

	f(unknown, fault, "two keys of one kid", url, rs, Set(RSA().JWK(`"kid":"a","alg":"RS256"`), OtherRSA().JWK(`"kid":"a","alg":"RS256"`)))
	f(unknown, fault, "the same key twice", url, rs, Set(RSA().JWK(`"kid":"a","alg":"RS256"`), RSA().JWK(`"kid":"a","alg":"RS256"`)))
	f(unknown, fault, "two kinds of one kid", url, rs, Set(RSA().JWK(`"kid":"a","alg":"RS256"`), P256().JWK(`"kid":"a","alg":"ES256"`)))
	f(unknown, fault, "a kid shared with a weak key", url, rs, Set(RSA().JWK(`"kid":"a","alg":"RS256"`), WeakRSA().JWK(`"kid":"a","alg":"RS256"`)))
	f(unknown, fault, "kid is a number", url, rs, Set(RSA().JWK(`"kid":1,"alg":"RS256"`)))
	f(unknown, fault, "alg is a number", url, rs, Set(RSA().JWK(`"kid":"a","alg":256`)))
	f(unknown, fault, "key_ops twice verify", url, rs, Set(RSA().JWK(`"kid":"a","alg":"RS256","key_ops":["verify","verify"]`)))
	f(jose.Unavailable, fault, "a member twice", url, rs, Set(RSA().JWK(`"kid":"a","alg":"RS256","kid":"a"`)))
	f(unknown, fault, "a key that is no object", url, rs, Set(`"a"`))
	five := make([]string, 5)
	for i := range five {
		five[i] = RSA().JWK(fmt.Sprintf(`"kid":"k%d","alg":"RS256"`, i))
	}
	f(unknown, clean, "no kid, and too many keys fit", url, RSA().Token("RS256", `{"alg":"RS256"}`, claims(now, "")), Set(five...))

	point := must(P256().private.(*ecdsa.PrivateKey).PublicKey.Bytes())[1:]
	x, y := point[:32], point[32:]
	curve := func(crv string, x, y []byte) string {
		return Set(fmt.Sprintf(`{"kty":"EC","kid":"a","crv":%q,"x":%q,"y":%q}`, crv, B64(x), B64(y)))
	}
	f(unknown, fault, "point off the curve", url, es, curve("P-256", x, append([]byte{y[0] ^ 1}, y[1:]...)))
	f(unknown, fault, "point at zero", url, es, curve("P-256", make([]byte, 32), make([]byte, 32)))
	f(unknown, fault, "short coordinate", url, es, curve("P-256", x[1:], y))
	f(unknown, fault, "long coordinate", url, es, curve("P-256", append([]byte{0}, x...), y))
	f(unknown, fault, "no y", url, es, curve("P-256", x, nil))
	f(unknown, fault, "P-256 point said to be on P-384", url, es, curve("P-384", x, y))
	f(unknown, clean, "secp256k1", url, es, curve("secp256k1", x, y))

	okp := func(crv string, x []byte) string {
		return Set(fmt.Sprintf(`{"kty":"OKP","kid":"a","crv":%q,"x":%q}`, crv, B64(x)))
	}
	identity := append([]byte{1}, make([]byte, 31)...)
	f(unknown, fault, "Ed25519 identity", url, ed, okp("Ed25519", identity))
	f(unknown, fault, "Ed25519 zero", url, ed, okp("Ed25519", make([]byte, 32)))
	f(unknown, fault, "Ed25519 key of 31 bytes", url, ed, okp("Ed25519", identity[1:]))
	f(unknown, clean, "X25519", url, ed, okp("X25519", identity))
	f(unknown, clean, "Ed448", url, ed, okp("Ed448", make([]byte, 57)))
	return cases
}
