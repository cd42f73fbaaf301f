package auth

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/auth/revocation"
	"sallyport/internal/jose"
	"sallyport/internal/wire"
)

const (
	maxSignatureField = 4 << 10 // bytes
	maxSignatures     = 3       // of one request that are looked at
	signatureSkew     = 30      // seconds
)

// signatureAlgorithms are those of RFC 9421 section 3.3, under the names that keys have for them.
var signatureAlgorithms = map[string]jose.Algorithm{
	"ed25519":           jose.EdDSA,
	"ecdsa-p256-sha256": jose.ES256,
	"ecdsa-p384-sha384": jose.ES384,
	"hmac-sha256":       jose.HS256,
	"rsa-pss-sha512":    jose.PS512,
	"rsa-v1_5-sha256":   jose.RS256,
}

// signatures knows callers by a signature over the request (RFC 9421) with a key from a file. The key's id is the caller.
type signatures struct {
	set        *Set
	name       string
	keys       *jose.Keyring
	components []string // that must be covered
	maxAge     int64    // seconds
}

func (a *Set) newSignatures(c *conf.Signature, at position) *signatures {
	s := &signatures{set: a, name: c.Name, components: lowered(c.Components), maxAge: int64(time.Duration(c.MaxAge) / time.Second)}
	var allowed jose.Algorithms
	for _, alg := range signatureAlgorithms {
		allowed |= 1 << alg
	}
	path := string(c.File)
	read := func() (*jose.KeySet, error) {
		doc, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		set, err := jose.ParseKeys(doc, jose.FromFile, allowed)
		if err == nil && set.Len() == 0 {
			err = fmt.Errorf("no key in it that is meant for verifying %s", allowed)
		}
		return set, err
	}
	set, err := read()
	if err != nil {
		a.problem(at("file"), "the keys in %s: %v", filepath.Base(path), err)
		return s
	}
	for _, name := range s.components {
		if !knownComponent(name) {
			a.problem(at("components"), "%q is not a part of a request that a signature can be asked to cover", name)
		}
	}
	s.keys = jose.FixedKeyring(set)
	a.files.add(path, func() error {
		set, err := read()
		if err == nil {
			s.keys.Replace(set)
		}
		return err
	})
	return s
}

func knownComponent(name string) bool {
	switch name {
	case "@method", "@target-uri", "@authority", "@scheme", "@request-target", "@path", "@query":
		return true
	}
	return name != "" && name[0] != '@' && wire.IsToken(name) && name == strings.ToLower(name)
}

// challenge implements way. There is no scheme for signatures either; the field that asks for one is Accept-Signature.
func (s *signatures) challenge(outcome) string {
	return "Signature realm=" + strconv.Quote(s.name) + ", headers=" + strconv.Quote(strings.Join(s.components, " "))
}

// identify implements way. Every request has a signature of its own, so there is nothing to remember.
func (s *signatures) identify(x *filters.Exchange, keep bool) outcome {
	input, signature := x.Request.Find("signature-input"), x.Request.Find("signature")
	if input < 0 && signature < 0 {
		return absent
	}
	if input < 0 || signature < 0 || x.Request.Next(input) >= 0 || x.Request.Next(signature) >= 0 ||
		len(x.Request.ValueAt(input))+len(x.Request.ValueAt(signature)) > maxSignatureField {
		return malformed
	}
	inputs, ok := parseInputs(x.Request.ValueAt(input))
	if !ok || len(inputs) > maxSignatures {
		return malformed
	}
	if s.set.state.budget.spent(x) {
		return throttled
	}
	o := unknownKey
	for i := range inputs {
		value, ok := signatureOf(x.Request.ValueAt(signature), inputs[i].label)
		if !ok {
			return malformed
		}
		if o = s.judge(x, &inputs[i], value); o != accepted {
			continue
		}
		if keep {
			who := &x.Identity
			who.Authenticated, who.Issuer = true, s.name
			who.Subject = append(who.Subject[:0], inputs[i].keyID...)
			who.Principal = appendPrincipal(who.Principal[:0], s.name, who.Subject)
		}
		return accepted
	}
	return o
}

// judge judges one signature of the request: a cold path, all of it.
func (s *signatures) judge(x *filters.Exchange, in *signatureInput, signature []byte) outcome {
	now := x.Start.Unix()
	switch {
	case in.created == 0 || in.keyID == "":
		return malformed
	case in.created > now+signatureSkew:
		return notYet
	case in.created < now-s.maxAge || in.expires != 0 && now >= in.expires+signatureSkew:
		return expired
	}
	for _, name := range s.components {
		if !slices.Contains(in.components, name) && !(name == "content-digest" && x.Request.Framing.Kind == wire.NoBody) {
			return malformed // it leaves open what must be signed
		}
	}
	key := s.keys.Keys(now).ByID([]byte(in.keyID))
	if key == nil {
		return unknownKey
	}
	if in.alg != "" && signatureAlgorithms[in.alg] != key.Algorithm() {
		return malformed
	}
	st := s.set.state
	if st.revocations.Any() && st.revocations.Revoked(st.revocations.Hash(revocation.Key, s.name, []byte(in.keyID)), in.created) {
		return revoked
	}
	for _, scheme := range schemesOf(x) {
		base, ok := in.base(x, scheme)
		if !ok {
			return malformed
		}
		if key.Verify(base, signature) {
			return s.once(x, in)
		}
	}
	st.budget.charge(x)
	return badSignature
}

// once refuses a nonce that was seen before.
func (s *signatures) once(x *filters.Exchange, in *signatureInput) outcome {
	if in.nonce == "" {
		return accepted
	}
	p := jose.Proof{ID: []byte(in.keyID + "\x00" + in.nonce)}
	return s.set.state.proofs.first(&p, x.Now, s.maxAge+signatureSkew)
}

// schemesOf returns the schemes that the client may have seen: where TLS ends in front of the gateway it is not known.
func schemesOf(x *filters.Exchange) []string {
	if x.Conn != nil && x.Conn.TLS != nil {
		return []string{"https"}
	}
	return []string{"https", "http"}
}

// base returns the text that is signed (RFC 9421 section 2.5); ok is false if the request lacks a component.
func (in *signatureInput) base(x *filters.Exchange, scheme string) (text []byte, ok bool) {
	for _, name := range in.components {
		text = append(text, '"')
		text = append(text, name...)
		text = append(text, `": `...)
		if text, ok = appendComponent(text, x, name, scheme); !ok {
			return nil, false
		}
		text = append(text, '\n')
	}
	text = append(text, `"@signature-params": `...)
	return append(text, in.params...), true
}

func appendComponent(dst []byte, x *filters.Exchange, name, scheme string) ([]byte, bool) {
	r := &x.Request
	path, query, _ := bytes.Cut(r.RawTarget(), []byte{'?'})
	if r.Target.Authority != nil || r.Target.Asterisk {
		path = r.Target.Path
	}
	switch name {
	case "@method":
		return append(dst, r.MethodText()...), true
	case "@authority":
		return appendAuthority(dst, r.Value(wire.Host), scheme), true
	case "@scheme":
		return append(dst, scheme...), true
	case "@request-target":
		return append(dst, r.RawTarget()...), true
	case "@path":
		return append(dst, path...), true
	case "@query":
		return append(append(dst, '?'), query...), true
	case "@target-uri":
		dst = append(append(dst, scheme...), "://"...)
		dst = appendAuthority(dst, r.Value(wire.Host), scheme)
		dst = append(dst, path...)
		if r.Target.Query != nil {
			dst = append(append(dst, '?'), query...)
		}
		return dst, true
	}
	i := r.Find(name)
	if i < 0 {
		return nil, false
	}
	dst = append(dst, r.ValueAt(i)...)
	for i = r.Next(i); i >= 0; i = r.Next(i) {
		dst = append(append(dst, ", "...), r.ValueAt(i)...)
	}
	return dst, true
}

func appendAuthority(dst, host []byte, scheme string) []byte {
	port := ":80"
	if scheme == "https" {
		port = ":443"
	}
	return wire.AppendLower(dst, bytes.TrimSuffix(host, []byte(port)))
}

// signatureOf returns the bytes of the signature with this label in a Signature field (a dictionary of byte sequences).
func signatureOf(field []byte, label string) ([]byte, bool) {
	for rest := field; len(rest) > 0; {
		var member []byte
		member, rest, _ = bytes.Cut(rest, []byte{','})
		name, value, found := bytes.Cut(bytes.Trim(member, " \t"), []byte{'='})
		if !found || string(name) != label {
			continue
		}
		if len(value) < 3 || value[0] != ':' || value[len(value)-1] != ':' {
			return nil, false
		}
		signature, err := base64.StdEncoding.Strict().DecodeString(string(value[1 : len(value)-1]))
		return signature, err == nil && !bytes.ContainsAny(value, "\r\n")
	}
	return nil, false
}
