package crl

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newCertificate(t *testing.T, name string, serial int64, by *authority) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCRLSign | x509.KeyUsageCertSign, SubjectKeyId: []byte(name)}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key}
}

func (a *authority) list(t *testing.T, next time.Time, serials ...int64) []byte {
	t.Helper()
	template := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: next.Add(-time.Hour), NextUpdate: next}
	for _, s := range serials {
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: big.NewInt(s), RevocationTime: time.Now()})
	}
	der, err := x509.CreateRevocationList(rand.Reader, template, a.cert, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestLists(t *testing.T) {
	root := newCertificate(t, "root", 1, nil)
	other := newCertificate(t, "root", 1, nil) // of the same name
	middle := newCertificate(t, "middle", 2, root)
	leaf := newCertificate(t, "leaf", 3, middle)
	direct := newCertificate(t, "leaf", 3, root)
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	toPEM := func(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}) }
	authorities := []*x509.Certificate{root.cert, other.cert, middle.cert}
	later := time.Now().Add(time.Hour)
	f := func(revoked bool, data []byte, chains ...[]*x509.Certificate) {
		t.Helper()
		l, err := Load([]string{file("list", data)}, authorities)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Check(chains); (err != nil) != revoked {
			t.Errorf("revoked: %v", err)
		}
	}
	long := []*x509.Certificate{leaf.cert, middle.cert, root.cert}
	short := []*x509.Certificate{direct.cert, root.cert}
	f(true, middle.list(t, later, 3), long)
	f(true, toPEM(middle.list(t, later, 3)), long)
	f(true, append(toPEM(root.list(t, later)), toPEM(middle.list(t, later, 3))...), long)
	f(true, root.list(t, later, 2), long)
	f(true, root.list(t, time.Now().Add(-time.Minute), 2), long) // a list that was to be renewed
	f(true, root.list(t, later, 2, 3), long, short)
	f(false, root.list(t, later, 2), long, short) // there is another way
	f(false, root.list(t, later, 3), long)        // the root's number 3 is another certificate
	f(false, root.list(t, later, 1), long)        // what is trusted is not revoked by itself
	f(false, other.list(t, later, 2, 3), long, short)
	f(false, root.list(t, later), long)

	bad := func(data []byte) {
		t.Helper()
		if _, err := Load([]string{file("bad", data)}, authorities); err == nil {
			t.Error("it loads")
		}
	}
	stranger := newCertificate(t, "stranger", 9, nil)
	bad(stranger.list(t, later, 3))
	bad(newCertificate(t, "root", 9, nil).list(t, later, 3))
	bad(nil)
	bad([]byte("junk"))
	bad(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.cert.Raw}))
	if _, err := Load([]string{filepath.Join(dir, "absent")}, authorities); err == nil {
		t.Error("an absent list loads")
	}
}
