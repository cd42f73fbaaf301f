package lb

import (
	"net/netip"

	"sallyport/internal/wire"
)

// Call is one request on its way to an upstream: what is sent, where the answer goes, and what may be done with it.
type Call struct {
	Request        *wire.Request
	Reply          *wire.Reply
	Client         netip.Addr
	HashKey        uint64 // of the attribute named by hash:..., computed by the gateway; 0 = none
	Now            int64  // monotonic nanoseconds at the start of the request (wire.Now())
	Deadline       int64  // monotonic ns: whole request until the answer's head
	AttemptTimeout int64  // ns; 0 = none
	Idempotent     bool   // by method or Idempotency-Key
	Replayable     bool   // the body is absent or whole in memory

	Head      []byte     // the request's head as it is sent: request line, fields, empty line
	BodyIdle  int64      // ns without a byte that end the answer's body
	Peer      *wire.Conn // the client's connection: work ends when it is closed; nil for nobody's
	Interim   Interim    // takes interim answers (1xx); nil drops them
	BodyError error      // why the request's body could not be read, when the result is clientGone

	Node     *node
	Attempts int
	whole    bool // the request went out whole
	heard    bool // some of an answer has come

	callState
	hedge  *hedge // nil where the call is sent once
	second bool   // the attempt beside the first one
}

// Interim takes the interim answers that come before the final one. It returns false to give the request up.
type Interim interface{ Interim(r *wire.Reply) bool }

// outcome is how one attempt ended.
type outcome uint8

const (
	answered      outcome = iota // the answer's head is in Reply
	failedConnect                // nothing was sent
	failedStale                  // a reused connection was closed before any byte of an answer
	failedReset
	failedTimeout
	failedMalformed
	clientGone
	outcomes = iota
	notSent  = outcomes // a reused connection was found closed before anything was sent
)
