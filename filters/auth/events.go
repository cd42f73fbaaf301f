package auth

import (
	"bytes"
	"cmp"
	"encoding/json"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/auth/revocation"
	"sallyport/internal/jose"
	"sallyport/internal/wire"
)

// maxEvent bounds a Security Event Token with what may stand around it, in bytes.
const maxEvent = jose.MaxToken + 64

// events takes security events that an issuer pushes (RFC 8417, RFC 8935), and revokes what they are about.
type events struct {
	set    *Set
	issuer *issuer
	rules  *jose.Rules
	kept   *filters.Denial // for an event that could not be kept
}

// Events compiles the receiver of a route.
func (a *Set) Events(site *filters.Site, r *conf.Route) filters.Filter {
	i := a.issuers[r.Events]
	if i == nil || i.keys == nil {
		a.problem(a.c.At("routes", r.Name, "events"), "issuer %q has no keys that its events could be verified with", r.Events)
		return nil
	}
	rules := *i.rules
	rules.Types = []string{"secevent+jwt"}
	return &events{a, i, &rules, site.Denial(filters.AuthUnavailable).With("Retry-After", "1")}
}

// BodyCap implements filters.BodyReader.
func (e *events) BodyCap() int { return maxEvent }

// Request implements filters.Filter: a cold path.
func (e *events) Request(x *filters.Exchange) filters.Verdict {
	mediaType, _, _ := bytes.Cut(x.Request.Value(wire.ContentType), []byte{';'})
	if x.Request.Method != wire.POST || !wire.EqualFold(bytes.TrimSpace(mediaType), "application/secevent+jwt") || !x.Request.Body.Whole() {
		return e.answer(x, "invalid_request", "a security event token is posted as application/secevent+jwt")
	}
	t := tokens.Get().(*jose.Token)
	defer tokens.Put(t)
	now := x.Start.Unix()
	if t.ParseEvent(bytes.TrimSpace(x.Request.Body.Bytes()), e.set.facts.paths) != jose.Valid {
		return e.answer(x, "invalid_request", "not a security event token")
	}
	if reason := e.rules.Judge(t, now); reason != jose.Valid {
		return e.answer(x, eventErrors[reason], "the "+reason.String()+" is not right")
	}
	keys := e.issuer.keys.Keys(now)
	switch {
	case keys == nil:
		return x.Refuse(e.kept)
	case e.set.state.budget.spent(x):
		return x.Refuse(e.kept)
	}
	reason := keys.Verify(t)
	if reason == jose.UnknownKey && e.issuer.keys.Renew(keys) {
		if keys = e.issuer.keys.Keys(now); keys != nil {
			reason = keys.Verify(t)
		}
	}
	if reason != jose.Valid {
		e.set.state.budget.charge(x)
		return e.answer(x, eventErrors[reason], "it does not verify")
	}
	for _, r := range e.revocations(t) {
		if err := e.set.state.Revoke(r); err != nil {
			e.set.state.log.Error("an event was not kept", "issuer", e.issuer.name, "error", err)
			return x.Refuse(e.kept)
		}
	}
	x.Respond(202, nil, nil)
	return filters.Done
}

// eventErrors are the error codes of RFC 8935 section 2.4.
var eventErrors = map[jose.Reason]string{
	jose.Malformed:    "invalid_request",
	jose.Issuer:       "invalid_issuer",
	jose.Audience:     "invalid_audience",
	jose.Expired:      "invalid_request",
	jose.NotYet:       "invalid_request",
	jose.UnknownKey:   "invalid_key",
	jose.BadSignature: "invalid_key",
}

func (e *events) answer(x *filters.Exchange, code, description string) filters.Verdict {
	body, err := json.Marshal(map[string]string{"err": code, "description": description})
	if err != nil {
		panic("BUG: an error has no JSON form: " + err.Error())
	}
	x.Respond(400, nil, body)
	x.Reply.AddKnown(wire.ContentType, []byte("application/json"))
	return filters.Done
}

// The events that revoke something (CAEP 1.0 section 3, RISC 1.0 section 2).
const (
	sessionRevoked   = "https://schemas.openid.net/secevent/caep/event-type/session-revoked"
	credentialChange = "https://schemas.openid.net/secevent/caep/event-type/credential-change"
	accountDisabled  = "https://schemas.openid.net/secevent/risc/event-type/account-disabled"
	accountPurged    = "https://schemas.openid.net/secevent/risc/event-type/account-purged"
)

// subject is a subject identifier (RFC 9493); a complex one has others inside.
type subject struct {
	Sub     string   `json:"sub"`
	ID      string   `json:"id"`
	JTI     string   `json:"jti"`
	Email   string   `json:"email"`
	User    *subject `json:"user"`
	Session *subject `json:"session"`
}

// revocations returns what the events of a verified token revoke.
func (e *events) revocations(t *jose.Token) []revocation.Revocation {
	var all map[string]struct {
		Subject   *subject `json:"subject"` // where drafts had it
		Timestamp int64    `json:"event_timestamp"`
	}
	if json.Unmarshal(t.Claim(e.set.facts.events).Raw(), &all) != nil {
		return nil
	}
	about := &subject{Sub: string(t.Subject)}
	if len(t.Session) > 0 {
		about.Session = &subject{ID: string(t.Session)}
	}
	if id := t.Claim(e.set.facts.subjectID); id.Kind == jose.Object {
		about = new(subject)
		if json.Unmarshal(id.Raw(), about) != nil {
			return nil
		}
	}
	var list []revocation.Revocation
	for kind, event := range all {
		who, before := about, t.IssuedAt
		if event.Subject != nil {
			who = event.Subject
		}
		if event.Timestamp > 0 {
			before = event.Timestamp
		}
		switch kind {
		case sessionRevoked:
			list = e.revoke(list, who, true, before)
		case credentialChange, accountDisabled, accountPurged:
			list = e.revoke(list, who, false, before)
		}
	}
	return list
}

// revoke appends what is not good any more of a subject: the session or token if the event is about one and names it, else
// everything that was issued until then.
func (e *events) revoke(list []revocation.Revocation, who *subject, session bool, before int64) []revocation.Revocation {
	r := revocation.Revocation{Issuer: e.issuer.name}
	switch {
	case session && who.Session != nil && who.Session.ID != "":
		r.Session = who.Session.ID
	case session && who.ID != "":
		r.Session = who.ID
	case session && who.JTI != "":
		r.Token = who.JTI
	default:
		user := who
		if who.User != nil {
			user = who.User
		}
		r.Subject, r.Before = cmp.Or(user.Sub, user.ID, user.Email), max(before, 1)+1
		if r.Subject == "" {
			return list // nobody that we know tokens of
		}
	}
	return append(list, r)
}
