package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// Signer makes tokens: for the demonstration's issuer, for tests, and for what the gateway tells its upstreams.
// It is safe for concurrent use.
type Signer struct {
	algorithm Algorithm
	private   jwk.Key
	public    jwk.Key
}

// NewSigner makes a fresh key for an algorithm. Its kid is its thumbprint (RFC 7638).
func NewSigner(algorithm Algorithm) (*Signer, error) {
	var raw any
	var err error
	switch algorithm.family() {
	case pkcs1, pss:
		raw, err = rsa.GenerateKey(rand.Reader, minRSA)
	case ec:
		curve := map[Algorithm]elliptic.Curve{ES256: elliptic.P256(), ES384: elliptic.P384(), ES512: elliptic.P521()}[algorithm]
		raw, err = ecdsa.GenerateKey(curve, rand.Reader)
	case okp:
		_, raw, err = ed25519.GenerateKey(rand.Reader)
	case octets:
		secret := make([]byte, algorithms[algorithm].size)
		rand.Read(secret)
		raw = secret
	default:
		err = fmt.Errorf("no algorithm %d", algorithm)
	}
	if err != nil {
		return nil, err
	}
	private, err := jwk.FromRaw(raw)
	if err != nil {
		return nil, err
	}
	return newSigner(algorithm, private)
}

// ParseSigner reads a private JWK, as MarshalPrivate writes it.
func ParseSigner(data []byte) (*Signer, error) {
	private, err := jwk.ParseKey(data)
	if err != nil {
		return nil, fmt.Errorf("not a private JWK: %w", err)
	}
	algorithm := parseAlgorithm([]byte(private.Algorithm().String()))
	if algorithm == 0 {
		return nil, fmt.Errorf("the key has no alg, or an unknown one: %q", private.Algorithm())
	}
	return newSigner(algorithm, private)
}

func newSigner(algorithm Algorithm, private jwk.Key) (*Signer, error) {
	if err := jwk.AssignKeyID(private); err != nil {
		return nil, err
	}
	if err := private.Set(jwk.AlgorithmKey, jwa.SignatureAlgorithm(algorithm.String())); err != nil {
		return nil, err
	}
	if err := private.Set(jwk.KeyUsageKey, jwk.ForSignature); err != nil {
		return nil, err
	}
	public, err := private.PublicKey()
	if err != nil {
		return nil, err
	}
	return &Signer{algorithm, private, public}, nil
}

func (s *Signer) Algorithm() Algorithm { return s.algorithm }

// KeyID returns the key's kid.
func (s *Signer) KeyID() string { return s.private.KeyID() }

// JWK returns what others need to verify: a public JWK, or the secret of a symmetric key.
func (s *Signer) JWK() []byte { return mustJSON(s.public) }

// MarshalPrivate returns the private JWK.
func (s *Signer) MarshalPrivate() []byte { return mustJSON(s.private) }

func mustJSON(k jwk.Key) []byte {
	b, err := json.Marshal(k)
	if err != nil {
		panic("BUG: a key of our own making does not marshal: " + err.Error())
	}
	return b
}

// JWKS returns a JWK set of the keys of all signers, as an issuer publishes it.
func JWKS(signers ...*Signer) []byte {
	doc := []byte(`{"keys":[`)
	for i, s := range signers {
		if i > 0 {
			doc = append(doc, ',')
		}
		doc = append(doc, s.JWK()...)
	}
	return append(doc, "]}"...)
}

// Sign returns payload, the JSON text of claims, as a compact token with this typ in its header.
func (s *Signer) Sign(typ string, payload []byte) (string, error) {
	header := jws.NewHeaders()
	if err := header.Set(jws.TypeKey, typ); err != nil {
		return "", err
	}
	token, err := jws.Sign(payload, jws.WithKey(s.private.Algorithm(), s.private, jws.WithProtectedHeaders(header)))
	return string(token), err
}

// Thumbprint returns the RFC 7638 SHA-256 thumbprint of a public JWK, in base64url.
func Thumbprint(jwkJSON []byte) (string, error) {
	k, err := jwk.ParseKey(jwkJSON)
	if err != nil {
		return "", err
	}
	sum, err := k.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(sum), nil
}
