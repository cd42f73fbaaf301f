package conf

// Listener is an address where clients connect.
type Listener struct {
	Name          string         `toml:"-"`
	Address       string         `toml:"address" required:"yes" doc:"address and port, such as :8080 or 10.0.0.1:8443"`
	ProxyProtocol *ProxyProtocol `toml:"proxy_protocol" doc:"PROXY protocol, version 1 and 2, from the balancer in front"`
	ClientIP      ClientAddress  `toml:"client_ip" doc:"whose address a request counts for"`
	TLS           *TLS           `toml:"tls" doc:"certificates; without it the listener is in clear text"`
	Limits        Limits         `toml:"limits" doc:"sizes and counts"`
	Timeouts      Timeouts       `toml:"timeouts" doc:"how long a client may take"`
	Normalize     Normalize      `toml:"normalize" doc:"how a target is made canonical"`
}

// ProxyProtocol is the header a layer 4 balancer puts before a connection's bytes.
type ProxyProtocol struct {
	From     []Network `toml:"from" required:"yes" doc:"networks it is believed from"`
	Required bool      `toml:"required" default:"true" doc:"refuse connections from these networks that come without it"`
}

// TLS is a listener's certificates and what it asks of clients.
type TLS struct {
	Min        string     `toml:"min" default:"1.2" enum:"1.2|1.3" doc:"least version"`
	Certs      []CertPair `toml:"certs" required:"yes" doc:"certificates with their keys, chosen by server name; the first is the default"`
	ClientAuth string     `toml:"client_auth" default:"none" enum:"none|optional|required" doc:"whether a client shows a certificate; one that is shown must verify"`
	ClientCA   Path       `toml:"client_ca" doc:"the authorities of client certificates, PEM"`
	ClientCRL  []Path     `toml:"client_crl" doc:"revocation lists of client certificates, PEM or DER"`
}

// CertPair is a certificate chain and its private key, both PEM.
type CertPair struct {
	Cert Path `toml:"cert" required:"yes" doc:"certificate chain, PEM"`
	Key  Path `toml:"key" required:"yes" doc:"private key, PEM"`
}

// Limits are the most that a listener takes.
type Limits struct {
	HeaderBytes      Size `toml:"header_bytes" default:"16KiB" min:"1KiB" max:"1MiB" doc:"request line and fields together"`
	Headers          int  `toml:"headers" default:"100" min:"4" max:"10000" doc:"fields of a request"`
	Body             Size `toml:"body" default:"1MiB" doc:"a request's body"`
	Connections      int  `toml:"connections" default:"20000" min:"1" doc:"connections at the same time"`
	ConnectionsPerIP int  `toml:"connections_per_ip" default:"200" min:"1" doc:"connections of one address at the same time"`
}

// Timeouts are how long a listener waits.
type Timeouts struct {
	Handshake Duration `toml:"handshake" default:"5s" min:"1ms" max:"10m" doc:"the TLS handshake and the PROXY header"`
	Header    Duration `toml:"header" default:"5s" min:"1ms" max:"10m" doc:"a request's head, from its first byte; more bytes do not extend it"`
	BodyIdle  Duration `toml:"body_idle" default:"10s" min:"1ms" max:"24h" doc:"silence inside a body, in either direction"`
	Idle      Duration `toml:"idle" default:"60s" min:"1ms" max:"24h" doc:"a kept connection without a request"`
	Request   Duration `toml:"request" default:"30s" min:"1ms" max:"24h" doc:"until the answer's head has come"`
}

// Normalize says how a target is made canonical, once, before anything looks at it.
type Normalize struct {
	EncodedSlash      string `toml:"encoded_slash" default:"reject" enum:"reject|keep|decode" doc:"%2F and %5C in a path"`
	DotSegments       string `toml:"dot_segments" default:"reject" enum:"reject|resolve" doc:"/./ and /../, encoded or not"`
	PathParameters    string `toml:"path_parameters" default:"keep" enum:"reject|keep" doc:"; in a path, which some upstreams cut off before they look at it"`
	MergeSlashes      bool   `toml:"merge_slashes" default:"true" doc:"take // for /; false refuses it"`
	UnderscoreHeaders string `toml:"underscore_headers" default:"drop-if-collides" enum:"drop-if-collides|drop|keep|reject" doc:"field names with an underscore, which some upstreams read as a dash"`
}

// ClientAddress says how the address of a client is found behind other proxies.
type ClientAddress struct {
	Trust  []Network `toml:"trust" doc:"networks of proxies whose word is taken"`
	Header string    `toml:"header" default:"X-Forwarded-For" doc:"the field that is read: the rightmost address in it that is not trusted"`
}
