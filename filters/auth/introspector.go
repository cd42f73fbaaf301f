package auth

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"sallyport/cache"
	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/jose"
)

const (
	maxIntrospection = 64 << 10 // bytes of an answer
	maxAsking        = 256      // questions at the same time
	breakAfter       = 5        // failures in a row
	breakFor         = 5 * time.Second
)

// introspector asks an issuer about opaque tokens (RFC 7662). One question is asked about a token however many requests
// wait for it; when the endpoint fails again and again it is left alone for a while.
type introspector struct {
	id       uint64 // of the definition
	url      string
	client   *http.Client
	user     string
	password string
	keep     int64 // seconds
	timeout  time.Duration

	mu       sync.Mutex
	asking   map[cache.RecordKey]*question
	failures int
	until    time.Time // when the breaker closes
}

// question is one that is being asked.
type question struct {
	done    chan struct{}
	outcome outcome
	record  []byte
}

func (a *Set) newIntrospector(c *conf.Issuer, at position, previous *issuer) *introspector {
	ci := c.Introspect
	password, err := ci.ClientSecret.Value()
	if err != nil {
		a.problem(at("introspect", "client_secret"), "%v", err)
	}
	if err := jose.CheckURL(ci.URL); err != nil {
		a.problem(at("introspect", "url"), "%v", err)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %d %d", ci.URL, ci.ClientID, password, ci.Cache, ci.Timeout))
	id := binary.BigEndian.Uint64(sum[:])
	if previous != nil && previous.asks != nil && previous.asks.id == id {
		return previous.asks
	}
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		MaxConnsPerHost:        maxAsking,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
	}
	return &introspector{
		id: id, url: ci.URL, user: ci.ClientID, password: password,
		keep: int64(time.Duration(ci.Cache) / time.Second), timeout: time.Duration(ci.Timeout),
		client: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		asking: map[cache.RecordKey]*question{},
	}
}

// ask finds out about an opaque token from the issuers that can be asked. Nothing but the issuer can tell, so this is the
// one place where authentication waits for somebody else: at most for the timeout of each.
func (b *bearer) ask(x *filters.Exchange, token []byte, key *cache.RecordKey, r *record, now int64) (*issuer, outcome) {
	if !isToken68(token) {
		return nil, malformed
	}
	o := inactive
	for _, i := range b.opaque {
		if b.set.state.knownInactive(key, i.id, now) {
			continue
		}
		if b.set.state.budget.spent(x) {
			return nil, throttled
		}
		answer, kept := i.asks.about(b.set, i, token, key, now)
		switch answer {
		case accepted:
			x.Scratch = append(x.Scratch[:0], kept...)
			r.read(x.Scratch)
			if b.set.state.revoked(r) {
				return i, revoked
			}
			remember(x, token, x.Scratch)
			return i, accepted
		case inactive:
			b.set.state.budget.charge(x)
			b.set.state.noteInactive(key, i.id, now+i.asks.keep, now)
		default:
			o = answer
		}
	}
	return nil, o
}

// knownInactive tells whether an issuer said of a token that it is not active, a short while ago.
func (s *State) knownInactive(key *cache.RecordKey, issuer uint64, now int64) bool {
	var room [8]byte
	own := key.With(issuer)
	kept := s.failures.Get(&own, room[:0], now)
	return len(kept) == len(room) && now < int64(binary.LittleEndian.Uint64(kept))
}

func (s *State) noteInactive(key *cache.RecordKey, issuer uint64, until, now int64) {
	var room [8]byte
	binary.LittleEndian.PutUint64(room[:], uint64(until))
	own := key.With(issuer)
	s.failures.Put(&own, room[:], now)
}

// about returns what the issuer says about a token, and the record of one that is active.
func (p *introspector) about(a *Set, i *issuer, token []byte, key *cache.RecordKey, now int64) (outcome, []byte) {
	own := key.With(i.id).With(a.facts.id) // an answer is read differently by another configuration
	p.mu.Lock()
	if q := p.asking[own]; q != nil {
		p.mu.Unlock()
		<-q.done
		return q.outcome, q.record
	}
	if time.Now().Before(p.until) || len(p.asking) >= maxAsking {
		p.mu.Unlock()
		return unavailable, nil
	}
	q := &question{done: make(chan struct{}), outcome: unavailable}
	p.asking[own] = q
	p.mu.Unlock()

	payload, err := p.post(string(token))
	if err == nil {
		q.outcome, q.record, err = a.weigh(i, payload, now)
	}
	if q.outcome == accepted {
		a.state.tokens.Put(key, q.record, now)
	}
	if err != nil {
		a.state.log.Error("introspection failed", "issuer", i.name, "error", err)
	}
	p.mu.Lock()
	delete(p.asking, own)
	p.judge(err)
	p.mu.Unlock()
	close(q.done)
	return q.outcome, q.record
}

// judge keeps the breaker. It is called with the lock held.
func (p *introspector) judge(err error) {
	if err == nil {
		p.failures = 0
		return
	}
	if p.failures++; p.failures >= breakAfter {
		p.until = time.Now().Add(breakFor)
		p.failures = breakAfter - 1 // one more failure after that opens it again
	}
}

func (p *introspector) post(token string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), p.timeout)
	defer cancel()
	form := url.Values{"token": {token}, "token_type_hint": {"access_token"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "sallyport")
	if p.user != "" {
		req.SetBasicAuth(url.QueryEscape(p.user), url.QueryEscape(p.password)) // RFC 6749 section 2.3.1
	}
	answer, err := p.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", answer.StatusCode)
	}
	payload, err := io.ReadAll(io.LimitReader(answer.Body, maxIntrospection+1))
	if err == nil && len(payload) > maxIntrospection {
		err = fmt.Errorf("more than %d bytes", maxIntrospection)
	}
	return payload, err
}

// weigh judges an answer and makes the record of an active token. An answer that makes no sense is an error.
func (a *Set) weigh(i *issuer, payload []byte, now int64) (outcome, []byte, error) {
	t := tokens.Get().(*jose.Token)
	defer tokens.Put(t)
	if t.ParseClaims(payload, a.facts.paths) != jose.Valid {
		return unavailable, nil, errors.New("the answer is not a JSON object with the members of RFC 7662")
	}
	switch t.Claim(a.facts.active).Kind {
	case jose.True:
	case jose.False:
		return inactive, nil, nil
	default:
		return unavailable, nil, errors.New(`the answer has no member "active"`)
	}
	expires := t.Expires
	if expires == 0 {
		expires = forever
	}
	if reason := jose.Times(expires, t.StartsAt(), now, i.rules.Skew); reason != jose.Valid {
		return outcomeOf[reason], nil, nil
	}
	if len(t.Issuer()) > 0 && string(t.Issuer()) != i.rules.Issuer {
		return foreign, nil, nil
	}
	if t.Audience().Kind != jose.Missing && !i.rules.ForUs(t) {
		return audience, nil, nil
	}
	r := record{issuer: i.id, facts: a.facts.id, fresh: now + i.asks.keep, expires: expires, starts: t.StartsAt(), issued: t.IssuedAt}
	a.describe(i, t, &r)
	return accepted, r.append(nil), nil
}
