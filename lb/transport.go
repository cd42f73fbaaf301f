package lb

import (
	"crypto/tls"
	"time"
)

// transport is how connections to the nodes of an upstream are made and kept. It is immutable, and shared by the nodes.
type transport struct {
	tls     *tls.Config   // nil: plain TCP. ServerName is empty where it is the host of each node's address
	connect time.Duration // how long connecting may take, the handshake included
	idle    time.Duration // how long a connection is kept unused
	max     int           // connections to one node; the fleet never has more requests in flight there
}
