package jose

import (
	"crypto/sha256"
	"encoding/base64"
)

// Proof is a DPoP proof (RFC 9449 section 4.2) whose signature is good: it was made by who holds the private key of the
// thumbprint. Its slices live as long as the Token it was parsed with.
type Proof struct {
	Thumbprint [sha256.Size]byte // RFC 7638, of the key
	ID         []byte            // jti
	Method     []byte            // htm
	URL        []byte            // htu
	TokenHash  []byte            // ath, in base64url; nil where absent
	IssuedAt   int64             // iat, in seconds since 1970
}

const (
	proofAlgorithm = iota
	proofType
	proofKey
	proofForbidden // and all that follow
)

var (
	proofHeader = newPaths("alg", "typ", "jwk", "crit", "b64", "jku", "x5u", "x5c", "x5t", "x5t#S256")
	proofClaims = newPaths("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "htm", "htu", "ath")
)

const (
	slotMethod = registeredClaims + iota
	slotURL
	slotTokenHash
)

// ParseProof takes a proof apart in t and verifies it with the key that it brings along, of one of the allowed algorithms,
// which must be asymmetric. It says Valid, Malformed or BadSignature. What the proof is for is the caller's to compare.
func (t *Token) ParseProof(raw []byte, allowed Algorithms, p *Proof) Reason {
	header, payload, ok := t.split(raw)
	if !ok {
		return Malformed
	}
	key := t.proofKey(header, allowed)
	if key == nil {
		return Malformed
	}
	p.Thumbprint = t.thumbprint()
	t.paths = proofClaims
	if !t.readClaims(payload) {
		return Malformed
	}
	f := t.scanner.found
	iat := f[slotIssuedAt].Kind == Number
	if len(t.ID) == 0 || !iat || f[slotMethod].Kind != String || f[slotURL].Kind != String || !optionalString(f[slotTokenHash]) {
		return Malformed
	}
	if !key.Verify(t.signed, t.signature) {
		return BadSignature
	}
	p.ID, p.IssuedAt = t.ID, t.IssuedAt
	p.Method, p.URL, p.TokenHash = f[slotMethod].Text(nil), f[slotURL].Text(nil), f[slotTokenHash].Text(nil)
	return Valid
}

// proofKey returns the key that a proof's header holds, nil if the header or the key is not fit. It leaves the key's
// members in t.scanner.found.
func (t *Token) proofKey(header []byte, allowed Algorithms) *Key {
	s := &t.scanner
	if !s.scan(header, proofHeader) {
		return nil
	}
	for slot := proofForbidden; slot < len(s.found); slot++ {
		if s.found[slot].Kind != Missing {
			return nil
		}
	}
	algorithm := parseAlgorithm(s.found[proofAlgorithm].Text(nil))
	if !s.found[proofType].Equal("dpop+jwt") || !allowed.Has(algorithm) || algorithm.Symmetric() {
		return nil
	}
	// The list is narrowed to what the header says, so a key without alg is of that algorithm or not admitted.
	key, err := parseKey(s, s.found[proofKey], FromURL, 1<<algorithm, map[string]int{})
	if err != nil || key == nil {
		return nil
	}
	t.Algorithm = algorithm
	return key
}

// thumbprint hashes the required members of the key in t.scanner.found, which was admitted: their texts are base64url and
// known names, and stand for themselves in JSON (RFC 7638 section 3).
func (t *Token) thumbprint() [sha256.Size]byte {
	f := t.scanner.found
	var b []byte
	member := func(name string, slot int) {
		separator := `,"`
		if len(b) == 0 {
			separator = `{"`
		}
		b = append(b, separator+name+`":"`...)
		b = append(b, f[slot].raw...)
		b = append(b, '"')
	}
	switch {
	case f[jwkType].Equal("RSA"):
		member("e", jwkExponent)
		member("kty", jwkType)
		member("n", jwkModulus)
	case f[jwkType].Equal("EC"):
		member("crv", jwkCurve)
		member("kty", jwkType)
		member("x", jwkX)
		member("y", jwkY)
	default:
		member("crv", jwkCurve)
		member("kty", jwkType)
		member("x", jwkX)
	}
	return sha256.Sum256(append(b, '}'))
}

// EncodeThumbprint returns a thumbprint as tokens hold it (cnf.jkt, cnf.x5t#S256).
func EncodeThumbprint(sum [sha256.Size]byte) string {
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// DecodeThumbprint reads it back; ok is false if text is not the canonical form of one.
func DecodeThumbprint(text []byte) (sum [sha256.Size]byte, ok bool) {
	if base64.RawURLEncoding.DecodedLen(len(text)) != len(sum) {
		return sum, false
	}
	_, _, ok = decode(sum[:0], text)
	return sum, ok
}
