package auth

import (
	"maps"
	"slices"
	"time"

	"sallyport/conf"
	"sallyport/filters"
)

// Set is the authenticators of one configuration, compiled. After Seal it does not change; what they know (fetched keys,
// watched files) does.
type Set struct {
	state    *State
	c        *conf.Config
	facts    *facts
	files    *files
	problems conf.Problems

	issuers    map[string]*issuer
	keys       map[string]*apiKeys
	basic      map[string]*basic
	signatures map[string]*signatures
}

// position returns the place of something in a table of the configuration.
type position func(path ...string) conf.Position

// Compile compiles the authenticators of c. It reads the files that c names, and starts nothing. What is worth keeping of
// previous, which may be nil, is carried over: keys that were fetched under the same definition.
func Compile(s *State, c *conf.Config, previous *Set) *Set {
	a := &Set{
		state: s, c: c, facts: newFacts(), files: newFiles(s.log),
		issuers: map[string]*issuer{}, keys: map[string]*apiKeys{}, basic: map[string]*basic{}, signatures: map[string]*signatures{},
	}
	if previous == nil {
		previous = &Set{}
	}
	for name, ci := range c.Issuers {
		a.issuers[name] = a.newIssuer(ci, a.at("issuers", name), previous.issuers[name])
	}
	for name, ck := range c.Keys {
		a.keys[name] = a.newAPIKeys(ck, a.at("keys", name))
	}
	for name, cb := range c.Basic {
		a.basic[name] = a.newBasic(cb, a.at("basic", name))
	}
	for name, cs := range c.Signatures {
		a.signatures[name] = a.newSignatures(cs, a.at("signatures", name))
	}
	return a
}

func (a *Set) at(table ...string) position {
	return func(path ...string) conf.Position { return a.c.At(slices.Concat(table, path)...) }
}

func (a *Set) problem(at conf.Position, format string, args ...any) {
	a.problems = append(a.problems, at.Errorf(format, args...))
}

// Problems returns what Compile, Authenticate, Authorize, Forward and Seal found wrong with the configuration.
func (a *Set) Problems() conf.Problems { return a.problems }

// Seal fixes what is known about callers, once all routes are compiled: the facts that rules ask for and the values of
// claims.
func (a *Set) Seal(claims *filters.Claims) {
	if err := a.facts.seal(claims, a.issuers); err != nil {
		a.problem(a.c.At("routes"), "%v", err)
	}
	for _, k := range a.keys {
		k.seal()
	}
}

// Start begins to fetch keys and to watch files.
func (a *Set) Start() {
	for _, i := range a.issuers {
		if i.keys != nil {
			i.keys.Start()
		}
	}
	a.files.start()
}

// Retire ends what a started, but for what next, which may be nil, has taken over.
func (a *Set) Retire(next *Set) {
	a.files.stop()
	for name, i := range a.issuers {
		kept := next != nil && next.issuers[name] != nil && next.issuers[name].keys == i.keys
		if i.keys != nil && !kept {
			i.keys.Stop()
		}
	}
}

// Waiting names the issuers whose keys are not known at the moment: readiness waits for them.
func (a *Set) Waiting() []string {
	var names []string
	for name, i := range a.issuers {
		if i.keys != nil && !i.keys.Status().Known {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// IssuerStatus is an issuer and the state of its keys.
type IssuerStatus struct {
	Name    string     `json:"name"`
	Issuer  string     `json:"issuer"`
	Known   bool       `json:"known"` // its keys are there and not too old, or it has none: its tokens are opaque
	Keys    int        `json:"keys"`
	Fetched *time.Time `json:"fetched,omitempty"` // the last time that all was well
	Error   string     `json:"error,omitempty"`   // of the last fetch
}

// Status lists the issuers, by name.
func (a *Set) Status() []IssuerStatus {
	list := make([]IssuerStatus, 0, len(a.issuers))
	for _, name := range slices.Sorted(maps.Keys(a.issuers)) {
		i := a.issuers[name]
		s := IssuerStatus{Name: name, Issuer: i.rules.Issuer, Known: true}
		if i.keys != nil {
			k := i.keys.Status()
			s.Known, s.Keys, s.Error = k.Known, k.Keys, k.Error
			if !k.Fetched.IsZero() {
				s.Fetched = &k.Fetched
			}
		}
		list = append(list, s)
	}
	return list
}

// Revocable returns the names that a revocation may be about: those of all authenticators but client certificates, which
// have lists of their own.
func (a *Set) Revocable() []string {
	names := slices.Collect(maps.Keys(a.issuers))
	names = slices.AppendSeq(names, maps.Keys(a.keys))
	names = slices.AppendSeq(names, maps.Keys(a.basic))
	names = slices.AppendSeq(names, maps.Keys(a.signatures))
	slices.Sort(names)
	return names
}
