package jose

import (
	"bytes"
	"encoding/base64"
)

// MaxToken is the length in bytes from which on a token is refused unread.
const MaxToken = 8 << 10

// Token is a compact JWS taken apart, and the scratch memory for doing so. The zero value is ready. It is
// meant to be pooled: Parse forgets what was there and keeps the buffers. Everything a Token returns lives
// until the next Parse, and only as long as the bytes that were parsed.
type Token struct {
	Algorithm Algorithm // what the header claims; to be compared, never to be obeyed
	Key       *Key      // what the signature verified with, once Verify said Valid

	// Registered claims; times in seconds since 1970, 0 where absent. Texts are nil where absent.
	Subject, ID, Session         []byte
	Expires, NotBefore, IssuedAt int64

	issuer    []byte
	kid       []byte
	hasKid    bool
	typ       Value
	paths     *Paths
	signed    []byte // header.payload, as received
	signature []byte
	buf       []byte // the three parts decoded
	scanner   scanner
}

const (
	headerAlgorithm = iota
	headerKeyID
	headerType
	headerForbidden // and all that follow
)

// headerPaths lists what the header of a token is searched for. The last ones are refused by their mere
// presence: extensions that we would have to understand (crit, b64), and members by which a token brings or
// names its own key (RFC 8725 sections 3.9 and 3.10).
var headerPaths = newPaths("alg", "kid", "typ", "crit", "b64", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256")

// Parse takes raw apart and picks the claims of paths out of it. It says Valid or Malformed and checks nothing
// beyond the form: header and payload must be JSON objects, the header without a forbidden member, the
// registered claims of the types that RFC 7519 gives them, and exp must be there.
func (t *Token) Parse(raw []byte, paths *Paths) Reason {
	t.paths = paths
	header, payload, ok := t.split(raw)
	if !ok || !t.readHeader(header) || !t.readPayload(payload) {
		return Malformed
	}
	return Valid
}

// ParseEvent is Parse for a Security Event Token (RFC 8417), which need not expire.
func (t *Token) ParseEvent(raw []byte, paths *Paths) Reason {
	t.paths = paths
	header, payload, ok := t.split(raw)
	if !ok || !t.readHeader(header) || !t.readClaims(payload) {
		return Malformed
	}
	if t.scanner.found[slotExpires].Kind == Missing {
		t.Expires = farthest
	}
	return Valid
}

// split forgets the last token and decodes the three parts of raw.
func (t *Token) split(raw []byte) (header, payload []byte, ok bool) {
	t.Key = nil
	if len(raw) > MaxToken {
		return nil, nil, false
	}
	first := bytes.IndexByte(raw, '.')
	last := bytes.LastIndexByte(raw, '.')
	if first <= 0 || last <= first+1 || last == len(raw)-1 || bytes.IndexByte(raw[first+1:last], '.') >= 0 {
		return nil, nil, false
	}
	if cap(t.buf) < len(raw) {
		t.buf = make([]byte, max(len(raw), 2<<10))
	}
	free := t.buf[:0:cap(t.buf)]
	if header, free, ok = decode(free, raw[:first]); !ok {
		return nil, nil, false
	}
	if payload, free, ok = decode(free, raw[first+1:last]); !ok {
		return nil, nil, false
	}
	t.signature, _, ok = decode(free, raw[last+1:])
	t.signed = raw[:last]
	return header, payload, ok
}

// decode appends the bytes that base64url text stands for (RFC 4648 section 5) to the empty slice free, and
// returns them and the room behind them. There is one spelling for every value: no padding, no line ends
// (which the standard library skips), and no bits set behind the last byte.
func decode(free, text []byte) (data, rest []byte, ok bool) {
	if bytes.IndexByte(text, '\n') >= 0 || bytes.IndexByte(text, '\r') >= 0 {
		return nil, nil, false
	}
	n, err := strictBase64.Decode(free[:cap(free)], text)
	return free[:n:n], free[n:n:cap(free)], err == nil
}

var strictBase64 = base64.RawURLEncoding.Strict()

func (t *Token) readHeader(header []byte) bool {
	s := &t.scanner
	if !s.scan(header, headerPaths) {
		return false
	}
	for slot := headerForbidden; slot < len(s.found); slot++ {
		if s.found[slot].Kind != Missing {
			return false
		}
	}
	alg, kid, typ := s.found[headerAlgorithm], s.found[headerKeyID], s.found[headerType]
	if alg.Kind != String || !optionalString(kid) || !optionalString(typ) {
		return false
	}
	t.Algorithm = parseAlgorithm(alg.Text(nil))
	t.kid, t.hasKid = kid.Text(nil), kid.Kind == String
	t.typ = typ
	return t.Algorithm != 0
}

// ParseClaims reads the claims of payload, which somebody else vouches for: there is neither header nor signature, and
// exp may be missing (then it is 0). It says Valid or Malformed.
func (t *Token) ParseClaims(payload []byte, paths *Paths) Reason {
	t.Key, t.paths = nil, paths
	t.Algorithm, t.kid, t.hasKid, t.typ = 0, nil, false, Value{}
	t.signed, t.signature = nil, nil
	if !t.readClaims(payload) {
		return Malformed
	}
	return Valid
}

func (t *Token) readPayload(payload []byte) bool {
	return t.readClaims(payload) && t.scanner.found[slotExpires].Kind != Missing
}

func (t *Token) readClaims(payload []byte) bool {
	s := &t.scanner
	if !s.scan(payload, t.paths) {
		return false
	}
	f := s.found
	for _, slot := range [...]int{slotIssuer, slotSubject, slotID, slotSession} {
		if !optionalString(f[slot]) {
			return false
		}
	}
	// Texts with escapes are rare and decoded into memory of their own.
	t.issuer, t.Subject = f[slotIssuer].Text(nil), f[slotSubject].Text(nil)
	t.ID, t.Session = f[slotID].Text(nil), f[slotSession].Text(nil)
	var ok bool
	if t.Expires, ok = optionalSeconds(f[slotExpires]); !ok {
		return false
	}
	if t.NotBefore, ok = optionalSeconds(f[slotNotBefore]); !ok {
		return false
	}
	if t.IssuedAt, ok = optionalSeconds(f[slotIssuedAt]); !ok {
		return false
	}
	return audienceForm(f[slotAudience])
}

func optionalString(v Value) bool { return v.Kind == Missing || v.Kind == String }

func optionalSeconds(v Value) (int64, bool) {
	if v.Kind == Missing {
		return 0, true
	}
	return v.Seconds()
}

// audienceForm checks that aud is a string or an array of strings (RFC 7519 section 4.1.3).
func audienceForm(v Value) bool {
	if v.Kind == Missing || v.Kind == String {
		return true
	}
	if v.Kind != Array {
		return false
	}
	for e := v.Elements(); ; {
		one, more := e.Next()
		if !more {
			return true
		}
		if one.Kind != String {
			return false
		}
	}
}

// Issuer returns iss as it stands in the payload: nobody has verified it yet.
func (t *Token) Issuer() []byte { return t.issuer }

// Audience returns aud, a string or an array of strings.
func (t *Token) Audience() Value { return t.scanner.found[slotAudience] }

// Claim returns the value of a slot of the Paths that were parsed with.
func (t *Token) Claim(slot int) Value { return t.paths.value(t.scanner.found, slot) }

// KeyID returns kid, which may be empty or absent.
func (t *Token) KeyID() (kid []byte, present bool) { return t.kid, t.hasKid }
