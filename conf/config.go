// Package conf is the whole configuration: one struct per TOML table, strict loading that reports every mistake at once with
// its place, and the analysis that needs nothing but the files.
//
// A loaded Config is effective: includes are merged, the policies that a route uses are part of the route, and every default is
// filled in. It is not changed after loading and may be read by many goroutines.
package conf

// Schema is the version of the configuration language that this package reads.
const Schema = 1

// Config is a whole configuration.
type Config struct {
	Schema       int                     `toml:"schema" required:"yes" doc:"version of this language: 1"`
	Include      []string                `toml:"include" doc:"more files to merge, as names or patterns such as conf.d/*.toml; a name defined twice is an error"`
	Gateway      Gateway                 `toml:"gateway" doc:"the process"`
	Listeners    map[string]*Listener    `toml:"listeners" doc:"where clients connect"`
	Issuers      map[string]*Issuer      `toml:"issuers" doc:"who signs tokens; auth refers to one as issuer:NAME"`
	Keys         map[string]*Keys        `toml:"keys" doc:"API keys; auth refers to them as keys:NAME"`
	Basic        map[string]*Basic       `toml:"basic" doc:"users with passwords; auth refers to them as basic:NAME"`
	Signatures   map[string]*Signature   `toml:"signatures" doc:"HTTP message signatures; auth refers to them as signature:NAME"`
	Certificates map[string]*Certificate `toml:"certificates" doc:"client certificates; auth refers to them as mtls:NAME, and to any that a listener verifies as mtls"`
	Feeds        map[string]*Feed        `toml:"feeds" doc:"lists of networks that are kept by others; address.feeds refers to them"`
	Policies     map[string]*Policy      `toml:"policies" doc:"rules that routes take with use"`
	Rulesets     map[string]*Ruleset     `toml:"rulesets" doc:"WAF rules of your own; waf.ruleset refers to one"`
	Upstreams    map[string]*Upstream    `toml:"upstreams" doc:"where requests go"`
	Routes       map[string]*Route       `toml:"routes" doc:"which requests are let in, on what terms, and where they go"`
	State        *State                  `toml:"state" doc:"the store that the nodes of a cluster share; without it every limit is this node's own"`
	Observe      Observe                 `toml:"observe" doc:"logs"`
	Tests        map[string]*Test        `toml:"tests" doc:"what the configuration must do; a failing test stops a reload"`

	file    string
	root    *node
	sources []string
}

// Sources returns the files that the configuration was read from, and the folders in which a file could appear that it
// includes. A change of any of them may change the configuration.
func (c *Config) Sources() []string { return c.sources }

// At returns the place of the value that a path of keys leads to, such as At("routes", "orders", "rate"). What a route has from a
// policy is found where the policy says it. When the value is not written, it is the place of the nearest table around it.
func (c *Config) At(path ...string) Position {
	n, whole := c.root.find(path...)
	switch {
	case n == nil || n == c.root:
		return Position{File: c.file}
	case whole:
		return n.place
	}
	return n.name
}

// Has reports whether the value that a path of keys leads to is written, and not a default.
func (c *Config) Has(path ...string) bool {
	_, whole := c.root.find(path...)
	return whole
}
