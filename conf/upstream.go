package conf

import (
	"fmt"
	"strings"
)

// Upstream is a set of nodes that serve the same thing.
type Upstream struct {
	Name      string        `toml:"-"`
	Nodes     Nodes         `toml:"nodes" doc:"nodes by name: \"host:port\" or { address = \"host:port\", weight = 2, zone = \"z\" }"`
	DNS       *DNS          `toml:"dns" doc:"nodes from DNS"`
	File      Path          `toml:"file" doc:"nodes from a file of the form of nodes, watched"`
	TLS       *UpstreamTLS  `toml:"tls" doc:"TLS to the nodes"`
	Balance   Balance       `toml:"balance" default:"p2c" doc:"p2c, least, round-robin, random, or hash:ATTRIBUTE"`
	Zone      string        `toml:"zone" doc:"nodes of this zone are preferred while they are healthy"`
	SlowStart Duration      `toml:"slow_start" max:"1h" doc:"time in which a new node's share grows"`
	Pool      Pool          `toml:"pool" doc:"connections to each node"`
	Requests  UpstreamLimit `toml:"requests" doc:"requests at the same time"`
	Health    *Health       `toml:"health" doc:"active probes"`
	Eject     *Eject        `toml:"eject" doc:"passive ejection of nodes that fail"`
	Breaker   *Breaker      `toml:"breaker" doc:"refuses at once while the whole upstream fails"`
	Retry     Retry         `toml:"retry" doc:"further attempts"`
	Hedge     *Hedge        `toml:"hedge" doc:"a second attempt beside a slow first one"`
}

// Nodes are the nodes of an upstream, in the order of their names.
type Nodes []Node

// Node is one address of an upstream.
type Node struct {
	Name    string `toml:"-"`
	Address string `toml:"address" required:"yes" doc:"host and port"`
	Weight  int    `toml:"weight" default:"1" min:"0" max:"1000" doc:"share beside the others; 0 takes none"`
	Zone    string `toml:"zone" doc:"where the node is"`
}

func (ns *Nodes) fromNode(d *decoder, n *node) {
	if n.kind != kindTable {
		d.wrong(n, `a table of nodes by name, such as { a = "127.0.0.1:9000" }`)
		return
	}
	for _, name := range names(n.table) {
		c := n.table[name]
		made := Node{Name: name, Weight: 1}
		switch c.kind {
		case kindString:
			made.Address = c.text
		case kindTable:
			d.into(c, &made)
		default:
			d.wrong(c, `an address such as "127.0.0.1:9000", or { address = "...", weight = 2 }`)
			continue
		}
		*ns = append(*ns, made)
	}
}

// DNS finds nodes by name.
type DNS struct {
	Name   string   `toml:"name" required:"yes" doc:"host and port for A and AAAA records, a service name for SRV"`
	Type   string   `toml:"type" default:"a" enum:"a|srv" doc:"records that are asked for: addresses, or SRV"`
	Every  Duration `toml:"every" default:"5s" min:"100ms" max:"24h" doc:"longest time between two questions; a record's TTL shortens it to at least a second"`
	Server string   `toml:"server" doc:"host and port of the server that is asked; those of /etc/resolv.conf when not written"`
}

// UpstreamTLS is TLS to the nodes of an upstream. The nodes' certificates are always verified.
type UpstreamTLS struct {
	ServerName string `toml:"server_name" doc:"name in the nodes' certificates; the host of the address when not written"`
	CA         Path   `toml:"ca" doc:"authorities, PEM; the system's when not written"`
	Cert       Path   `toml:"cert" doc:"certificate shown to the nodes, PEM"`
	Key        Path   `toml:"key" doc:"its private key, PEM"`
	Min        string `toml:"min" default:"1.2" enum:"1.2|1.3" doc:"least version"`
}

// Balance is how a node is chosen.
type Balance struct {
	Policy string    // "p2c", "least", "round-robin", "random" or "hash"
	Key    Attribute // of hash
}

var balances = []string{"p2c", "least", "round-robin", "random"}

// UnmarshalText reads a policy, or hash: and an attribute.
func (b *Balance) UnmarshalText(text []byte) error {
	s := string(text)
	if attribute, found := strings.CutPrefix(s, "hash:"); found {
		b.Policy = "hash"
		return b.Key.UnmarshalText([]byte(attribute))
	}
	for _, known := range balances {
		if s == known {
			*b = Balance{Policy: s}
			return nil
		}
	}
	if near := nearest(s, balances); near != "" {
		return fmt.Errorf("%q is not a way to balance; did you mean %q?", s, near)
	}
	return fmt.Errorf(`%q is not a way to balance; it takes "p2c", "least", "round-robin", "random" or "hash:ATTRIBUTE"`, s)
}

// String returns the policy as it is written.
func (b Balance) String() string {
	if b.Policy == "hash" {
		return "hash:" + b.Key.String()
	}
	return b.Policy
}

// MarshalText returns what String returns.
func (b Balance) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// Pool is the connections to each node.
type Pool struct {
	Max     int      `toml:"max" default:"512" min:"1" max:"65535" doc:"connections to a node"`
	Idle    Duration `toml:"idle" default:"4s" min:"1ms" max:"1h" doc:"how long one is kept unused; below the node's own keep-alive time"`
	Connect Duration `toml:"connect" default:"500ms" min:"1ms" max:"1m" doc:"how long connecting may take"`
	Wait    Duration `toml:"wait" default:"100ms" max:"1m" doc:"how long a request waits for a connection when all are in use"`
}

// UpstreamLimit bounds the requests at an upstream, so that a slow one fills its own room only.
type UpstreamLimit struct {
	Max     int      `toml:"max" min:"1" doc:"of the upstream; no limit when not written"`
	PerNode int      `toml:"per_node" min:"1" doc:"of a node; no limit when not written"`
	Queue   int      `toml:"queue" default:"0" min:"0" doc:"requests that wait for a place"`
	Wait    Duration `toml:"wait" default:"100ms" min:"1ms" max:"1m" doc:"how long they wait"`
}

// Health probes nodes.
type Health struct {
	Path    string   `toml:"path" doc:"path that is asked for with GET; a TCP connection alone when not written"`
	Host    string   `toml:"host" doc:"Host of the probe; the node's address when not written"`
	Status  []int    `toml:"status" default:"200" doc:"answers that are healthy"`
	Every   Duration `toml:"every" default:"2s" min:"10ms" max:"1h" doc:"time between two probes of a node, with jitter"`
	Timeout Duration `toml:"timeout" default:"1s" min:"1ms" max:"1m" doc:"how long an answer is waited for"`
	Rise    int      `toml:"rise" default:"2" min:"1" max:"100" doc:"good probes in a row that make a node healthy"`
	Fall    int      `toml:"fall" default:"3" min:"1" max:"100" doc:"bad probes in a row that make a node unhealthy"`
	Panic   Percent  `toml:"panic" default:"0%" doc:"when fewer nodes than this are healthy, all are used"`
}

// Eject takes nodes that fail out for a while.
type Eject struct {
	Errors      Percent  `toml:"errors" default:"50%" doc:"share of failures"`
	Window      Duration `toml:"window" default:"10s" min:"1s" max:"1h" doc:"time over which it is counted"`
	MinRequests int      `toml:"min_requests" default:"20" min:"1" doc:"requests to a node before it is judged"`
	For         Duration `toml:"for" default:"30s" min:"100ms" max:"1h" doc:"first time out; it grows with each further one"`
	Max         Percent  `toml:"max" default:"40%" doc:"share of the nodes that may be out"`
	On          []string `toml:"on" default:"connect, reset, timeout, 5xx" enum:"connect|reset|timeout|5xx" doc:"what is a failure"`
	Latency     float64  `toml:"latency" min:"1.1" doc:"also when a node is this many times slower than the median node"`
}

// Breaker refuses at once while an upstream fails.
type Breaker struct {
	Errors      Percent  `toml:"errors" default:"50%" doc:"share of 5xx, resets and timeouts"`
	Slow        Duration `toml:"slow" doc:"answers that take longer count as slow; none when not written"`
	SlowCalls   Percent  `toml:"slow_calls" default:"50%" doc:"share of slow answers"`
	Window      Duration `toml:"window" default:"10s" min:"1s" max:"1h" doc:"time over which they are counted"`
	MinRequests int      `toml:"min_requests" default:"50" min:"1" doc:"requests before it is judged"`
	Open        Duration `toml:"open" default:"5s" min:"10ms" max:"1h" doc:"how long everything is refused before trials"`
	Trials      int      `toml:"trials" default:"3" min:"1" max:"1000" doc:"requests that try whether it is well again"`
}

// Retry is when a request is tried again elsewhere.
type Retry struct {
	Attempts int      `toml:"attempts" default:"2" min:"1" max:"10" doc:"attempts together; 1 for no retry"`
	On       []string `toml:"on" default:"connect, stale" enum:"connect|stale|reset|timeout|502|503|504" doc:"failures that are tried again; a POST only when nothing was sent"`
	Budget   Percent  `toml:"budget" default:"10%" doc:"retries beside recent requests"`
}

// Hedge sends a second request when the first is slow, and takes the first answer.
type Hedge struct {
	After   string   `toml:"after" default:"p95" enum:"p50|p75|p90|p95|p99" doc:"quantile of the upstream's latency"`
	Methods []string `toml:"methods" default:"GET, HEAD" enum:"GET|HEAD|OPTIONS" doc:"methods that may be sent twice"`
	Budget  Percent  `toml:"budget" default:"2%" doc:"hedges beside recent requests"`
}
