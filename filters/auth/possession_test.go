package auth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"sallyport/filters"
	"sallyport/internal/jose"
	"sallyport/internal/jose/josetest"
)

// certificate is a client's, as a listener hands it on.
func certificate(t *testing.T, uri, dns, email string) *filters.Connection {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client"}, NotAfter: time.Now().Add(time.Hour)}
	if uri != "" {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		template.URIs = []*url.URL{u}
	}
	if dns != "" {
		template.DNSNames = []string{dns}
	}
	if email != "" {
		template.EmailAddresses = []string{email}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &filters.Connection{TLS: &tls.ConnectionState{PeerCertificates: []*x509.Certificate{cert}, VerifiedChains: [][]*x509.Certificate{{cert}}}}
}

// mutualTLS makes the harness's listener ask for certificates.
const mutualTLS = `tls = { certs = [{ cert = "edge.pem", key = "edge.key" }], client_auth = "optional", client_ca = "edge.pem" }
`

// pemFiles are what mutualTLS names.
func pemFiles(t *testing.T, more map[string]string) map[string]string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"api.test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"edge.pem": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		"edge.key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
	}
	maps.Copy(files, more)
	return files
}

func TestCertificates(t *testing.T) {
	h := load(t, newState(t, ""), mutualTLS+`
[certificates.prod]
uri   = ["spiffe://corp.example/ns/prod/*", "spiffe://corp.example/ops"]
dns   = ["*.svc.corp.example", "one.example"]
email = ["@ops.corp.example", "root@corp.example"]
[routes.any]
match = { path = "/" }
auth = { any = ["mtls"] }
to = "u"
[routes.prod]
match = { path = "/prod" }
auth = { any = ["mtls:prod"] }
forward = { headers = { X-Caller = "principal" } }
to = "u"
`, pemFiles(t, nil), nil)
	f := func(want, uri, dns, email string) {
		t.Helper()
		h.conn = certificate(t, uri, dns, email)
		for range 2 {
			x := h.exchange("prod", "GET / HTTP/1.1")
			if got := h.run(x); got != want {
				t.Errorf("%s%s%s: %q; want %q", uri, dns, email, got, want)
			}
			if got, name := string(x.Request.Lookup("x-caller")), "prod|"+uri+dns+email; want == "" && got != name {
				t.Errorf("caller %q; want %q", got, name)
			}
		}
		if got := h.run(h.exchange("any", "GET / HTTP/1.1")); got != "" {
			t.Errorf("any certificate: %q", got)
		}
	}
	f("", "spiffe://corp.example/ns/prod/app", "", "")
	f("", "spiffe://corp.example/ns/prod/app/2", "", "")
	f("", "spiffe://corp.example/ops", "", "")
	f("", "", "a.svc.corp.example", "")
	f("", "", "one.example", "")
	f("", "", "", "bob@ops.corp.example")
	f("", "", "", "bob@OPS.corp.example")
	f("", "", "", "root@corp.example")
	const no = "auth.key"
	f(no, "", "", "")
	f(no, "spiffe://corp.example/ns/prod", "", "")
	f(no, "spiffe://corp.example/ns/prod/", "", "")
	f(no, "spiffe://corp.example/ns/production/app", "", "")
	f(no, "spiffe://corp.example.evil.test/ns/prod/app", "", "")
	f(no, "spiffe://evil.test/ns/prod/app", "", "")
	f(no, "spiffe://corp.example/ns/prod/../dev/app", "", "")
	f(no, "spiffe://corp.example/ns/prod/%2e%2e/dev", "", "")
	f(no, "spiffe://corp.example/ops/x", "", "")
	f(no, "https://corp.example/ns/prod/app", "", "")
	f(no, "", "svc.corp.example", "")
	f(no, "", "a.b.svc.corp.example", "")
	f(no, "", "asvc.corp.example", "")
	f(no, "", "", "bob@corp.example")
	f(no, "", "", "Root@corp.example")
	f(no, "", "", "bob@evil.test@ops.corp.example"[:13])
	h.conn = nil
	for _, route := range []string{"any", "prod"} {
		if got := h.run(h.exchange(route, "GET / HTTP/1.1")); got != "auth.missing" {
			t.Errorf("without a certificate: %q", got)
		}
	}
	h.conn = certificate(t, "spiffe://corp.example/ops", "", "")
	h.conn.TLS.VerifiedChains = nil
	if got := h.run(h.exchange("any", "GET / HTTP/1.1")); got != "auth.missing" {
		t.Errorf("with one that nobody verified: %q", got)
	}
}

// TestBoundToCertificate presents tokens bound to a certificate, with it and without (RFC 8705 section 3).
func TestBoundToCertificate(t *testing.T) {
	h := load(t, newState(t, ""), mutualTLS+issuerTOML("i", "jwks = { file = \"keys.json\" }")+oneIssuer+`
[routes.both]
match = { path = "/both" }
auth = { all = ["issuer:i", "mtls"] }
to = "u"
`, pemFiles(t, map[string]string{"keys.json": josetest.Everyday()}), nil)
	mine, other := certificate(t, "", "a.example", ""), certificate(t, "", "b.example", "")
	thumb := jose.EncodeThumbprint(sha256.Sum256(mine.TLS.PeerCertificates[0].Raw))
	f := func(want string, conn *filters.Connection, confirmation string) {
		t.Helper()
		token := bearerField(everydayToken(`"cnf":` + confirmation))
		h.conn = conn
		for range 3 {
			h.expect(want, token)
		}
	}
	bound := fmt.Sprintf(`{"x5t#S256":%q}`, thumb)
	f("", mine, bound)
	f("auth.binding", other, bound)
	f("auth.binding", nil, bound)
	f("auth.binding", mine, `{"x5t#S256":"x"}`)
	f("auth.binding", mine, `{"x5t#S256":null}`)
	f("auth.binding", mine, `{"jkt":"x"}`)
	f("", nil, `{"kid":"x"}`)

	token := "GET / HTTP/1.1\n" + bearerField(everydayToken(""))
	g := func(want string, conn *filters.Connection, request string) {
		t.Helper()
		h.conn = conn
		if got := h.run(h.exchange("both", request)); got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
	g("", mine, token)
	g("auth.missing", nil, token)
	g("auth.missing", mine, "GET / HTTP/1.1")
	g("auth.malformed", mine, "GET / HTTP/1.1\nAuthorization: Bearer x")
}

// TestProofOfPossession goes through the checks of RFC 9449 section 4.3, one at a time.
func TestProofOfPossession(t *testing.T) {
	h := load(t, newState(t, ""), issuerTOML("i", "jwks = { file = \"keys.json\" }\ndpop = \"optional\"")+oneIssuer+
		strings.Replace(issuerTOML("req", "jwks = { file = \"keys.json\" }\ndpop = \"required\""), josetest.Issuer, "https://strict.test", 1)+`
[routes.req]
match = { path = "/req" }
auth = { any = ["issuer:req"] }
to = "u"
`, map[string]string{"keys.json": josetest.Everyday()}, nil)
	key, stranger := josetest.P256(), josetest.P384()
	thumb, err := jose.Thumbprint([]byte(key.JWK()))
	if err != nil {
		t.Fatal(err)
	}
	token := everydayToken(fmt.Sprintf(`"cnf":{"jkt":%q}`, thumb))
	ath := func(token string) string { return jose.EncodeThumbprint(sha256.Sum256([]byte(token))) }
	n := 0
	proof := func(change func(claims map[string]any)) string {
		n++
		claims := map[string]any{"jti": fmt.Sprint("p", n), "htm": "GET", "htu": "https://api.test/", "iat": time.Now().Unix(), "ath": ath(token)}
		if change != nil {
			change(claims)
		}
		text := ""
		for name, value := range claims {
			if s, ok := value.(string); ok {
				value = fmt.Sprintf("%q", s)
			}
			text += fmt.Sprintf(",%q:%v", name, value)
		}
		return key.Token("ES256", `{"typ":"dpop+jwt","alg":"ES256","jwk":`+key.JWK()+`}`, "{"+text[1:]+"}")
	}
	f := func(want, proof string, fields ...string) {
		t.Helper()
		h.expect(want, append(fields, "Authorization: DPoP "+token, "DPoP: "+proof)...)
	}
	set := func(name string, value any) func(map[string]any) {
		return func(claims map[string]any) { claims[name] = value }
	}
	unset := func(name string) func(map[string]any) { return func(claims map[string]any) { delete(claims, name) } }

	f("", proof(nil))
	f("", proof(nil))
	f("", proof(set("htu", "https://API.test:443/")))
	f("", proof(set("htu", "http://api.test/")))
	f("", proof(set("htu", "https://api.test/?x=1")))
	f("", proof(set("iat", time.Now().Unix()-50)))
	again := proof(nil)
	f("", again)
	f("auth.proof", again)
	f("auth.proof", proof(set("htm", "POST")))
	f("auth.proof", proof(set("htm", "get")))
	f("auth.proof", proof(set("htu", "https://api.test/other")))
	f("auth.proof", proof(set("htu", "https://evil.test/")))
	f("auth.proof", proof(set("htu", "/")))
	f("auth.proof", proof(set("iat", time.Now().Unix()-120)))
	f("auth.proof", proof(set("iat", time.Now().Unix()+120)))
	f("auth.proof", proof(set("ath", ath("other"))))
	f("auth.proof", proof(unset("ath")))
	f("auth.proof", proof(unset("jti")))
	f("auth.proof", proof(unset("htm")))
	f("auth.proof", proof(unset("iat")))
	f("auth.proof", "x")
	f("auth.proof", proof(nil), "DPoP: "+proof(nil))
	f("auth.proof", key.Token("ES256", `{"typ":"dpop+jwt","alg":"ES256"}`, "{}"))
	forged := strings.Split(proof(nil), ".")
	f("auth.proof", forged[0]+"."+forged[1]+"."+strings.Repeat("A", len(forged[2])))
	f("auth.binding", stranger.Token("ES384", `{"typ":"dpop+jwt","alg":"ES384","jwk":`+stranger.JWK()+`}`,
		fmt.Sprintf(`{"jti":"s","htm":"GET","htu":"https://api.test/","iat":%d,"ath":%q}`, time.Now().Unix(), ath(token))))

	h.expect("auth.proof", "Authorization: DPoP "+token)
	h.expect("auth.binding", bearerField(token))
	h.expect("auth.binding", bearerField(token), "DPoP: "+proof(nil))
	h.expect("auth.binding", "Authorization: DPoP "+everydayToken(""), "DPoP: "+proof(nil))
	h.expect("", bearerField(everydayToken("")))

	h.conn = &filters.Connection{TLS: &tls.ConnectionState{}}
	f("", proof(nil))
	f("auth.proof", proof(set("htu", "http://api.test/")))
	h.conn = nil

	strict := josetest.RSA().Token("RS256", `{"alg":"RS256","kid":"a"}`, strings.Replace(goodClaims(""), josetest.Issuer, "https://strict.test", 1))
	if got := h.run(h.exchange("req", "GET / HTTP/1.1\n"+bearerField(strict))); got != "auth.binding" {
		t.Errorf("a bearer token where proofs are required: %q", got)
	}
}
