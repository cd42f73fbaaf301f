package jose

import "strings"

// Rules is what one issuer's tokens must be like. It never changes once in use.
type Rules struct {
	Issuer     string
	Audiences  []string // one of them must be in aud; none means that aud is not looked at
	Algorithms Algorithms
	Types      []string // what typ may be (RFC 8725 section 3.11); empty means DefaultTypes, and then typ may be absent
	Skew       int64    // seconds by which clocks may differ
}

// DefaultTypes are accepted where an issuer's list is not written.
var DefaultTypes = []string{"JWT", "at+jwt"}

// Judge checks the token's claims and header against the rules at the time now, in seconds since 1970. It looks
// at everything but the signature, so that a forger is sent away before a signature is paid for.
func (r *Rules) Judge(t *Token, now int64) Reason {
	if !r.Algorithms.Has(t.Algorithm) || !r.typeListed(t) {
		return Malformed
	}
	if string(t.issuer) != r.Issuer {
		return Issuer
	}
	if reason := Times(t.Expires, t.StartsAt(), now, r.Skew); reason != Valid {
		return reason
	}
	if !r.ForUs(t) {
		return Audience
	}
	return Valid
}

// Verify judges the token and verifies it with one of the keys. On Valid, t.Key is the key that it verified with.
// keys may be nil: the issuer's keys are not known.
func (r *Rules) Verify(t *Token, keys *KeySet, now int64) Reason {
	if reason := r.Judge(t, now); reason != Valid {
		return reason
	}
	if keys == nil {
		return Unavailable
	}
	return keys.Verify(t)
}

// Times judges the interval in which a token is good, for a first sight and for a repeated one alike.
func Times(expires, starts, now, skew int64) Reason {
	switch {
	case now-skew >= expires:
		return Expired
	case now+skew < starts:
		return NotYet
	}
	return Valid
}

// StartsAt returns the later of nbf and iat: a token from the future is not good yet either.
func (t *Token) StartsAt() int64 { return max(t.NotBefore, t.IssuedAt) }

// typeListed compares typ as the media type that it is: in any letter case, and "application/" may be left out
// where no other slash is (RFC 7515 section 4.1.9).
func (r *Rules) typeListed(t *Token) bool {
	listed := r.Types
	if len(listed) == 0 {
		if t.typ.Kind == Missing {
			return true
		}
		listed = DefaultTypes
	}
	var room [64]byte
	typ := shortType(string(t.typ.AppendText(room[:0])))
	for _, l := range listed {
		if typ != "" && strings.EqualFold(typ, shortType(l)) {
			return true
		}
	}
	return false
}

func shortType(s string) string {
	const prefix = "application/"
	if len(s) > len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) && !strings.Contains(s[len(prefix):], "/") {
		return s[len(prefix):]
	}
	return s
}

// ForUs tells whether aud holds one of the audiences, if there are any.
func (r *Rules) ForUs(t *Token) bool {
	if len(r.Audiences) == 0 {
		return true
	}
	for e := t.Audience().Elements(); ; {
		one, more := e.Next()
		if !more {
			return false
		}
		for _, a := range r.Audiences {
			if one.Equal(a) {
				return true
			}
		}
	}
}
