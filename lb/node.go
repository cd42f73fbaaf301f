package lb

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"
	"time"
)

// flaws are the reasons not to send requests to a node; a node without one is ready.
type flaws uint8

const (
	refusing  flaws = 1 << iota // connections to it fail; a probe of its own brings it back
	ejected                     // its answers were too often errors, or too slow
	unhealthy                   // its probes fail
	drained                     // taken out by hand
	leaving                     // no longer in the definition, in DNS or in the file
)

// cacheLine is what two cores must not both write. It is two lines, because processors fetch them in pairs.
const cacheLine = 128

// node is one address of an upstream. Its counts, latency and flaws outlive reloads for as long as the address stays.
type node struct {
	name    string
	address string // host:port
	zone    string
	weight  int // 1 or more

	transport atomic.Pointer[transport] // how connections to it are made and kept; a reload may change it

	idle idleStack // connections that nobody uses

	// What every call writes is one line, and what a pick reads is on it: the others are read only.
	_        [cacheLine]byte
	inflight atomic.Int64  // requests that have picked this node and are not done
	started  atomic.Uint64 // attempts ever
	latency  latency       // of answers, until their head

	_      [cacheLine]byte
	record atomic.Pointer[record]  // nil where nothing ejects
	failed [outcomes]atomic.Uint64 // attempts that ended so; of answered ones, those of 500 and above

	unreachable atomic.Bool // the last attempt could not connect

	standing // guarded by the fleet's lock
}

// standing is what is held against a node, or for it. It changes rarely, under the fleet's lock.
type standing struct {
	flaws     flaws
	reason    string    // of the last change, for people
	since     time.Time // of the last change
	warm      time.Time // when it came back: slow start counts from here; zero for a node that never was away
	proven    int       // probes in a row that say the opposite of what is believed
	until     time.Time // end of its last ejection
	timesOut  int       // ejections in short order, which make the next one longer
	ejections int       // ever

	watched context.Context // of the goroutines that probe it
	unwatch context.CancelFunc
}

func (n *node) ready() bool { return n.flaws == 0 }

// reserve takes a place on the node unless max requests are in flight there; 0 is no bound. What it took must be given
// back by release.
func (n *node) reserve(max int64) bool {
	if inflight := n.inflight.Add(1); max > 0 && inflight > max {
		n.inflight.Add(-1)
		return false
	}
	return true
}

func (n *node) release() { n.inflight.Add(-1) }

// tlsConfig returns the TLS configuration for this node's address, nil for plain TCP.
func (n *node) tlsConfig() *tls.Config {
	config := n.transport.Load().tls
	if config == nil || config.ServerName != "" {
		return config
	}
	config = config.Clone()
	config.ServerName, _, _ = net.SplitHostPort(n.address)
	return config
}
