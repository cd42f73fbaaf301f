package jose

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
)

// Origin says where keys come from, which decides what is admitted.
type Origin uint8

const (
	FromFile Origin = iota // the operator's own: shared secrets are allowed, private members are ignored
	FromURL                // anybody may read it: a secret or private key in it is a leaked one
)

const (
	minRSA = 2048 // bits (RFC 7518 section 3.3)
	maxRSA = 8192 // bits: what a signature may cost us
)

const (
	jwkType = iota
	jwkID
	jwkUse
	jwkOperations
	jwkAlgorithm
	jwkModulus
	jwkExponent
	jwkCurve
	jwkX
	jwkY
	jwkSecret
	jwkPrivate
)

var (
	setPaths = newPaths("keys", "kty")
	jwkPaths = newPaths("kty", "kid", "use", "key_ops", "alg", "n", "e", "crv", "x", "y", "k", "d")
)

// ParseKeys reads a JWK set (RFC 7517 section 5), or a single JWK, and admits the keys that may verify one of
// the allowed algorithms. A key that is meant for something else (use, key_ops, alg, an unknown kty) is passed
// over in silence. A weak or doubtful one is an error and never part of the set; so are all keys that share a kid.
// Errors are joined; the set is nil only if the document cannot be read at all.
func ParseKeys(doc []byte, from Origin, allowed Algorithms) (*KeySet, error) {
	var s scanner
	if !s.scan(doc, setPaths) {
		return nil, errors.New("not a JSON object, or one that names a member twice")
	}
	list := s.found[0]
	switch {
	case list.Kind == Array:
	case list.Kind == Missing && s.found[1].Kind == String:
		list = Value{Kind: Object, raw: doc} // a single key
	default:
		return nil, errors.New(`not a JWK set: there is no array "keys"`)
	}
	var (
		keys     []*Key
		problems []error
		ids      = make(map[string]int)
		n        = 0
	)
	for e := list.Elements(); ; n++ {
		one, more := e.Next()
		if !more {
			break
		}
		if n == maxKeys {
			return nil, fmt.Errorf("more than %d keys", maxKeys)
		}
		k, err := parseKey(&s, one, from, allowed, ids)
		if err != nil {
			problems = append(problems, fmt.Errorf("key %d: %w", n+1, err))
		} else if k != nil {
			keys = append(keys, k)
		}
	}
	unique := keys[:0]
	for _, k := range keys {
		if !k.hasID || ids[k.id] == 1 {
			unique = append(unique, k)
		}
	}
	for id, times := range ids {
		if times > 1 {
			problems = append(problems, fmt.Errorf("kid %q: %d keys bear it, so none is used", id, times))
		}
	}
	return newKeySet(unique), errors.Join(problems...)
}

// parseKey returns nil without an error for a key that is not meant for verifying with the allowed algorithms.
// It counts the kid of every signature key in ids.
func parseKey(s *scanner, jwk Value, from Origin, allowed Algorithms, ids map[string]int) (*Key, error) {
	if jwk.Kind != Object || !s.scan(jwk.raw, jwkPaths) {
		return nil, errors.New("not a JSON object, or one that names a member twice")
	}
	f := s.found
	for _, v := range f[:jwkPrivate] {
		if v.Kind != Missing && v.Kind != String && v.Kind != Array {
			return nil, errors.New("a member is not of the type that RFC 7517 gives it")
		}
	}
	if f[jwkUse].Kind != Missing && !f[jwkUse].Equal("sig") {
		return nil, nil
	}
	k := &Key{id: string(f[jwkID].Text(nil)), hasID: f[jwkID].Kind == String}
	if k.hasID {
		ids[k.id]++
	}
	verifies, err := operations(f[jwkOperations])
	if err != nil || !verifies {
		return nil, k.problem(err)
	}
	var material Algorithms
	switch kty := f[jwkType]; {
	case kty.Equal("RSA"):
		material, err = k.readRSA(f)
	case kty.Equal("EC"):
		material, err = k.readEC(f)
	case kty.Equal("OKP"):
		material, err = k.readOKP(f)
	case kty.Equal("oct"):
		material, err = k.readSecret(f, from)
	}
	if err == nil && material != 0 && from == FromURL && f[jwkPrivate].Kind != Missing {
		err = errors.New("a private key, published")
	}
	if err != nil || material == 0 {
		return nil, k.problem(err)
	}
	if f[jwkAlgorithm].Kind != Missing {
		k.algorithm = parseAlgorithm(f[jwkAlgorithm].Text(nil))
		if k.algorithm == 0 || !allowed.Has(k.algorithm) {
			return nil, nil
		}
		if !material.Has(k.algorithm) {
			return nil, k.problem(fmt.Errorf("alg %s does not fit it", k.algorithm))
		}
	} else {
		fitting := material & allowed
		if k.algorithm = fitting.only(); k.algorithm == 0 {
			if fitting == 0 {
				return nil, nil
			}
			return nil, k.problem(fmt.Errorf("it has no alg, and the issuer's list allows several for it: %s", fitting))
		}
	}
	if need := algorithms[k.algorithm].size; k.algorithm.Symmetric() && len(k.secret) < need {
		return nil, k.problem(fmt.Errorf("a secret of %d bytes; %s needs %d (RFC 7518 section 3.2)", len(k.secret), k.algorithm, need))
	}
	k.seal(f)
	return k, nil
}

// problem puts the key's name in front of err; nil stays nil.
func (k *Key) problem(err error) error {
	if err == nil || !k.hasID {
		return err
	}
	return fmt.Errorf("kid %q: %w", k.id, err)
}

// operations tells whether key_ops (RFC 7517 section 4.3) lets the key verify.
func operations(v Value) (bool, error) {
	if v.Kind == Missing {
		return true, nil
	}
	if v.Kind != Array {
		return false, errors.New("key_ops is not an array")
	}
	var names []string
	verifies := false
	for e := v.Elements(); ; {
		one, more := e.Next()
		if !more {
			return verifies, nil
		}
		name := string(one.Text(nil))
		for _, earlier := range names {
			if earlier == name {
				return false, fmt.Errorf("key_ops names %q twice", name)
			}
		}
		names = append(names, name)
		verifies = verifies || name == "verify"
	}
}

// bytesOf decodes a base64url member; nil if it is absent or not canonical.
func bytesOf(v Value) []byte {
	if v.Kind != String || v.escaped || len(v.raw) == 0 {
		return nil
	}
	data, _, ok := decode(make([]byte, 0, len(v.raw)), v.raw)
	if !ok {
		return nil
	}
	return data
}

func (k *Key) readRSA(f []Value) (Algorithms, error) {
	n, e := bytesOf(f[jwkModulus]), bytesOf(f[jwkExponent])
	if n == nil || e == nil {
		return 0, errors.New("n or e is missing or not base64url")
	}
	k.rsa = &rsa.PublicKey{N: new(big.Int).SetBytes(n)}
	exponent := new(big.Int).SetBytes(e)
	switch bits := k.rsa.N.BitLen(); {
	case bits < minRSA || bits > maxRSA:
		return 0, fmt.Errorf("RSA with %d bits; %d to %d are accepted", bits, minRSA, maxRSA)
	case k.rsa.N.Bit(0) == 0:
		return 0, errors.New("an even RSA modulus")
	case exponent.BitLen() > 31 || exponent.Bit(0) == 0 || exponent.BitLen() < 2:
		return 0, errors.New("an RSA exponent that is even, 1, or longer than 31 bits")
	}
	k.rsa.E = int(exponent.Int64())
	return (^Algorithms(0)).of(pkcs1, pss), nil
}

func (k *Key) readEC(f []Value) (Algorithms, error) {
	var curve elliptic.Curve
	var alg Algorithm
	switch crv := f[jwkCurve]; {
	case crv.Equal("P-256"):
		curve, alg = elliptic.P256(), ES256
	case crv.Equal("P-384"):
		curve, alg = elliptic.P384(), ES384
	case crv.Equal("P-521"):
		curve, alg = elliptic.P521(), ES512
	default:
		return 0, nil
	}
	x, y, size := bytesOf(f[jwkX]), bytesOf(f[jwkY]), algorithms[alg].size
	if len(x) != size || len(y) != size {
		return 0, fmt.Errorf("x and y must be %d bytes in base64url each (RFC 7518 section 6.2.1.2)", size)
	}
	point := append(append([]byte{4}, x...), y...)
	var err error
	if k.ecdsa, err = ecdsa.ParseUncompressedPublicKey(curve, point); err != nil {
		return 0, errors.New("x and y are not a point of the curve")
	}
	return 1 << alg, nil
}

func (k *Key) readOKP(f []Value) (Algorithms, error) {
	if !f[jwkCurve].Equal("Ed25519") {
		return 0, nil
	}
	k.ed = bytesOf(f[jwkX])
	switch {
	case len(k.ed) != ed25519.PublicKeySize:
		return 0, fmt.Errorf("x must be %d bytes in base64url (RFC 8037 section 2)", ed25519.PublicKeySize)
	case smallOrder(k.ed):
		return 0, errors.New("a point of small order: everybody can sign for it")
	}
	return 1 << EdDSA, nil
}

func (k *Key) readSecret(f []Value, from Origin) (Algorithms, error) {
	if from == FromURL {
		return 0, errors.New("a shared secret, published")
	}
	if k.secret = bytesOf(f[jwkSecret]); k.secret == nil {
		return 0, errors.New("k is missing or not base64url")
	}
	return (^Algorithms(0)).of(octets), nil
}

// seal computes the key's mark.
func (k *Key) seal(f []Value) {
	h := sha256.New()
	for _, v := range f[:jwkPrivate] {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(v.raw))))
		h.Write(v.raw)
	}
	h.Write([]byte{byte(k.algorithm)})
	k.mark = binary.BigEndian.Uint64(h.Sum(nil))
}
