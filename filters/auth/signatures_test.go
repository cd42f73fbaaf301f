package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"sallyport/filters"
	"sallyport/internal/jose/josetest"
	"sallyport/internal/wire"
)

// signedRequest makes requests with message signatures.
type signedRequest struct {
	key    josetest.Key
	alg    string
	method string
	path   string
	body   string
	cover  []string
	params string
	fields []string
	change func(base string) string // of what is signed
}

func (s signedRequest) text() string {
	value := map[string]string{
		"@method": s.method, "@authority": "api.test", "@scheme": "https", "@target-uri": "https://api.test" + s.path, "@request-target": s.path,
	}
	path, query, _ := strings.Cut(s.path, "?")
	value["@path"], value["@query"] = path, "?"+query
	fields := s.fields
	if s.body != "" {
		sum := sha256.Sum256([]byte(s.body))
		fields = append(fields, "Content-Digest: sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":", fmt.Sprintf("Content-Length: %d", len(s.body)))
	}
	for _, f := range fields {
		name, v, _ := strings.Cut(f, ": ")
		value[strings.ToLower(name)] = v
	}
	base, list := "", ""
	for _, name := range s.cover {
		base += fmt.Sprintf("%q: %s\n", name, value[name])
		list += fmt.Sprintf(" %q", name)
	}
	input := "(" + strings.TrimSpace(list) + ")" + s.params
	base += `"@signature-params": ` + input
	if s.change != nil {
		base = s.change(base)
	}
	fields = append(fields, "Signature-Input: sig1="+input, "Signature: sig1=:"+base64.StdEncoding.EncodeToString(s.key.Sign(s.alg, base))+":")
	return s.method + " " + s.path + " HTTP/1.1\n" + strings.Join(fields, "\n") + "\n\n" + s.body
}

func TestSignatures(t *testing.T) {
	state := newState(t, "")
	h := load(t, state, `
[signatures.partners]
file = "keys.json"
components = ["@method", "@target-uri", "content-digest"]
[routes.r]
match = { path = "/" }
auth = { any = ["signature:partners"] }
forward = { headers = { X-Caller = "principal" } }
to = "u"
`, map[string]string{"keys.json": josetest.Set(josetest.Ed25519().JWK(`"kid":"ed"`), josetest.P256().JWK(`"kid":"p256"`), josetest.P384().JWK(`"kid":"p384"`),
		josetest.Secret().JWK(`"kid":"hs","alg":"HS256"`), josetest.RSA().JWK(`"kid":"ps","alg":"PS512"`))}, nil)
	now := time.Now().Unix()
	good := func(kid string) string { return fmt.Sprintf(`;created=%d;keyid=%q`, now, kid) }
	cover := []string{"@method", "@target-uri"}
	f := func(want string, s signedRequest) {
		t.Helper()
		if s.method == "" {
			s.method, s.path = "GET", "/a/b?c=d"
		}
		if s.key == (josetest.Key{}) {
			s.key, s.alg = josetest.Ed25519(), "EdDSA"
		}
		if s.cover == nil {
			s.cover = cover
		}
		x := h.exchange("r", s.text())
		if x.Request.Framing.Kind != wire.NoBody && s.body == "" {
			t.Fatal("a body by mistake")
		}
		if got := h.run(x); got != want {
			t.Errorf("%q; want %q", got, want)
		}
		if want == "" && !strings.HasPrefix(string(x.Request.Lookup("x-caller")), "partners|") {
			t.Errorf("caller %q", x.Request.Lookup("x-caller"))
		}
	}
	f("", signedRequest{params: good("ed")})
	f("", signedRequest{params: good("ed") + `;alg="ed25519"`})
	f("", signedRequest{params: good("p256"), key: josetest.P256(), alg: "ES256"})
	f("", signedRequest{params: good("p384"), key: josetest.P384(), alg: "ES384"})
	f("", signedRequest{params: good("hs"), key: josetest.Secret(), alg: "HS256"})
	f("", signedRequest{params: good("ps"), key: josetest.RSA(), alg: "PS512"})
	f("", signedRequest{params: good("ed"), cover: []string{"@method", "@target-uri", "@authority", "@scheme", "@path", "@query", "@request-target", "x-date"}, fields: []string{"X-Date: today"}})
	f("", signedRequest{params: good("ed"), method: "POST", path: "/x", body: `{"a":1}`, cover: append(cover, "content-digest")})
	f("", signedRequest{params: fmt.Sprintf(`;created=%d;expires=%d;keyid="ed";tag="app"`, now, now+60)})

	malformed := "auth.malformed"
	f(malformed, signedRequest{params: good("ed"), method: "POST", path: "/x", body: `{"a":1}`}) // the body is not covered
	f(malformed, signedRequest{params: good("ed"), cover: []string{"@method"}})                  // the target is not covered
	f(malformed, signedRequest{params: good("ed"), cover: append(cover, "x-absent")})            // covers what is not there
	f(malformed, signedRequest{params: good("ed"), cover: append(cover, "@method")})             // covers it twice
	f(malformed, signedRequest{params: good("ed"), cover: append(cover, "@query-param")})        // not supported
	f(malformed, signedRequest{params: `;keyid="ed"`})                                           // no created
	f(malformed, signedRequest{params: fmt.Sprintf(`;created=%d`, now)})                         // no keyid
	f(malformed, signedRequest{params: good("ed") + `;alg="hmac-sha256"`})                       // not the key's algorithm
	f(malformed, signedRequest{params: good("ed") + `;alg="none"`})                              // nobody's
	f(malformed, signedRequest{params: good("ed") + `;created=1`})                               // twice
	f(malformed, signedRequest{params: good("ed") + `;x=1`})                                     // unknown
	f("auth.key", signedRequest{params: good("nobody")})                                         //
	f("auth.expired", signedRequest{params: fmt.Sprintf(`;created=%d;keyid="ed"`, now-400)})     // older than max_age
	f("auth.expired", signedRequest{params: fmt.Sprintf(`;created=%d;expires=%d;keyid="ed"`, now-200, now-100)})
	f("auth.not_yet", signedRequest{params: fmt.Sprintf(`;created=%d;keyid="ed"`, now+100)})
	bad := "auth.signature"
	f(bad, signedRequest{params: good("p256"), key: josetest.Ed25519(), alg: "EdDSA"})
	f(bad, signedRequest{params: good("ed"), change: func(s string) string { return strings.Replace(s, "GET", "POST", 1) }})
	f(bad, signedRequest{params: good("ed"), change: func(s string) string { return strings.Replace(s, "/a/b", "/a/c", 1) }})
	f(bad, signedRequest{params: good("ed"), change: func(s string) string { return strings.Replace(s, "https", "ftp", 1) }})
	f(bad, signedRequest{params: good("ed"), change: func(s string) string { return s + " " }})
	once := signedRequest{params: good("ed") + `;nonce="n1"`}
	f("", once)
	f("auth.proof", once)

	g := func(want, request string) {
		t.Helper()
		if got := h.run(h.exchange("r", request)); got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
	g("auth.missing", "GET / HTTP/1.1")
	g(malformed, "GET / HTTP/1.1\nSignature: sig1=:AAAA:")
	g(malformed, "GET / HTTP/1.1\nSignature-Input: sig1=()")
	whole := signedRequest{key: josetest.Ed25519(), alg: "EdDSA", method: "POST", path: "/x", body: "one", cover: append(cover, "content-digest"), params: good("ed")}.text()
	g("", whole)
	g(bad, strings.Replace(whole, "\n\none", "\n\ntwo", 1)) // the digest is signed, and it is another body's
	g(malformed, strings.Replace(whole, "Signature: sig1", "Signature: sig2", 1))
}

// TestSignatureBase is the example of RFC 9421 section 2.5.
func TestSignatureBase(t *testing.T) {
	x := new(filters.Exchange)
	head := "POST /foo?param=Value&Pet=dog HTTP/1.1\r\nHost: example.com\r\nDate: Tue, 20 Apr 2021 02:07:55 GMT\r\nContent-Type: application/json\r\n" +
		"Content-Digest: sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:\r\nContent-Length: 18\r\n\r\n"
	if _, fault := x.Request.Parse([]byte(head), &wire.Limits{Head: 64 << 10, Target: 8 << 10, Fields: 100}); fault != wire.Whole {
		t.Fatal(fault)
	}
	const params = `("@method" "@authority" "@path" "content-digest" "content-length" "content-type");created=1618884473;keyid="test-key-rsa-pss"`
	in, ok := parseInputs([]byte("sig1=" + params))
	if !ok || len(in) != 1 || in[0].created != 1618884473 || in[0].keyID != "test-key-rsa-pss" {
		t.Fatalf("%+v", in)
	}
	const want = `"@method": POST
"@authority": example.com
"@path": /foo
"content-digest": sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:
"content-length": 18
"content-type": application/json
"@signature-params": ` + params
	if got, ok := in[0].base(x, "https"); !ok || string(got) != want {
		t.Errorf("%s", got)
	}
	if !digestMatches(x.Request.Lookup("content-digest"), []byte(`{"hello": "world"}`)) {
		t.Error("the digest is not the body's")
	}
	if digestMatches([]byte("md5=:AAAA:"), nil) || digestMatches([]byte(`sha-256=:AAAA:`), nil) {
		t.Error("a digest that is not one matches")
	}
}

func FuzzSignatureInput(f *testing.F) {
	f.Add(`sig1=("@method" "@target-uri");created=1618884473;keyid="k";alg="ed25519";nonce="n"`)
	f.Add(`a=();created=1, b=( "x" );keyid="\""`)
	f.Add(`sig1=("@method";req)`)
	f.Fuzz(func(t *testing.T, field string) {
		list, ok := parseInputs([]byte(field))
		if !ok {
			return
		}
		for _, in := range list {
			if in.label == "" || !strings.Contains(field, in.label+"="+in.params) {
				t.Fatalf("%q: %+v", field, in)
			}
		}
	})
}
