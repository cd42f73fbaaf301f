package auth

import (
	"bytes"
	"crypto/sha256"
	"sync"

	"sallyport/cache"
	"sallyport/filters"
	"sallyport/internal/jose"
	"sallyport/internal/wire"
)

// bearer knows callers by the access token in Authorization (RFC 6750), from any of several issuers.
type bearer struct {
	set     *Set
	issuers []*issuer // in the order of the configuration
	signed  map[string][]*issuer
	opaque  []*issuer
	proofs  bool // some issuer takes DPoP
}

func newBearer(set *Set, issuers []*issuer) *bearer {
	b := &bearer{set: set, issuers: issuers, signed: map[string][]*issuer{}}
	for _, i := range issuers {
		if i.keys != nil {
			b.signed[i.rules.Issuer] = append(b.signed[i.rules.Issuer], i)
		}
		if i.asks != nil {
			b.opaque = append(b.opaque, i)
		}
		b.proofs = b.proofs || i.dpop != proofsOff
	}
	return b
}

// identify implements way.
func (b *bearer) identify(x *filters.Exchange, keep bool) outcome {
	value := x.Request.Value(wire.Authorization)
	if value == nil {
		return absent
	}
	scheme, token, _ := bytes.Cut(value, space)
	proven := false
	switch {
	case wire.EqualFold(scheme, "bearer"):
	case b.proofs && wire.EqualFold(scheme, "dpop"):
		proven = true
	default:
		return absent
	}
	if len(token) == 0 || len(token) > jose.MaxToken {
		return malformed
	}
	var r record
	i, o := b.verify(x, token, &r)
	if o != accepted {
		return o
	}
	if o = b.possession(x, i, &r, token, proven); o != accepted {
		return o
	}
	if keep {
		r.fill(&x.Identity, i.name)
		x.Identity.AuthTime = r.authenticated
	}
	return accepted
}

// verify finds out whose token it is: from the connection's memo, from the cache, or by verifying it.
func (b *bearer) verify(x *filters.Exchange, token []byte, r *record) (*issuer, outcome) {
	now := x.Start.Unix()
	if x.Conn != nil && len(x.Conn.Memo.Record) > 0 && bytes.Equal(x.Conn.Memo.Credential, token) {
		r.read(x.Conn.Memo.Record)
		if i, o := b.again(r, now); i != nil {
			b.set.state.results.memo.Inc()
			return i, o
		}
	}
	key := b.set.state.key(x, 't', token)
	if kept := b.set.state.tokens.Get(&key, x.Scratch[:0], now); kept != nil {
		x.Scratch = kept
		r.read(kept)
		if i, o := b.again(r, now); i != nil {
			b.set.state.results.hit.Inc()
			if o == accepted {
				remember(x, token, kept)
			}
			return i, o
		}
	}
	b.set.state.results.miss.Inc()
	return b.first(x, token, &key, r, now)
}

// again judges a record whose credential was verified before. It returns no issuer if the record does not decide:
// it was made under rules that hold no more, or with a key that is gone.
func (b *bearer) again(r *record, now int64) (*issuer, outcome) {
	if r.facts != b.set.facts.id || now >= r.fresh {
		return nil, absent
	}
	for _, i := range b.issuers {
		if i.id != r.issuer {
			continue
		}
		if reason := jose.Times(r.expires, r.starts, now, i.rules.Skew); reason != jose.Valid {
			return i, outcomeOf[reason]
		}
		if r.mark != 0 {
			keys := i.keys.Keys(now)
			if keys == nil || !keys.Alive(r.mark) {
				return nil, absent
			}
		}
		if b.set.state.revoked(r) {
			return i, revoked
		}
		return i, accepted
	}
	return nil, absent
}

// remember keeps a good credential with the connection.
func remember(x *filters.Exchange, credential, kept []byte) {
	if x.Conn != nil {
		m := &x.Conn.Memo
		m.Credential = append(m.Credential[:0], credential...)
		m.Record = append(m.Record[:0], kept...)
	}
}

// tokens is scratch for taking tokens apart.
var tokens = sync.Pool{New: func() any { return new(jose.Token) }}

// first is the first sight of a token: a cold path.
func (b *bearer) first(x *filters.Exchange, token []byte, key *cache.RecordKey, r *record, now int64) (*issuer, outcome) {
	if len(b.opaque) > 0 && (len(b.signed) == 0 || bytes.Count(token, dot) != 2) {
		return b.ask(x, token, key, r, now)
	}
	t := tokens.Get().(*jose.Token)
	defer tokens.Put(t)
	if t.Parse(token, b.set.facts.paths) != jose.Valid { // which has no room for anything that is not token68
		return nil, malformed
	}
	o := foreign
	for _, i := range b.signed[string(t.Issuer())] {
		this := b.set.verify(x, i, t, key, now)
		if this == accepted {
			b.set.enter(x, i, t, token, key, r, now)
			if b.set.state.revoked(r) {
				return i, revoked
			}
			return i, accepted
		}
		o = worse(o, this)
	}
	return nil, o
}

var dot = []byte{'.'}

// verify judges and verifies a token of issuer i.
func (a *Set) verify(x *filters.Exchange, i *issuer, t *jose.Token, key *cache.RecordKey, now int64) outcome {
	if reason := i.rules.Judge(t, now); reason != jose.Valid {
		return outcomeOf[reason]
	}
	keys := i.keys.Keys(now)
	if keys == nil {
		return unavailable
	}
	o := a.try(x, i, t, key, keys, now)
	if o != unknownKey {
		return o
	}
	// The one request that asks for fresh keys may wait for them; one with a known key never comes here.
	if i.keys.Renew(keys) {
		if keys = i.keys.Keys(now); keys != nil {
			o = a.try(x, i, t, key, keys, now)
		}
	}
	if o == unknownKey && i.keys.Doubtful() {
		return unavailable
	}
	return o
}

// try pays for a signature, unless it is known to be bad already or the client has had too many bad ones.
func (a *Set) try(x *filters.Exchange, i *issuer, t *jose.Token, key *cache.RecordKey, keys *jose.KeySet, now int64) outcome {
	if a.state.knownBad(key, i.id, keys.Mark(), now) {
		return badSignature
	}
	if a.state.budget.spent(x) {
		return throttled
	}
	o := outcomeOf[keys.Verify(t)]
	if o == badSignature {
		a.state.budget.charge(x)
		a.state.noteBad(key, i.id, keys.Mark(), now)
	}
	return o
}

// enter makes the record of a token that was verified, and keeps it.
func (a *Set) enter(x *filters.Exchange, i *issuer, t *jose.Token, token []byte, key *cache.RecordKey, r *record, now int64) {
	*r = record{issuer: i.id, facts: a.facts.id, fresh: forever, expires: t.Expires, starts: t.StartsAt(), issued: t.IssuedAt}
	if t.Key != nil {
		r.mark = t.Key.Mark()
	}
	a.describe(i, t, r)
	x.Scratch = r.append(x.Scratch[:0])
	a.state.tokens.Put(key, x.Scratch, now)
	remember(x, token, x.Scratch)
	r.read(x.Scratch)
}

// describe fills in what the claims say about the caller.
func (a *Set) describe(i *issuer, t *jose.Token, r *record) {
	r.bits = a.facts.of(t, i)
	if seconds, ok := t.Claim(a.facts.authTime).Seconds(); ok {
		r.authenticated = seconds
	}
	a.facts.bindings(t, r)
	i.revocations(a.state.revocations, t, r)
	r.subject = t.Subject
	for _, slot := range [...]int{a.facts.clientID, a.facts.azp} {
		if len(r.subject) == 0 { // a client that acts for itself
			r.subject = t.Claim(slot).Text(nil)
		}
	}
	r.keepClaims(t, a.facts, nil)
}

// key returns what a credential is looked up by: a hash over the process's secret and all of it, so that nobody can
// aim at another's record. kind keeps kinds of credentials apart.
func (s *State) key(x *filters.Exchange, kind byte, credential []byte) cache.RecordKey {
	x.Scratch = append(x.Scratch[:0], s.secret[:]...)
	x.Scratch = append(x.Scratch, kind)
	x.Scratch = append(x.Scratch, credential...)
	return sha256.Sum256(x.Scratch)
}

// isToken68 tells whether b has the form of a token (RFC 9110 section 11.2).
func isToken68(b []byte) bool {
	end := len(b)
	for end > 0 && b[end-1] == '=' {
		end--
	}
	for _, c := range b[:end] {
		if !token68[c] {
			return false
		}
	}
	return end > 0
}

var token68 = func() (set [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/") {
		set[c] = true
	}
	return set
}()
