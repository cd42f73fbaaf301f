package auth

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"

	"sallyport/conf"
	"sallyport/filters"
)

// bodyDigest compares a body with its Content-Digest (RFC 9530), so that a signature over that field is one over the body.
type bodyDigest struct {
	limit  int
	denial *filters.Denial
	long   *filters.Denial
}

// Digest compiles the check of a route's bodies, for routes that take message signatures; nil for others. limit is the
// most of a body that can be looked at, in bytes.
func (a *Set) Digest(site *filters.Site, r *conf.Route, limit int) filters.Filter {
	if r.Auth == nil {
		return nil
	}
	for _, list := range [][]conf.Authenticator{r.Auth.Any, r.Auth.All} {
		for _, ref := range list {
			if ref.Kind == "signature" {
				return &bodyDigest{limit, site.Denial(filters.AuthSignature).With("WWW-Authenticate", "Signature"), site.Denial(filters.BodyTooLarge)}
			}
		}
	}
	return nil
}

// BodyCap implements filters.BodyReader.
func (d *bodyDigest) BodyCap() int { return d.limit }

// Request implements filters.Filter.
func (d *bodyDigest) Request(x *filters.Exchange) filters.Verdict {
	i := x.Request.Find("content-digest")
	if i < 0 {
		return filters.Next
	}
	if !x.Request.Body.Whole() {
		return x.Refuse(d.long)
	}
	if x.Request.Next(i) >= 0 || !digestMatches(x.Request.ValueAt(i), x.Request.Body.Bytes()) {
		return x.Refuse(d.denial)
	}
	return filters.Next
}

// digestMatches tells whether the field holds a digest that we can compute, and all of those are the body's.
func digestMatches(field, body []byte) bool {
	matched := false
	for rest := field; len(rest) > 0; {
		var member []byte
		member, rest, _ = bytes.Cut(rest, []byte{','})
		name, value, _ := bytes.Cut(bytes.Trim(member, " \t"), []byte{'='})
		var sum []byte
		switch string(name) {
		case "sha-256":
			s := sha256.Sum256(body)
			sum = s[:]
		case "sha-512":
			s := sha512.Sum512(body)
			sum = s[:]
		default:
			continue
		}
		want := ":" + base64.StdEncoding.EncodeToString(sum) + ":"
		if subtle.ConstantTimeCompare([]byte(want), value) != 1 {
			return false
		}
		matched = true
	}
	return matched
}

var _ filters.BodyReader = (*bodyDigest)(nil)
