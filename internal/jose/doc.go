// Package jose verifies compact JSON Web Signatures that carry claims (RFC 7515, 7519, 8725, 9068) and holds
// the keys they are verified with (RFC 7517, 7518, 8037).
//
// It is stricter than the RFCs allow a verifier to be, so that a token has exactly one spelling and exactly
// one reading: three parts in canonical base64url, no member named twice, no header member that brings a key
// along, an algorithm that comes from the key and the issuer's list and never from the token.
//
// Everything that runs while a request is served works on caller-owned scratch (Token) and immutable data
// (KeySet), takes no lock and waits for nothing. What talks to the network is Loader, and it runs in a
// goroutine of its own between Start and Stop.
//
// This is the only package that imports lestrrat-go/jwx; no type of it appears in an exported name.
package jose
