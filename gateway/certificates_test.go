package gateway

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sallyport/conf"
)

// TestRevokedClients shakes hands as a client whose certificate is on the list, and as one that is not, before and after
// the list is replaced under the running listener.
func TestRevokedClients(t *testing.T) {
	dir := t.TempDir()
	file := func(name, kind string, der []byte) conf.Path {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return conf.Path(path)
	}
	caKey, ca := certificateOf(t, 1, nil, nil)
	list := func(serials ...int64) []byte {
		t.Helper()
		template := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour)}
		for _, s := range serials {
			template.RevokedCertificateEntries = append(template.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: big.NewInt(s), RevocationTime: time.Now()})
		}
		der, err := x509.CreateRevocationList(rand.Reader, template, ca, caKey)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	edgeKey, edge := certificateOf(t, 2, ca, caKey)
	private, err := x509.MarshalPKCS8PrivateKey(edgeKey)
	if err != nil {
		t.Fatal(err)
	}
	config, certs, err := tlsConfig(&conf.TLS{
		Min: "1.2", ClientAuth: "optional", ClientCA: file("ca.pem", "CERTIFICATE", ca.Raw), ClientCRL: []conf.Path{file("list.pem", "X509 CRL", list(8))},
		Certs: []conf.CertPair{{Cert: file("edge.pem", "CERTIFICATE", edge.Raw), Key: file("edge.key", "PRIVATE KEY", private)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	f := func(want bool, serial int64) {
		t.Helper()
		client := &tls.Config{ServerName: "edge.test", RootCAs: x509.NewCertPool()}
		client.RootCAs.AddCert(ca)
		if serial > 0 {
			key, cert := certificateOf(t, serial, ca, caKey)
			client.Certificates = []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}
		}
		a, b := net.Pipe()
		defer a.Close()
		defer b.Close()
		go func() {
			c := tls.Client(b, client)
			if c.Handshake() == nil {
				_, _ = c.Read(make([]byte, 1)) // of TLS 1.3 the server's verdict comes afterwards
			}
		}()
		if err := tls.Server(a, config).Handshake(); (err == nil) != want {
			t.Errorf("serial number %d: %v", serial, err)
		}
	}
	f(true, 0)
	f(true, 7)
	f(false, 8)
	file("list.pem", "X509 CRL", list(7))
	if err := certs.load(); err != nil {
		t.Fatal(err)
	}
	f(false, 7)
	f(true, 8)
	file("list.pem", "X509 CRL", []byte("junk"))
	if err := certs.load(); err == nil {
		t.Error("a broken list is taken")
	}
	f(false, 7)
}

// certificateOf makes a certificate for everything, signed by an authority or by itself.
func certificateOf(t *testing.T, serial int64, by *x509.Certificate, signer *ecdsa.PrivateKey) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "edge.test"}, DNSNames: []string{"edge.test"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: by == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	if by == nil {
		by, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, cert
}
