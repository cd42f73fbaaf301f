package auth

import (
	"encoding/binary"

	"sallyport/filters"
	"sallyport/internal/jose"
)

// boundTo is what a token is bound to besides its bearer.
type boundTo uint8

const (
	unbound          boundTo = iota
	boundCertificate         // RFC 8705: the SHA-256 of the client's certificate
	boundProof               // RFC 9449: the thumbprint of the key that signs proofs
)

// record is what is remembered of a verified credential: enough to judge it again without its text. It has a form in
// bytes without pointers, for the cache and for a connection's memo; texts of a record lie in those bytes.
type record struct {
	issuer uint64 // the issuer's rules that it was verified under
	facts  uint64 // the meaning of bits and claims
	mark   uint64 // the key that verified it; 0: none of ours did
	fresh  int64  // until when the record may be used, whatever the credential's own life; seconds, as all times here

	expires, starts, issued int64
	authenticated           int64 // auth_time, 0 where unknown

	revocable [4]uint64 // hashes of what it can be revoked by: jti, sub, sid, kid; 0 where absent
	bits      bits
	bound     boundTo
	binding   [32]byte

	subject []byte
	claims  []byte // index, length of two bytes, value; and again
}

const recordHead = 8*(4+4+4+4) + 1 + 32 + 2

// append appends the record's form in bytes.
func (r *record) append(dst []byte) []byte {
	le := binary.LittleEndian
	for _, v := range [...]uint64{r.issuer, r.facts, r.mark, uint64(r.fresh), uint64(r.expires), uint64(r.starts), uint64(r.issued),
		uint64(r.authenticated), r.revocable[0], r.revocable[1], r.revocable[2], r.revocable[3], r.bits[0], r.bits[1], r.bits[2], r.bits[3]} {
		dst = le.AppendUint64(dst, v)
	}
	dst = append(dst, byte(r.bound))
	dst = append(dst, r.binding[:]...)
	dst = le.AppendUint16(dst, uint16(len(r.subject)))
	dst = append(dst, r.subject...)
	return append(dst, r.claims...)
}

// read takes the record out of its form in bytes, which it keeps pointing into.
func (r *record) read(b []byte) {
	le := binary.LittleEndian
	_ = b[recordHead-1]
	r.issuer, r.facts, r.mark = le.Uint64(b), le.Uint64(b[8:]), le.Uint64(b[16:])
	r.fresh, r.expires, r.starts = int64(le.Uint64(b[24:])), int64(le.Uint64(b[32:])), int64(le.Uint64(b[40:]))
	r.issued, r.authenticated = int64(le.Uint64(b[48:])), int64(le.Uint64(b[56:]))
	for i := range r.revocable {
		r.revocable[i] = le.Uint64(b[64+8*i:])
	}
	for i := range r.bits {
		r.bits[i] = le.Uint64(b[96+8*i:])
	}
	r.bound = boundTo(b[128])
	copy(r.binding[:], b[129:])
	n := int(le.Uint16(b[161:]))
	b = b[recordHead:]
	r.subject, r.claims = b[:n:n], b[n:]
}

// keepClaims puts the values of the claims that the configuration uses into the record. An array's elements are
// separated by NUL; those that hold one are left out.
func (r *record) keepClaims(t *jose.Token, f *facts, dst []byte) {
	r.claims = dst[:0]
	for index, slot := range f.keptSlot {
		v := t.Claim(slot)
		if v.Kind == jose.Missing || v.Kind == jose.Null {
			continue
		}
		head := len(r.claims)
		r.claims = append(r.claims, byte(index), 0, 0)
		start := len(r.claims)
		for e := v.Elements(); ; {
			one, more := e.Next()
			if !more {
				break
			}
			r.claims = appendElement(r.claims, start, one)
		}
		binary.LittleEndian.PutUint16(r.claims[head+1:], uint16(len(r.claims)-start))
	}
}

// separator stands between the elements of an array claim's kept value.
const separator = 0

func appendElement(dst []byte, start int, v jose.Value) []byte {
	end := len(dst)
	if end > start {
		dst = append(dst, separator)
	}
	from := len(dst)
	dst = v.AppendText(dst)
	for _, c := range dst[from:] {
		if c == separator {
			return dst[:end]
		}
	}
	if len(dst) == from {
		return dst[:end]
	}
	return dst
}

// fill makes the record's caller the identity of an exchange.
func (r *record) fill(who *filters.Identity, issuer string) {
	who.Authenticated = true
	who.Issuer = issuer
	who.Subject = append(who.Subject[:0], r.subject...)
	who.Principal = appendPrincipal(who.Principal[:0], issuer, r.subject)
	who.Bits = r.bits
	for c := r.claims; len(c) > 0; {
		n := 3 + int(binary.LittleEndian.Uint16(c[1:]))
		who.SetClaim(int(c[0]), c[3:n])
		c = c[n:]
	}
}

// appendPrincipal appends what stands for a caller in limits and caches: the authenticator's name and the subject.
func appendPrincipal(dst []byte, name string, subject []byte) []byte {
	dst = append(dst, name...)
	dst = append(dst, '|')
	return append(dst, subject...)
}
