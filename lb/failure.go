package lb

// Failure is why an upstream gave no answer; OK when it gave one.
type Failure uint8

// The failures, with the reason codes that the gateway refuses with.
const (
	OK         Failure = iota
	Connect            // upstream.connect: no connection to a node
	Reset              // upstream.reset: the connection broke before the answer's head
	Malformed          // upstream.malformed: the answer is not HTTP
	Timeout            // upstream.timeout
	None               // upstream.none: no node takes requests
	Full               // upstream.full: every place is taken, and so is the queue
	Open               // upstream.breaker
	ClientGone         // nobody waits for an answer
	Failures   = iota  // how many there are
)

// failureOf is the failure of a request whose last attempt ended so.
func failureOf(out outcome) Failure {
	return [outcomes]Failure{
		answered:        OK,
		failedConnect:   Connect,
		failedStale:     Reset,
		failedReset:     Reset,
		failedTimeout:   Timeout,
		failedMalformed: Malformed,
		clientGone:      ClientGone,
	}[out]
}

func (f Failure) String() string {
	return [Failures]string{"ok", "connect", "reset", "malformed", "timeout", "none", "full", "breaker", "client gone"}[f]
}
