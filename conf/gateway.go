package conf

// Gateway is the process.
type Gateway struct {
	Name      string    `toml:"name" doc:"this node's name in logs and the cluster; the host's name when not written"`
	Threads   int       `toml:"threads" default:"0" min:"0" max:"1024" doc:"threads that run code at the same time; 0 means one per core that the process may use"`
	Memory    Size      `toml:"memory" min:"64MiB" doc:"soft limit of the runtime's memory; the caches are inside it"`
	Data      Folder    `toml:"data" doc:"folder for what survives a restart: revocations, key sets, quotas"`
	Drain     Drain     `toml:"drain" doc:"how the process ends"`
	Reload    Reload    `toml:"reload" doc:"how a changed configuration is taken over"`
	Admin     Admin     `toml:"admin" doc:"the operators' port"`
	Caches    Caches    `toml:"caches" doc:"memory of the stores"`
	RequestID RequestID `toml:"request_id" doc:"the id of a request"`
}

// Drain is how long the parts of a shutdown may take, one after another.
type Drain struct {
	Quiet    Duration `toml:"quiet" default:"5s" max:"10m" doc:"readiness is red and new connections are still served"`
	Requests Duration `toml:"requests" default:"20s" max:"1h" doc:"running requests may finish"`
	Streams  Duration `toml:"streams" default:"10m" max:"24h" doc:"running streams and upgraded connections may finish"`
}

// Reload says when the configuration is read again.
type Reload struct {
	Watch bool `toml:"watch" default:"true" doc:"reload when a file of the configuration changes"`
}

// Admin is the operators' port.
type Admin struct {
	Listen string `toml:"listen" default:"127.0.0.1:9090" doc:"address and port; \"off\" for none"`
	Token  Secret `toml:"token" doc:"who presents it may change state; an address that is not loopback needs one"`
}

// Caches are the sizes of the process's stores.
type Caches struct {
	Tokens    Size `toml:"tokens" default:"64MiB" min:"1MiB" doc:"verified tokens"`
	Responses Size `toml:"responses" default:"256MiB" min:"1MiB" doc:"stored responses, of all routes"`
	Limits    Size `toml:"limits" default:"64MiB" min:"1MiB" doc:"what limits, quotas and penalties remember, shared by those that do not say how many keys they count"`
}

// RequestID is how a request gets its id.
type RequestID struct {
	Header string `toml:"header" default:"X-Request-ID" doc:"the field that carries it, upstream and in the answer; a peer in client_ip.trust may bring its own"`
}
