package josetest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"

	"sallyport/internal/jose"
)

// signatureCases have a sound form and sound claims, and a signature that is not the key's.
func signatureCases(now int64) []Case {
	var cases []Case
	payload := claims(now, "")
	f := func(name string, key Key, alg, signedAs string, change func([]byte) []byte) {
		header := fmt.Sprintf(`{"alg":%q,"kid":"k"}`, alg)
		signed := B64([]byte(header)) + "." + B64([]byte(payload))
		c := Case{Name: alg + ": " + name, From: jose.FromFile, Algorithms: All, Want: jose.BadSignature}
		c.Set = Set(key.JWK(fmt.Sprintf(`"kid":"k","alg":%q`, alg)))
		c.Token = signed + "." + B64(change(key.Sign(signedAs, signed)))
		cases = append(cases, c)
	}
	as := func(s []byte) []byte { return s }
	for alg, key := range Signers() {
		f("first bit", key, alg, alg, func(s []byte) []byte { s[0] ^= 0x80; return s })
		f("last bit", key, alg, alg, func(s []byte) []byte { s[len(s)-1] ^= 1; return s })
		f("zeros", key, alg, alg, func(s []byte) []byte { clear(s); return s })
		f("a byte short", key, alg, alg, func(s []byte) []byte { return s[:len(s)-1] })
		f("a byte long", key, alg, alg, func(s []byte) []byte { return append(s, 0) })
		f("a zero in front", key, alg, alg, func(s []byte) []byte { return append([]byte{0}, s...) })
		f("one byte", key, alg, alg, func(s []byte) []byte { return s[:1] })
		f("twice", key, alg, alg, func(s []byte) []byte { return append(s, s...) })
	}
	f("signed as RS512", RSA(), "RS256", "RS512", as)
	f("signed as PS256", RSA(), "RS256", "PS256", as)
	f("signed as RS256", RSA(), "PS256", "RS256", as)
	f("signed as RS256", RSA(), "PS512", "RS256", as)
	f("signed as PS256", RSA(), "PS384", "PS256", as)
	f("signed as HS512", Secret(), "HS256", "HS512", as)
	f("cut to half", Secret(), "HS512", "HS512", func(s []byte) []byte { return s[:32] })
	f("ASN.1", P256(), "ES256", "ES256", func(s []byte) []byte {
		return append(append([]byte{0x30, 0x44, 2, 0x20}, s[:32]...), append([]byte{2, 0x20}, s[32:]...)...)
	})
	n := P256().private.(*ecdsa.PrivateKey).Params().N
	f("r is zero", P256(), "ES256", "ES256", func(s []byte) []byte { clear(s[:32]); return s })
	f("s is zero", P256(), "ES256", "ES256", func(s []byte) []byte { clear(s[32:]); return s })
	f("r is n", P256(), "ES256", "ES256", func(s []byte) []byte { n.FillBytes(s[:32]); return s })
	f("both are n", P256(), "ES256", "ES256", func(s []byte) []byte { n.FillBytes(s[:32]); n.FillBytes(s[32:]); return s })
	f("swapped halves", P256(), "ES256", "ES256", func(s []byte) []byte { return append(s[32:64:64], s[:32]...) })
	f("S plus the order", Ed25519(), "EdDSA", "EdDSA", func(s []byte) []byte {
		order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
		v := new(big.Int).SetBytes(reversed(s[32:]))
		return append(s[:32:32], reversed(v.Add(v, order).FillBytes(make([]byte, 32)))...)
	})

	other := func(name, token string) { cases = append(cases, spelled(name, jose.BadSignature, token)) }
	good := RSA().Token("RS256", everydayHeader, payload)
	other("another key's", OtherRSA().Token("RS256", everydayHeader, payload))
	part := strings.Split(good, ".")
	other("another payload's", part[0]+"."+B64([]byte(claims(now, `"scope":"admin"`)))+"."+part[2])
	other("another header's", B64([]byte(`{"alg":"RS256","kid":"a"}`))+"."+part[1]+"."+part[2])
	other("no kid, another key's", OtherRSA().Token("RS256", `{"alg":"RS256"}`, payload))

	// Algorithm confusion: the public key, in each of its spellings, as an HMAC secret.
	public := RSA().private.(*rsa.PrivateKey).Public()
	der := must(x509.MarshalPKIXPublicKey(public))
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	for i, text := range [][]byte{der, block, bytes.TrimSpace(block), []byte(RSA().JWK()), []byte(Everyday()), public.(*rsa.PublicKey).N.Bytes(), {}} {
		token := SecretOf(text).Token("HS256", `{"alg":"HS256","kid":"a"}`, payload)
		cases = append(cases, spelled(fmt.Sprintf("public key as a secret, spelling %d", i+1), jose.Malformed, token))
	}
	return cases
}

func reversed(b []byte) []byte {
	r := make([]byte, len(b))
	for i, c := range b {
		r[len(b)-1-i] = c
	}
	return r
}
