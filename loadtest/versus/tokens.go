package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// tokens is an issuer: an RSA key, and the access tokens it signs.
type tokens struct {
	keySet    string // path of its JWK Set
	publicKey string // path of its public key, PEM
	key       *rsa.PrivateKey
}

const (
	issuer   = "https://id.example.com"
	audience = "https://api.example.com"
	keyID    = "versus"
)

func newTokens(dir string) (*tokens, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	t := &tokens{keySet: filepath.Join(dir, "keys.json"), publicKey: filepath.Join(dir, "key.pem"), key: key}
	set, err := json.Marshal(map[string]any{"keys": []any{map[string]string{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": keyID,
		"n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes()),
	}}})
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(t.keySet, set, 0o644); err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	return t, os.WriteFile(t.publicKey, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o644)
}

// sign returns an RS256 access token of this subject, valid for an hour.
func (t *tokens) sign(subject, scope string) (string, error) {
	now := time.Now().Unix()
	payload := fmt.Sprintf(`{"iss":%q,"aud":%q,"sub":%q,"scope":%q,"jti":%q,"iat":%d,"exp":%d}`,
		issuer, audience, subject, scope, "id-"+subject, now, now+3600)
	signed := encode([]byte(`{"alg":"RS256","typ":"at+jwt","kid":"`+keyID+`"}`)) + "." + encode([]byte(payload))
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, t.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", err
	}
	return signed + "." + encode(signature), nil
}

// requests returns n GET requests for the target, each with a token of another subject.
func (t *tokens) requests(target string, n int, fields ...string) []string {
	all := make([]string, n)
	for i := range all {
		token, err := t.sign(fmt.Sprintf("user-%d", i), "profile api")
		if err != nil {
			panic(err) // no randomness, or a key too short for SHA-256
		}
		all[i] = get(target, append(fields, "Authorization: Bearer "+token)...)
	}
	return all
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
