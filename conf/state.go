package conf

// State is the store that the nodes of a cluster share.
type State struct {
	Engine    string    `toml:"engine" default:"redis" enum:"redis" doc:"Redis or what speaks like it"`
	Addresses []string  `toml:"addresses" required:"yes" doc:"host and port: one server, the seeds of a Redis Cluster, or the Sentinels"`
	Master    string    `toml:"master" doc:"the name Sentinels know the server by; makes addresses Sentinels"`
	Username  string    `toml:"username" doc:"ACL user"`
	Password  Secret    `toml:"password" doc:"its password"`
	Sentinel  Secret    `toml:"sentinel_password" doc:"the password of the Sentinels themselves; none when not written"`
	TLS       *StateTLS `toml:"tls" doc:"TLS to the store"`
	Prefix    string    `toml:"prefix" default:"sallyport:" doc:"what the names of all keys start with"`
	Timeout   Duration  `toml:"timeout" default:"5ms" min:"1ms" max:"10s" doc:"the longest that a request waits for the store"`
}

// StateTLS is TLS to the shared store.
type StateTLS struct {
	ServerName string `toml:"server_name" doc:"name in the certificate; the host of the address when not written"`
	CA         Path   `toml:"ca" doc:"authorities, PEM; the system's when not written"`
	Cert       Path   `toml:"cert" doc:"certificate shown to the store, PEM"`
	Key        Path   `toml:"key" doc:"its private key, PEM"`
}
