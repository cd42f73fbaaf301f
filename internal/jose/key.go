package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
)

// Key is an admitted verification key. It never changes and is safe for concurrent use.
type Key struct {
	id        string
	hasID     bool
	algorithm Algorithm // the one it may be used with (RFC 8725 section 3.1)
	mark      uint64

	rsa    *rsa.PublicKey
	ecdsa  *ecdsa.PublicKey
	ed     ed25519.PublicKey
	secret []byte
}

// ID returns the key's kid, "" if it has none.
func (k *Key) ID() string { return k.id }

// Algorithm returns the one algorithm the key verifies.
func (k *Key) Algorithm() Algorithm { return k.algorithm }

// Mark stands for the key in compact records: 64 bits of a hash over its kid, algorithm and material.
func (k *Key) Mark() uint64 { return k.mark }

// Verify tells whether signature is the key's signature of signed. A cold path: it allocates.
func (k *Key) Verify(signed, signature []byte) bool {
	hash := k.algorithm.hash()
	switch k.algorithm.family() {
	case pkcs1:
		return rsa.VerifyPKCS1v15(k.rsa, hash, digest(hash, signed), signature) == nil
	case pss:
		salt := rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash} // RFC 7518 section 3.5
		return rsa.VerifyPSS(k.rsa, hash, digest(hash, signed), signature, &salt) == nil
	case ec:
		var room [2*(66+3) + 3]byte
		der, ok := derSignature(room[:0], signature, algorithms[k.algorithm].size)
		return ok && ecdsa.VerifyASN1(k.ecdsa, digest(hash, signed), der)
	case okp:
		return ed25519.Verify(k.ed, signed, signature)
	case octets:
		mac := hmac.New(hash.New, k.secret)
		mac.Write(signed)
		return hmac.Equal(mac.Sum(nil), signature)
	}
	return false
}

func digest(h crypto.Hash, b []byte) []byte {
	d := h.New()
	d.Write(b)
	return d.Sum(nil)
}

// derSignature turns r and s, side by side and size bytes each (RFC 7518 section 3.4), into the ASN.1 form
// that the standard library takes.
func derSignature(dst, signature []byte, size int) ([]byte, bool) {
	if len(signature) != 2*size {
		return nil, false
	}
	r, s := trimZeros(signature[:size]), trimZeros(signature[size:])
	body := 4 + derLength(r) + derLength(s)
	dst = append(dst, 0x30)
	if body >= 0x80 {
		dst = append(dst, 0x81)
	}
	dst = append(dst, byte(body))
	return appendDER(appendDER(dst, r), s), true
}

func trimZeros(b []byte) []byte {
	for len(b) > 1 && b[0] == 0 {
		b = b[1:]
	}
	return b
}

// derLength counts the zero byte that keeps an unsigned number from being read as a negative one.
func derLength(number []byte) int { return len(number) + int(number[0]>>7) }

func appendDER(dst, number []byte) []byte {
	dst = append(dst, 0x02, byte(derLength(number)))
	if number[0] >= 0x80 {
		dst = append(dst, 0)
	}
	return append(dst, number...)
}
