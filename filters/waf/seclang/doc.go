// Package seclang reads SecLang, the rule language of ModSecurity and Coraza, into definitions.
//
// It reads what the OWASP Core Rule Set, its plugins and its exclusions are written in, with the reading that Coraza 3.8
// gives it. Nothing is skipped silently: a directive, variable, operator, action or transformation that the engine does not
// run is an error that names the file, the line and the rule.
//
// The package only reads. What the definitions mean at run time is the business of the engine.
package seclang
