package filters

import (
	"crypto/tls"
	"net/netip"
	"time"

	"sallyport/cache"
	"sallyport/internal/slots"
	"sallyport/internal/wire"
)

// MaxParams is how many path parameters a route may have.
const MaxParams = 8

// Exchange is one request on its way through, and its reply. It is pooled and belongs to one goroutine; Reset keeps
// capacity. Filters may change Request, Reply and the fields below; slices reached through it are valid until it ends.
type Exchange struct {
	Request wire.Request
	Reply   wire.Reply

	Start time.Time // the one clock reading of the request
	Now   int64     // the same moment on the monotonic clock of wire.Now, in nanoseconds

	ID      []byte      // the request id: 1 to 64 visible ASCII characters without quotes
	Client  netip.Addr  // the client's address, IPv4 never mapped into IPv6
	Trusted bool        // the connection's peer is a proxy whose word is taken
	Conn    *Connection // the client connection; nil when there is no socket

	Route    *Site             // the route that was matched; nil before
	Params   [MaxParams]Offset // of the path parameters, in the order of Site.Params, into Request.Target.Path
	Identity Identity          // who calls; the zero value before authentication
	Forward  []byte            // the path that goes upstream instead of the canonical one; empty when that one goes

	Upstream string // the name of the upstream that was asked; empty for none

	Origin   Origin  // who made the reply
	Denial   *Denial // the refusal, if it was one
	Shadowed *Denial // the last refusal that shadow mode let pass

	Held     slots.Key // what the concurrency limit counts for this exchange until its Finish; zero when nothing
	Findings []byte    // what the WAF refused the request for, as a JSON object for the access line; empty when it did not

	Stored cache.Held // the answer that the response cache found for this request

	Scratch []byte // for the filter that runs; its content does not outlive the call
	body    []byte // of a reply the gateway makes itself
}

// Offset is a part of a path.
type Offset struct{ From, To uint16 }

// Origin is who made a reply.
type Origin uint8

// The origins.
const (
	FromGateway Origin = iota
	FromUpstream
	FromCache
)

// String returns the origin as it stands in the access line.
func (o Origin) String() string { return [...]string{"gateway", "upstream", "cache"}[o] }

// Connection is what the exchanges of one client connection share. It belongs to the goroutine that serves it.
type Connection struct {
	Peer   netip.Addr           // the address the connection came from, after PROXY protocol
	TLS    *tls.ConnectionState // nil without TLS
	Listen string               // the listener's name
	Wire   *wire.Conn           // for the gateway: to see whether the client is still there

	// Interim passes an interim answer (1xx) on to the client; false when the client is gone.
	Interim interface{ Interim(r *wire.Reply) bool }
	Memo    Memo // of authentication: the last credential and what it was found to be
}

// Memo is what a connection remembers of the last credential that was good, so that a kept connection does not look it up
// again. It says nothing about whether the credential still is good.
type Memo struct {
	Credential  []byte
	Record      []byte
	Certificate *Certificate
}

// Certificate is what authentication has read of a client's verified certificate. It does not change.
type Certificate struct {
	Thumbprint [32]byte // SHA-256 of the whole
	Subject    string   // distinguished name
	URI        []string // subject alternative names
	DNS        []string
	Email      []string
}

// Param returns the i-th path parameter as it stands in the canonical path.
func (x *Exchange) Param(i int) []byte {
	return x.Request.Target.Path[x.Params[i].From:x.Params[i].To]
}

// Detach makes x an exchange of its own with the request of another, without its body and its connection: nothing that
// becomes of the other, or of its client, touches x.
func (x *Exchange) Detach(from *Exchange) {
	x.Reset()
	x.Request.CopyFrom(&from.Request)
	x.Identity.CopyFrom(&from.Identity)
	x.Start, x.Now = from.Start, from.Now
	x.ID = append(x.ID, from.ID...)
	x.Client, x.Trusted, x.Route, x.Params = from.Client, from.Trusted, from.Route, from.Params
	x.Forward = append(x.Forward, from.Forward...)
	if from.Conn != nil {
		x.Conn = &Connection{Peer: from.Conn.Peer, TLS: from.Conn.TLS, Listen: from.Conn.Listen}
	}
}

// Reset prepares the exchange for another request.
func (x *Exchange) Reset() {
	x.Request.Reset()
	x.Reply.Reset()
	x.Identity.Reset()
	x.Start, x.Now = time.Time{}, 0
	x.ID = x.ID[:0]
	x.Client, x.Trusted, x.Conn, x.Route = netip.Addr{}, false, nil, nil
	x.Upstream, x.Origin, x.Denial, x.Shadowed = "", FromGateway, nil, nil
	x.Held = slots.Key{}
	x.Stored.Release()
	x.Scratch, x.body, x.Findings = kept(x.Scratch), kept(x.body), kept(x.Findings)
	x.Forward = kept(x.Forward)
}

// kept empties a pooled buffer, and drops one that grew too large to keep.
func kept(b []byte) []byte {
	if cap(b) > 64<<10 {
		return nil
	}
	return b[:0]
}
