package gateway

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"

	"sallyport/conf"
	"sallyport/internal/crl"
)

// certificates are those of one listener, chosen by server name (RFC 6066 section 3), and the lists of those of clients
// that are revoked. They are read again when their files change.
type certificates struct {
	pairs       []conf.CertPair
	lists       []string
	authorities []*x509.Certificate
	state       atomic.Pointer[certificateState]
}

type certificateState struct {
	first   *tls.Certificate
	byName  map[string]*tls.Certificate // exact names, and wildcards as they stand in the certificate
	revoked *crl.Lists
}

// tlsConfig makes the TLS configuration of a listener; nil for one in clear text.
func tlsConfig(c *conf.TLS) (*tls.Config, *certificates, error) {
	if c == nil {
		return nil, nil, nil
	}
	certs := &certificates{pairs: c.Certs}
	for _, list := range c.ClientCRL {
		certs.lists = append(certs.lists, string(list))
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, GetCertificate: certs.choose}
	if c.Min == "1.3" {
		t.MinVersion = tls.VersionTLS13
	}
	switch c.ClientAuth {
	case "optional":
		t.ClientAuth = tls.VerifyClientCertIfGiven
	case "required":
		t.ClientAuth = tls.RequireAndVerifyClientCert
	}
	if c.ClientCA != "" {
		text, err := os.ReadFile(string(c.ClientCA))
		if err != nil {
			return nil, nil, err
		}
		t.ClientCAs = x509.NewCertPool()
		if certs.authorities, err = authorities(text); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", c.ClientCA, err)
		}
		for _, ca := range certs.authorities {
			t.ClientCAs.AddCert(ca)
		}
	}
	if len(certs.lists) > 0 {
		t.VerifyConnection = certs.verify
	}
	if err := certs.load(); err != nil {
		return nil, nil, err
	}
	return t, certs, nil
}

// authorities reads certificates in PEM.
func authorities(text []byte) ([]*x509.Certificate, error) {
	var list []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		ca, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		list = append(list, ca)
	}
	if len(list) == 0 {
		return nil, errors.New("no PEM certificate in it")
	}
	return list, nil
}

// verify refuses a client whose certificate is revoked, also when its session is resumed.
func (c *certificates) verify(s tls.ConnectionState) error {
	return c.state.Load().revoked.Check(s.VerifiedChains)
}

// load reads the files. When one of them is no good nothing changes.
func (c *certificates) load() error {
	s := &certificateState{byName: map[string]*tls.Certificate{}}
	for _, p := range c.pairs {
		pair, err := tls.LoadX509KeyPair(string(p.Cert), string(p.Key))
		if err != nil {
			return fmt.Errorf("certificate %s with key %s: %w", p.Cert, p.Key, err)
		}
		if s.first == nil {
			s.first = &pair
		}
		for _, name := range append(pair.Leaf.DNSNames, pair.Leaf.Subject.CommonName) {
			if name = strings.ToLower(name); name != "" && s.byName[name] == nil {
				s.byName[name] = &pair
			}
		}
	}
	var err error
	if s.revoked, err = crl.Load(c.lists, c.authorities); err != nil {
		return err
	}
	c.state.Store(s)
	return nil
}

// choose returns the certificate for a client's server name: its own, that of the wildcard above it, or the first.
func (c *certificates) choose(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	s := c.state.Load()
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	if pair := s.byName[name]; pair != nil {
		return pair, nil
	}
	if _, parent, ok := strings.Cut(name, "."); ok {
		if pair := s.byName["*."+parent]; pair != nil {
			return pair, nil
		}
	}
	return s.first, nil
}

// files are those to watch.
func (c *certificates) files() (names []string) {
	for _, p := range c.pairs {
		names = append(names, string(p.Cert), string(p.Key))
	}
	return append(names, c.lists...)
}
