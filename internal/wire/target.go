package wire

import "bytes"

// Oddity is a set of what a raw path contained that a route may refuse.
type Oddity uint16

// Target is the one normalised reading of a request target.
type Target struct {
	Path      []byte // the canonical path: matched, inspected, cached and forwarded
	Query     []byte // behind "?", as received; nil when there is none
	Authority []byte // of the absolute form, nil otherwise
	Asterisk  bool   // OPTIONS *
	Odd       Oddity
}

// Reset empties the target.
func (t *Target) Reset() { *t = Target{} }

// Parse reads a request target (RFC 9112 section 3.2).
func (t *Target) Parse(raw []byte, method Method, mergeSlashes bool) Fault {
	t.Path, t.Query = raw, nil
	if i := bytes.IndexByte(raw, '?'); i >= 0 {
		t.Path, t.Query = raw[:i], raw[i+1:]
	}
	if len(t.Path) == 0 || t.Path[0] != '/' {
		return TargetForm
	}
	return Whole
}

// Fault returns the first oddity of o that is in refuse, as a Fault.
func (o Oddity) Fault(refuse Oddity) Fault { return Whole }
