package jose

import (
	"crypto"
	"fmt"
	"strings"

	_ "crypto/sha256" // linked in for crypto.SHA256.New
	_ "crypto/sha512" // linked in for crypto.SHA384.New and crypto.SHA512.New
)

// Algorithm is a JWS signature algorithm (RFC 7518 section 3, RFC 8037). The zero value is none of them, and
// so is the JWS algorithm "none".
type Algorithm uint8

const (
	RS256 Algorithm = iota + 1
	RS384
	RS512
	PS256
	PS384
	PS512
	ES256
	ES384
	ES512
	EdDSA
	HS256
	HS384
	HS512
)

type family uint8

const (
	pkcs1 family = iota + 1
	pss
	ec
	okp
	octets
)

var algorithms = [...]struct {
	name   string
	family family
	hash   crypto.Hash
	size   int // bytes of an elliptic-curve coordinate, or the shortest HMAC secret
}{
	RS256: {"RS256", pkcs1, crypto.SHA256, 0},
	RS384: {"RS384", pkcs1, crypto.SHA384, 0},
	RS512: {"RS512", pkcs1, crypto.SHA512, 0},
	PS256: {"PS256", pss, crypto.SHA256, 0},
	PS384: {"PS384", pss, crypto.SHA384, 0},
	PS512: {"PS512", pss, crypto.SHA512, 0},
	ES256: {"ES256", ec, crypto.SHA256, 32},
	ES384: {"ES384", ec, crypto.SHA384, 48},
	ES512: {"ES512", ec, crypto.SHA512, 66},
	EdDSA: {"EdDSA", okp, 0, 0},
	HS256: {"HS256", octets, crypto.SHA256, 32},
	HS384: {"HS384", octets, crypto.SHA384, 48},
	HS512: {"HS512", octets, crypto.SHA512, 64},
}

func (a Algorithm) String() string {
	if a == 0 || int(a) >= len(algorithms) {
		return "none"
	}
	return algorithms[a].name
}

func (a Algorithm) family() family    { return algorithms[a].family }
func (a Algorithm) hash() crypto.Hash { return algorithms[a].hash }

// Symmetric tells whether a is verified with a shared secret.
func (a Algorithm) Symmetric() bool { return a.family() == octets }

// parseAlgorithm reads the name of an algorithm; letter case counts (RFC 7515 section 4.1.1).
func parseAlgorithm(name []byte) Algorithm {
	for a := RS256; a <= HS512; a++ {
		if string(name) == algorithms[a].name {
			return a
		}
	}
	return 0
}

// Algorithms is a set of them.
type Algorithms uint16

// DefaultAlgorithms is what an issuer may use when its list is not written: one algorithm per kind of key, so
// that keys published without "alg" stay unambiguous.
const DefaultAlgorithms = Algorithms(1<<RS256 | 1<<ES256 | 1<<EdDSA)

// ParseAlgorithms reads an issuer's list. The error names the first entry that is not a known algorithm.
func ParseAlgorithms(names []string) (Algorithms, error) {
	var s Algorithms
	for _, name := range names {
		a := parseAlgorithm([]byte(name))
		if a == 0 {
			return 0, fmt.Errorf("%q is not a signature algorithm; known are %s", name, ^Algorithms(0))
		}
		s |= 1 << a
	}
	return s, nil
}

func (s Algorithms) Has(a Algorithm) bool { return a != 0 && s>>a&1 == 1 }

func (s Algorithms) String() string {
	var names []string
	for a := RS256; a <= HS512; a++ {
		if s.Has(a) {
			names = append(names, a.String())
		}
	}
	return strings.Join(names, ", ")
}

// only returns the one algorithm of the set, or 0 if there are none or several.
func (s Algorithms) only() Algorithm {
	for a := RS256; a <= HS512; a++ {
		if s == 1<<a {
			return a
		}
	}
	return 0
}

// of returns the subset that belongs to the given families.
func (s Algorithms) of(families ...family) Algorithms {
	var sub Algorithms
	for a := RS256; a <= HS512; a++ {
		for _, f := range families {
			if s.Has(a) && a.family() == f {
				sub |= 1 << a
			}
		}
	}
	return sub
}
