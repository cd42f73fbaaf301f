package gateway

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"sallyport/conf"
	"sallyport/internal/wire"
)

// Replay is what two configurations make of the same recorded requests.
type Replay struct {
	Requests int
	Changes  []Change // the most frequent first
	Unknown  int      // requests whose verdict hangs on what a line does not tell: scopes, claims, bodies
}

// Change is a verdict that one configuration gives and another does not, on a route.
type Change struct {
	Route    string
	Old, New string
	Requests int
	Examples []string
}

// maxExamples is how many requests a change is shown by.
const maxExamples = 3

// recordedLine is what a line of the access log tells about a request.
type recordedLine struct {
	Time      time.Time `json:"time"`
	Client    string    `json:"client"`
	Method    string    `json:"method"`
	Host      string    `json:"host"`
	Path      string    `json:"path"`
	Query     string    `json:"query"`
	Principal string    `json:"principal"`
}

// CompareReplay decides about every request of an access log by both configurations. Limits count as they would have at the
// times of the lines. The error names the line that could not be read.
func CompareReplay(old, new *Offline, log io.Reader) (*Replay, error) {
	result := &Replay{}
	changes := map[[3]string]*Change{} // by route and both verdicts
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	start := wire.Now()
	var first time.Time
	for n := 1; lines.Scan(); n++ {
		if len(strings.TrimSpace(lines.Text())) == 0 {
			continue
		}
		var l recordedLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("%d: not a line of an access log: %w", n, err)
		}
		if first.IsZero() {
			first = l.Time
		}
		q := l.question(start + int64(max(0, l.Time.Sub(first))))
		was, known, err := old.replay(q, l.Principal)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", n, err)
		}
		is, alsoKnown, err := new.replay(q, l.Principal)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", n, err)
		}
		result.Requests++
		if !known || !alsoKnown {
			result.Unknown++
			continue
		}
		if was.verdict() == is.verdict() {
			continue
		}
		key := [3]string{cmp.Or(is.Route, was.Route), was.verdict(), is.verdict()}
		c := changes[key]
		if c == nil {
			c = &Change{Route: key[0], Old: key[1], New: key[2]}
			changes[key] = c
		}
		if c.Requests++; len(c.Examples) < maxExamples {
			c.Examples = append(c.Examples, l.String())
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	for _, c := range changes {
		result.Changes = append(result.Changes, *c)
	}
	slices.SortFunc(result.Changes, func(a, b Change) int {
		return cmp.Or(b.Requests-a.Requests, strings.Compare(a.Route, b.Route), strings.Compare(a.Old+a.New, b.Old+b.New))
	})
	return result, nil
}

func (l *recordedLine) question(now int64) Question {
	q := Question{Method: l.Method, URL: "http://" + cmp.Or(l.Host, "host.invalid") + l.Path, Time: l.Time, now: now}
	if l.Query != "" {
		q.URL += "?" + l.Query
	}
	q.From, _ = netip.ParseAddr(l.Client) // "unknown" where the connection had no address
	return q
}

func (l *recordedLine) String() string {
	s := l.Method + " " + l.Host + l.Path
	if l.Principal != "" {
		s += " by " + l.Principal
	}
	return s + " from " + l.Client
}

// replay decides about a recorded request. known is false when the verdict hangs on what the line does not tell.
func (o *Offline) replay(q Question, principal string) (d *Decision, known bool, err error) {
	if principal != "" {
		if q.As = o.caller(principal); q.As == nil {
			return nil, false, nil
		}
	}
	if d, err = o.Decide(q); err != nil {
		return nil, false, err
	}
	area, _, _ := strings.Cut(d.Reason, ".")
	return d, area != "authz" && area != "content", nil
}

// caller returns the caller that stands in an access line as authenticator|subject, nil when the configuration does not
// know how to assume it.
func (o *Offline) caller(principal string) *conf.TestAs {
	name, subject, _ := strings.Cut(principal, "|")
	text, err := json.Marshal(map[string]string{"sub": subject})
	if err != nil {
		panic("BUG: a subject has no JSON form: " + err.Error())
	}
	switch c := o.table.conf; {
	case c.Issuers[name] != nil:
		return &conf.TestAs{Issuer: name, Claims: conf.JSON(text)}
	case c.Keys[name] != nil:
		return &conf.TestAs{Keys: name, Claims: conf.JSON(text)}
	}
	return nil
}

// verdict tells the decision in a word or three.
func (d *Decision) verdict() string {
	switch d.Decision {
	case "refuse":
		return fmt.Sprintf("refuse %d %s", d.Status, d.Reason)
	case "respond":
		return fmt.Sprintf("respond %d", d.Status)
	}
	return d.Decision
}
