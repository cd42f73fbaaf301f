package conf

// Cache is a shared cache as RFC 9111 has it.
type Cache struct {
	TTL          Duration   `toml:"ttl" max:"365d" doc:"lifetime where the origin says nothing; heuristics when not written"`
	VaryOn       Attributes `toml:"vary_on" doc:"attributes that an entry is kept apart by; without them an authenticated request's entry is its principal's own"`
	Collapse     bool       `toml:"collapse" default:"true" doc:"one request to the origin for many of the same"`
	StaleIfError Duration   `toml:"stale_if_error" default:"60s" max:"30d" doc:"how long a stale answer serves while the origin is broken"`
	SetCookie    string     `toml:"set_cookie" default:"bypass" enum:"bypass|strip|store" doc:"an answer that sets a cookie: not stored, stored without it, or stored with it"`
	MaxBody      Size       `toml:"max_body" default:"8MiB" min:"1B" doc:"the largest body that is stored; larger ones stream past"`
}

// Caches reports whether any route has a cache.
func (c *Config) Caches() bool {
	for _, r := range c.Routes {
		if r.Cache != nil {
			return true
		}
	}
	return false
}
