// Package crl reads certificate revocation lists (RFC 5280 section 5) and finds revoked certificates in chains that were
// verified otherwise.
package crl

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Lists are the revocation lists in force. They do not change; a list that is past its next update still counts, since
// what it revokes stays revoked.
type Lists struct {
	revoked map[entry]bool
}

// entry is one certificate, by what identifies it to who has issued it.
type entry struct {
	issuer string // the distinguished name in DER
	key    string // the subject key of the issuer, so that two of one name are not mixed up
	serial string
}

// Load reads lists, each in PEM or DER. Every one must be signed by one of the authorities.
func Load(paths []string, authorities []*x509.Certificate) (*Lists, error) {
	l := &Lists{revoked: map[entry]bool{}}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if err := l.add(data, authorities); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
	}
	return l, nil
}

func (l *Lists) add(data []byte, authorities []*x509.Certificate) error {
	if !bytes.Contains(data, []byte("-----BEGIN")) {
		return l.addDER(data, authorities)
	}
	found := false
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "X509 CRL" {
			continue
		}
		found = true
		if err := l.addDER(block.Bytes, authorities); err != nil {
			return err
		}
	}
	if !found {
		return errors.New("no revocation list in it")
	}
	return nil
}

func (l *Lists) addDER(der []byte, authorities []*x509.Certificate) error {
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		return err
	}
	for _, ca := range authorities {
		if !bytes.Equal(ca.RawSubject, list.RawIssuer) || list.CheckSignatureFrom(ca) != nil {
			continue
		}
		for _, revoked := range list.RevokedCertificateEntries {
			l.revoked[entry{string(ca.RawSubject), string(ca.RawSubjectPublicKeyInfo), revoked.SerialNumber.String()}] = true
		}
		return nil
	}
	return fmt.Errorf("the list of %q is signed by none of the client authorities", list.Issuer)
}

// Check returns an error if every one of the verified chains has a revoked certificate in it, as
// tls.ConnectionState.VerifiedChains has them.
func (l *Lists) Check(chains [][]*x509.Certificate) error {
	if len(l.revoked) == 0 {
		return nil
	}
	var err error
	for _, chain := range chains {
		serial := l.revokedIn(chain)
		if serial == "" {
			return nil
		}
		err = fmt.Errorf("the certificate with the serial number %s is revoked", serial)
	}
	return err
}

// revokedIn returns the serial number of a revoked certificate of a chain, "" if there is none.
func (l *Lists) revokedIn(chain []*x509.Certificate) string {
	for i := 0; i+1 < len(chain); i++ {
		ca, serial := chain[i+1], chain[i].SerialNumber.String()
		if l.revoked[entry{string(ca.RawSubject), string(ca.RawSubjectPublicKeyInfo), serial}] {
			return serial
		}
	}
	return ""
}
