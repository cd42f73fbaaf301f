package conf

// Policy is a set of rules with a name, for routes to use.
type Policy struct {
	Name string `toml:"-"`
	Rules
}

// Rules are what a policy and a route can both say. A route's word beats a policy's, and a later policy's an earlier one's.
type Rules struct {
	Address        *Address              `toml:"address" merge:"keys" doc:"which client addresses are let in"`
	Auth           *Auth                 `toml:"auth" doc:"who is let in: \"anonymous\", { any = [...] } or { all = [...] } of issuer:NAME, keys:NAME, basic:NAME, signature:NAME, mtls, mtls:NAME"`
	Require        Requires              `toml:"require" merge:"all" doc:"what the caller must hold; a table or a list of them, and all of every policy and of the route must hold"`
	Rate           *RateLimit            `toml:"rate" doc:"a limit of requests in time"`
	Rates          map[string]*RateLimit `toml:"rates" merge:"names" doc:"more limits, by name; all apply"`
	Cost           int                   `toml:"cost" default:"1" min:"1" max:"1000000" doc:"what a request takes from its rate limits"`
	Concurrency    *Concurrency          `toml:"concurrency" doc:"a limit of requests at the same time"`
	Quota          *Quota                `toml:"quota" doc:"a limit by calendar"`
	Penalty        *Penalty              `toml:"penalty" doc:"what becomes of who is refused again and again"`
	Penalties      map[string]*Penalty   `toml:"penalties" merge:"names" doc:"more penalties, by name; all apply"`
	Content        *Content              `toml:"content" merge:"keys" doc:"what a body may be"`
	WAF            *WAF                  `toml:"waf" merge:"keys" doc:"attack detection"`
	Cache          *Cache                `toml:"cache" merge:"keys" doc:"an RFC 9111 shared cache; cache = {} is enough"`
	RequestHeaders *HeaderEdits          `toml:"request_headers" merge:"edits" doc:"changes of the fields that go upstream"`
	Headers        *HeaderEdits          `toml:"headers" merge:"edits" doc:"changes of the fields that go to the client"`
	CORS           *CORS                 `toml:"cors" doc:"cross-origin answers, with the preflight answered here"`
	Mask           *Mask                 `toml:"mask" doc:"what is hidden in answers"`
	Forward        *Forward              `toml:"forward" merge:"keys" doc:"what the upstream is told about the caller"`
	Upgrade        []string              `toml:"upgrade" enum:"websocket" doc:"protocols a client may upgrade to; elsewhere Upgrade is stripped"`
	Timeout        RouteTimeout          `toml:"timeout" merge:"keys" doc:"times of this route; what is not written is the listener's"`
	Limits         RouteLimits           `toml:"limits" merge:"keys" doc:"sizes of this route; what is not written is the listener's"`
	Normalize      RouteNormalize        `toml:"normalize" merge:"keys" doc:"relaxations of this route; what is not written is the listener's"`
}

// RouteTimeout is how long a route waits. A zero is the listener's value; a zero Attempt is the request's.
type RouteTimeout struct {
	Request  Duration `toml:"request" min:"1ms" max:"24h" doc:"until the answer's head has come, over all attempts"`
	Attempt  Duration `toml:"attempt" min:"1ms" max:"24h" doc:"until the answer's head has come, of one attempt"`
	BodyIdle Duration `toml:"body_idle" min:"1ms" max:"24h" doc:"silence inside a body, in either direction"`
}

// RouteLimits are a route's own sizes. A zero is the listener's value.
type RouteLimits struct {
	Body Size `toml:"body" min:"1B" doc:"a request's body"`
}

// RouteNormalize is a route's own normalising. "" and nil are the listener's value.
type RouteNormalize struct {
	EncodedSlash      string `toml:"encoded_slash" enum:"reject|keep|decode" doc:"%2F and %5C in a path"`
	DotSegments       string `toml:"dot_segments" enum:"reject|resolve" doc:"/./ and /../, encoded or not"`
	PathParameters    string `toml:"path_parameters" enum:"reject|keep" doc:"; in a path"`
	MergeSlashes      *bool  `toml:"merge_slashes" doc:"take // for /; false refuses it"`
	UnderscoreHeaders string `toml:"underscore_headers" enum:"drop-if-collides|drop|keep|reject" doc:"field names with an underscore"`
}

// Address lets clients in by their address. Deny beats allow.
type Address struct {
	Allow []Network `toml:"allow" doc:"when written, only these are let in"`
	Deny  []Network `toml:"deny" doc:"these are refused"`
	Feeds []string  `toml:"feeds" doc:"lists of networks that are refused, by name"`
	Mode  Mode      `toml:"mode" default:"enforce" enum:"enforce|shadow|off" doc:"what a refusal does"`
}

// Feed is a list of networks that others keep.
type Feed struct {
	Name    string   `toml:"-"`
	File    Path     `toml:"file" doc:"lines of networks, watched"`
	URL     string   `toml:"url" doc:"lines of networks; https, or http to loopback"`
	Refresh Duration `toml:"refresh" default:"1h" min:"1s" max:"30d" doc:"how often a URL is read"`
}

// Content says what a request's body may be.
type Content struct {
	Types   []string `toml:"types" doc:"media types that are taken, such as application/json or image/*"`
	MaxBody Size     `toml:"max_body" doc:"the most that is buffered to look at; limits.body when not written"`
	Schema  Path     `toml:"schema" doc:"JSON Schema 2020-12 that a JSON body must satisfy"`
	Mode    Mode     `toml:"mode" default:"enforce" enum:"enforce|shadow|off" doc:"what a refusal does"`
}

// Mask says what is hidden in answers.
type Mask struct {
	JSON    []string `toml:"json" required:"yes" doc:"members of a JSON answer, dotted, * for each element"`
	With    string   `toml:"with" default:"***" doc:"what stands there instead"`
	MaxBody Size     `toml:"max_body" default:"1MiB" min:"1KiB" doc:"the most that is buffered; a longer answer is refused as upstream.malformed"`
}

// Forward says what the upstream is told about the caller. The fields named here are stripped from what a client sends.
type Forward struct {
	Token   string                `toml:"token" default:"forward" enum:"forward|remove|replace" doc:"the caller's credentials: passed on, removed, or replaced by a token that the gateway signs"`
	Headers map[string]*Attribute `toml:"headers" doc:"fields made of the caller's attributes, such as X-Tenant = \"principal.tenant\""`
}
