// Package rawtest holds what is true of whole exchanges on the wire: raw requests, legal and not, sent over a socket to the
// real gateway, with an upstream behind it that records every byte it gets; and raw answers, legal and not, played by an
// upstream, with a client that reads every byte it gets. It has no code but tests.
package rawtest
