// Package revocation remembers what is not good any more though its signature is: single tokens, sessions, subjects, keys.
// Looking one up takes no lock; what was revoked is kept on disk and survives a restart.
package revocation

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Revocation says what is not good any more. Exactly one of Token, Subject, Session and Key is set.
type Revocation struct {
	Issuer  string // the name of the issuer or keys table in the configuration
	Token   string // jti
	Subject string // sub, or an API key's id
	Session string // sid
	Key     string // kid
	Before  int64  // with Subject: of its tokens those issued before, in seconds since 1970
}

// Kind is what a revocation names.
type Kind uint8

// The kinds, by the claim or header member that they are about.
const (
	Token   Kind = iota + 1 // jti
	Subject                 // sub
	Session                 // sid
	Key                     // kid
)

// kind returns what r names, its value, and the moment before which it is revoked.
func (r *Revocation) kind() (Kind, string, int64) {
	switch {
	case r.Token != "":
		return Token, r.Token, forever
	case r.Subject != "":
		return Subject, r.Subject, r.Before
	case r.Session != "":
		return Session, r.Session, forever
	}
	return Key, r.Key, forever
}

func (r *Revocation) check() error {
	n := 0
	for _, name := range []string{r.Token, r.Subject, r.Session, r.Key} {
		if name != "" {
			n++
		}
	}
	switch {
	case n != 1:
		return errors.New("a revocation names exactly one of jti, sub, sid and kid")
	case r.Issuer == "":
		return errors.New("a revocation needs the issuer's name")
	case r.Subject != "" && r.Before <= 0:
		return errors.New("the revocation of a subject needs the moment before which its tokens are not good")
	}
	return nil
}

// document is a revocation as operators and the file write it.
type document struct {
	Issuer string          `json:"issuer,omitempty"`
	JTI    string          `json:"jti,omitempty"`
	Sub    string          `json:"sub,omitempty"`
	Sid    string          `json:"sid,omitempty"`
	Kid    string          `json:"kid,omitempty"`
	Before json.RawMessage `json:"before,omitempty"`
}

// Parse reads a revocation as it is posted to the admin port: {"issuer": "corp", "jti": "..."}, or "sub" with "before"
// (RFC 3339 or seconds since 1970; now if it is missing), "sid" or "kid". The issuer may be left out if issuers, the
// names that the configuration knows, has one name only.
func Parse(body []byte, issuers []string, now time.Time) (Revocation, error) {
	var d document
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return Revocation{}, fmt.Errorf(`not a revocation such as {"issuer": "corp", "jti": "..."}: %w`, err)
	}
	if dec.More() {
		return Revocation{}, errors.New("more than one JSON value")
	}
	if d.Issuer == "" && len(issuers) == 1 {
		d.Issuer = issuers[0]
	}
	known := false
	for _, name := range issuers {
		known = known || name == d.Issuer
	}
	if !known {
		return Revocation{}, fmt.Errorf("issuer is %q; it is one of %q", d.Issuer, issuers)
	}
	r, err := d.revocation(now)
	if err != nil {
		return Revocation{}, err
	}
	return r, r.check()
}

func (d *document) revocation(now time.Time) (Revocation, error) {
	r := Revocation{Issuer: d.Issuer, Token: d.JTI, Subject: d.Sub, Session: d.Sid, Key: d.Kid}
	if d.Before == nil {
		if r.Subject != "" {
			r.Before = now.Unix() + 1 // those of the present second too
		}
		return r, nil
	}
	if r.Subject == "" {
		return r, errors.New(`"before" goes with "sub" only`)
	}
	text := string(d.Before)
	if unquoted, err := strconv.Unquote(text); err == nil {
		text = unquoted
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			r.Before = t.Unix()
			return r, nil
		}
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds <= 0 || seconds > 1<<53 {
		return r, fmt.Errorf("before is %s; it is a time such as \"2026-01-31T12:00:00Z\", or seconds since 1970", d.Before)
	}
	r.Before = seconds
	return r, nil
}

// line returns r as a line of the file.
func (r *Revocation) line() []byte {
	d := document{Issuer: r.Issuer, JTI: r.Token, Sub: r.Subject, Sid: r.Session, Kid: r.Key}
	if r.Subject != "" {
		d.Before = json.RawMessage(strconv.FormatInt(r.Before, 10))
	}
	b, err := json.Marshal(d)
	if err != nil {
		panic("BUG: a revocation has no JSON form: " + err.Error())
	}
	return append(b, '\n')
}
