package lb

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"time"

	"sallyport/conf"
)

// transport is how connections to the nodes of an upstream are made and kept. It is immutable, and shared by the nodes.
type transport struct {
	tls     *tls.Config   // nil: plain TCP. ServerName is empty where it is the host of each node's address
	connect time.Duration // how long connecting may take, the handshake included
	idle    time.Duration // how long a connection is kept unused
	max     int           // connections to one node; the fleet never has more requests in flight there

	definition [sha256.Size]byte // of the TLS part: what it says, and what is in the files that it names
}

func newTransport(c *conf.Upstream) (*transport, error) {
	t := &transport{connect: time.Duration(c.Pool.Connect), idle: time.Duration(c.Pool.Idle), max: c.Pool.Max}
	if c.TLS == nil {
		return t, nil
	}
	t.tls = &tls.Config{ServerName: c.TLS.ServerName, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, ClientSessionCache: tls.NewLRUClientSessionCache(0)}
	if c.TLS.Min == "1.3" {
		t.tls.MinVersion = tls.VersionTLS13
	}
	digest := sha256.New()
	fmt.Fprintf(digest, "%+v", *c.TLS)
	read := func(path conf.Path) ([]byte, error) {
		text, err := os.ReadFile(string(path))
		fmt.Fprintf(digest, "%d\n%s", len(text), text)
		return text, err
	}
	if c.TLS.CA != "" {
		pem, err := read(c.TLS.CA)
		if err != nil {
			return nil, fmt.Errorf("cannot read the authorities of upstream %q: %w", c.Name, err)
		}
		t.tls.RootCAs = x509.NewCertPool()
		if !t.tls.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("the file %q of upstream %q holds no PEM certificate", c.TLS.CA, c.Name)
		}
	}
	if c.TLS.Cert != "" || c.TLS.Key != "" {
		cert, err := read(c.TLS.Cert)
		if err != nil {
			return nil, fmt.Errorf("cannot read the certificate of upstream %q: %w", c.Name, err)
		}
		key, err := read(c.TLS.Key)
		if err != nil {
			return nil, fmt.Errorf("cannot read the private key of upstream %q: %w", c.Name, err)
		}
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("the certificate %q of upstream %q and its key %q are of no use: %w", c.TLS.Cert, c.Name, c.TLS.Key, err)
		}
		t.tls.Certificates = []tls.Certificate{pair}
	}
	digest.Sum(t.definition[:0])
	return t, nil
}

// same reports whether connections made by one transport are as good as those made by the other.
func (t *transport) same(other *transport) bool {
	return t.connect == other.connect && t.idle == other.idle && t.max == other.max &&
		(t.tls == nil) == (other.tls == nil) && bytes.Equal(t.definition[:], other.definition[:])
}
