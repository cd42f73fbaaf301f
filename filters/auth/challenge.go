package auth

import "strings"

// challenge implements way (RFC 6750 section 3, RFC 9449 section 7.1): without credentials only the scheme is named.
func (b *bearer) challenge(o outcome) string {
	schemes := []string{"Bearer"}
	if b.proofs {
		schemes = append(schemes, `DPoP algs="ES256 ES384 ES512 EdDSA RS256 PS256"`)
	}
	for i, scheme := range schemes {
		var param string
		switch o {
		case absent:
		case proof:
			param = `error="invalid_dpop_proof"`
		default:
			param = `error="invalid_token"`
		}
		if param != "" {
			schemes[i] += map[bool]string{true: ", ", false: " "}[strings.Contains(scheme, " ")] + param
		}
	}
	return strings.Join(schemes, "\n")
}
