package conf

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// fixtures makes a folder with the files that the configurations under test name.
func fixtures(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	now := time.Now()
	year := 365 * 24 * time.Hour
	for _, c := range []struct {
		name     string
		from, to time.Time
	}{
		{"a", now.Add(-year), now.Add(year)},
		{"b", now.Add(-year), now.Add(year)},
		{"ca", now.Add(-year), now.Add(year)},
		{"edge", now.Add(-year), now.Add(year)},
		{"expired", time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"future", time.Date(2126, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2127, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"soon", now.Add(-year), now.Add(24 * time.Hour)},
	} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		writeCertificate(t, dir, c.name, key, c.from, c.to)
	}
	t.Setenv("GODEBUG", "rsa1024min=0")
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	writeCertificate(t, dir, "weak", weak, now.Add(-year), now.Add(year))
	for name, text := range map[string]string{
		"junk":               "this is not what it should be\n",
		"secret":             "hunter2\n",
		"keys.json":          `{"keys": []}`,
		"partners.keys.toml": "",
		"users.txt":          "",
		"rules.conf":         "",
		"order.schema.json":  "{}",
		"part.inc":           "[listeners.public]\naddress = \":9999\"\n",
		"conf.d/one.toml":    "[upstreams.included]\nnodes = { a = \"127.0.0.1:9000\" }\n",
		"folder/file":        "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func writeCertificate(t testing.TB, dir, name string, key crypto.Signer, from, to time.Time) {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name + ".example.com"},
		NotBefore: from, NotAfter: to, IsCA: name == "ca", BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		name + ".pem": {Type: "CERTIFICATE", Bytes: der},
		name + ".key": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
