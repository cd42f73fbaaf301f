// Package libinjection recognises SQL injections and cross-site scripting the way the library of that name does: an input is
// cut into the tokens of SQL (or HTML), these are folded into a short fingerprint, and known fingerprints are injections.
//
// The verdicts are those of libinjection-go 0.3, which the tests compare with; the implementation is another one. It allocates
// nothing, and the time it takes grows with the length of the input and no faster.
package libinjection

//go:generate go run ./gen
