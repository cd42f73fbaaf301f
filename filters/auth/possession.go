package auth

import (
	"bytes"
	"crypto/sha256"
	"sync"
	"time"

	"sallyport/filters"
	"sallyport/internal/jose"
	"sallyport/internal/slots"
	"sallyport/internal/wire"
)

// proofPolicy is what an issuer's tokens must be presented with.
type proofPolicy uint8

const (
	proofsOff proofPolicy = iota
	proofsOptional
	proofsRequired
)

var proofPolicies = map[string]proofPolicy{"": proofsOff, "off": proofsOff, "optional": proofsOptional, "required": proofsRequired}

const (
	proofAge    = 60      // seconds by which a proof's clock and ours may differ
	proofsAtAll = 1 << 17 // proofs that are remembered at the same time
)

// proofAlgorithms are the asymmetric ones.
const proofAlgorithms = jose.Algorithms(1<<jose.ES256 | 1<<jose.ES384 | 1<<jose.ES512 | 1<<jose.EdDSA | 1<<jose.RS256 | 1<<jose.PS256)

// bindings notes what a token is bound to (cnf, RFC 7800). A binding of the right name and another form binds to
// something that nobody has.
func (f *facts) bindings(t *jose.Token, r *record) {
	bind := func(slot int, to boundTo) {
		if v := t.Claim(slot); v.Kind != jose.Missing {
			r.bound = to
			r.binding, _ = jose.DecodeThumbprint(v.Text(nil))
		}
	}
	bind(f.thumb, boundCertificate)
	bind(f.jkt, boundProof)
}

// possession checks that a token is presented by whom it is bound to: with the certificate of the connection (RFC 8705
// section 3) or a proof made for this request (RFC 9449 section 7). proven tells that it came with the DPoP scheme.
func (b *bearer) possession(x *filters.Exchange, i *issuer, r *record, token []byte, proven bool) outcome {
	switch {
	case r.bound == boundCertificate:
		if c := certificateOf(x); c == nil || c.Thumbprint != r.binding || proven {
			return binding
		}
	case r.bound == boundProof && proven && i.dpop != proofsOff:
		return b.set.proof(x, r, token)
	case r.bound == boundProof || proven || i.dpop == proofsRequired:
		return binding
	}
	return accepted
}

// proof judges the request's DPoP proof (RFC 9449 section 4.3).
func (a *Set) proof(x *filters.Exchange, r *record, token []byte) outcome {
	i := x.Request.First(wire.DPoP)
	if i < 0 || x.Request.Next(i) >= 0 {
		return proof
	}
	if a.state.budget.spent(x) {
		return throttled
	}
	t := tokens.Get().(*jose.Token)
	defer tokens.Put(t)
	var p jose.Proof
	if t.ParseProof(x.Request.ValueAt(i), proofAlgorithms, &p) != jose.Valid {
		a.state.budget.charge(x)
		return proof
	}
	now := x.Start.Unix()
	hash := sha256.Sum256(token)
	sum, ok := jose.DecodeThumbprint(p.TokenHash)
	switch {
	case !ok || sum != hash, p.IssuedAt < now-proofAge || p.IssuedAt > now+proofAge:
		return proof
	case !bytes.Equal(p.Method, x.Request.MethodText()) || !sameTarget(x, p.URL):
		return proof
	case p.Thumbprint != r.binding:
		return binding
	}
	return a.state.proofs.first(&p, x.Now, 2*proofAge)
}

// sameTarget tells whether a proof's htu is what the request asks for, both in canonical form, without the query. Where
// TLS ends in front of the gateway, the client's scheme is not known here.
func sameTarget(x *filters.Exchange, htu []byte) bool {
	secure := bytes.HasPrefix(htu, []byte("https://"))
	if x.Conn != nil && x.Conn.TLS != nil && !secure {
		return false
	}
	var t wire.Target
	if t.Parse(htu, wire.GET, true) != wire.Whole || t.Authority == nil {
		return false
	}
	port := ":80"
	if secure {
		port = ":443"
	}
	want := bytes.TrimSuffix(x.Request.Value(wire.Host), []byte(port))
	return bytes.EqualFold(bytes.TrimSuffix(t.Authority, []byte(port)), want) && bytes.Equal(t.Path, x.Request.Target.Path)
}

// replays remembers proofs as long as they could be shown again, so that none is good twice. Its memory is fixed, and
// taken when the first proof comes.
type replays struct {
	once sync.Once
	seen *slots.Table
}

func newReplays() *replays { return new(replays) }

// first accepts a proof that was not seen before, and remembers it for so many seconds. When too many are remembered to remember one more, it cannot be known
// whether it is the first time.
func (s *replays) first(p *jose.Proof, now, seconds int64) outcome {
	s.once.Do(func() {
		table, err := slots.New(proofsAtAll, 1, 1)
		if err != nil {
			panic("BUG: the replay set has no table: " + err.Error())
		}
		s.seen = table
	})
	h := sha256.New()
	h.Write(p.Thumbprint[:])
	h.Write(p.ID)
	cell := s.seen.Open(s.seen.Key(h.Sum(nil)), now)
	defer cell.Close()
	switch {
	case cell.State == slots.Overflow:
		return unavailable
	case cell.State == slots.Known && cell.Words[0] > now:
		return proof
	}
	cell.Words[0] = now + (seconds+1)*int64(time.Second)
	return accepted
}
