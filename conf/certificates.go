package conf

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// expiresSoon is how long before its end a certificate is worth a warning.
const expiresSoon = 14 * 24 * time.Hour

// certPair checks a certificate chain and its private key: that they can be read, belong together, are valid now, and are not weak.
// Nothing of the key is shown.
func (v *validator) certPair(cert, key Path, certAt, keyAt Position) {
	if cert == "" || key == "" {
		return
	}
	certText, err := os.ReadFile(string(cert))
	if err != nil {
		return
	}
	keyText, err := os.ReadFile(string(key))
	if err != nil {
		return
	}
	chain := pemBlocks(certText, "CERTIFICATE")
	if len(chain) == 0 {
		v.errorf(certAt, "cert: %s holds no PEM certificate", filepath.Base(string(cert)))
		return
	}
	v.validCertificate(chain[0], cert, "cert", certAt)
	if _, err := tls.X509KeyPair(certText, keyText); err != nil {
		switch text := err.Error(); {
		case strings.Contains(text, "does not match"):
			v.errorf(keyAt, "key: %s is not the key of the certificate in %s", filepath.Base(string(key)), filepath.Base(string(cert)))
		case strings.Contains(text, "certificate"):
			v.errorf(certAt, "cert: %s is not a certificate chain: %s", filepath.Base(string(cert)), strings.TrimPrefix(text, "tls: "))
		default:
			v.errorf(keyAt, "key: %s holds no PEM private key that can be used", filepath.Base(string(key)))
		}
	}
}

// authorities checks a file of CA certificates.
func (v *validator) authorities(file Path, at Position) {
	if file == "" {
		return
	}
	text, err := os.ReadFile(string(file))
	if err != nil {
		return
	}
	blocks := pemBlocks(text, "CERTIFICATE")
	if len(blocks) == 0 {
		v.errorf(at, "%s holds no PEM certificate", filepath.Base(string(file)))
	}
	for _, der := range blocks {
		v.validCertificate(der, file, "ca", at)
	}
}

func (v *validator) validCertificate(der []byte, file Path, what string, at Position) {
	name := filepath.Base(string(file))
	c, err := x509.ParseCertificate(der)
	if err != nil {
		v.errorf(at, "%s: %s holds something that is not a certificate", what, name)
		return
	}
	switch {
	case v.now.After(c.NotAfter):
		v.errorf(at, "%s: the certificate in %s expired on %s", what, name, c.NotAfter.Format(time.DateOnly))
	case v.now.Before(c.NotBefore):
		v.errorf(at, "%s: the certificate in %s is not valid before %s", what, name, c.NotBefore.Format(time.RFC3339))
	case v.now.Add(expiresSoon).After(c.NotAfter):
		v.warnf(at, "%s: the certificate in %s expires on %s", what, name, c.NotAfter.Format(time.DateOnly))
	}
	if k, ok := c.PublicKey.(*rsa.PublicKey); ok && k.N.BitLen() < 2048 {
		v.errorf(at, "%s: the certificate in %s has an RSA key of %d bits; the least is 2048", what, name, k.N.BitLen())
	}
	if c.SignatureAlgorithm == x509.SHA1WithRSA || c.SignatureAlgorithm == x509.ECDSAWithSHA1 || c.SignatureAlgorithm == x509.MD5WithRSA {
		v.warnf(at, "%s: the certificate in %s is signed with %s, which clients refuse", what, name, c.SignatureAlgorithm)
	}
}

// revocationList checks a CRL, PEM or DER.
func (v *validator) revocationList(file Path, at Position) {
	text, err := os.ReadFile(string(file))
	if err != nil {
		return
	}
	der := text
	if blocks := pemBlocks(text, "X509 CRL"); len(blocks) > 0 {
		der = blocks[0]
	}
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		v.errorf(at, "client_crl: %s is not a revocation list", filepath.Base(string(file)))
		return
	}
	if !list.NextUpdate.IsZero() && v.now.After(list.NextUpdate) {
		v.warnf(at, "client_crl: the list in %s was to be renewed on %s", filepath.Base(string(file)), list.NextUpdate.Format(time.DateOnly))
	}
}

// pemBlocks returns the bytes of the blocks of one type.
func pemBlocks(text []byte, kind string) [][]byte {
	var blocks [][]byte
	for {
		var b *pem.Block
		b, text = pem.Decode(text)
		if b == nil {
			return blocks
		}
		if b.Type == kind {
			blocks = append(blocks, b.Bytes)
		}
	}
}
