package conf

// Issuer is who signs tokens.
type Issuer struct {
	Name       string      `toml:"-"`
	Issuer     string      `toml:"issuer" required:"yes" doc:"the iss of its tokens; an https URL where keys are discovered"`
	Audiences  []string    `toml:"audiences" required:"yes" doc:"aud must hold one of them"`
	Algorithms []string    `toml:"algorithms" default:"RS256, ES256, EdDSA" enum:"RS256|RS384|RS512|PS256|PS384|PS512|ES256|ES384|ES512|EdDSA|HS256|HS384|HS512" doc:"signatures that are taken; never chosen by the token; HS only with keys from a file"`
	Types      []string    `toml:"types" doc:"values of typ that are taken, such as at+jwt; when written, typ must be present"`
	Skew       Duration    `toml:"skew" default:"30s" max:"10m" doc:"difference of clocks that exp, nbf and iat are given"`
	JWKS       JWKS        `toml:"jwks" doc:"its keys; found by discovery when neither url nor file is written"`
	Introspect *Introspect `toml:"introspect" doc:"RFC 7662, for opaque tokens"`
	Revocation *Revocation `toml:"revocation" doc:"what its tokens can be revoked by"`
	Scopes     string      `toml:"scopes" doc:"the claim that holds scopes, dotted; scope and scp when not written"`
	Roles      string      `toml:"roles" doc:"the claim that holds roles, dotted; roles and groups when not written"`
	DPoP       string      `toml:"dpop" default:"off" enum:"off|optional|required" doc:"RFC 9449 proofs"`
}

// JWKS is where an issuer's keys are.
type JWKS struct {
	URL        string   `toml:"url" doc:"a key set; https, or http to loopback"`
	File       Path     `toml:"file" doc:"a key set in a file, watched"`
	Refresh    Duration `toml:"refresh" default:"10m" min:"1s" max:"7d" doc:"how often a URL is read"`
	MinRefetch Duration `toml:"min_refetch" default:"30s" min:"100ms" max:"24h" doc:"least time between two readings, however many unknown keys are seen"`
	MaxStale   Duration `toml:"max_stale" default:"1d" max:"90d" doc:"how long keys serve while the URL cannot be read"`
}

// Introspect is an RFC 7662 endpoint.
type Introspect struct {
	URL          string   `toml:"url" required:"yes" doc:"endpoint; https, or http to loopback"`
	ClientID     string   `toml:"client_id" doc:"who asks"`
	ClientSecret Secret   `toml:"client_secret" doc:"its secret"`
	Cache        Duration `toml:"cache" default:"30s" max:"24h" doc:"how long an answer is kept"`
	Timeout      Duration `toml:"timeout" default:"2s" min:"1ms" max:"1m" doc:"how long an answer is waited for"`
}

// Revocation says what tokens can be revoked by.
type Revocation struct {
	By []string `toml:"by" default:"jti, sub, sid, kid" enum:"jti|sub|sid|kid" doc:"the members that a revocation may name"`
}

// Keys are the API keys of one file: digests, made by "sallyport keys new".
type Keys struct {
	Name   string `toml:"-"`
	File   Path   `toml:"file" required:"yes" doc:"the keys file, watched"`
	Header string `toml:"header" default:"X-API-Key" doc:"the field that carries a key"`
}

// Basic is a file of users and password digests for RFC 7617.
type Basic struct {
	Name  string `toml:"-"`
	File  Path   `toml:"file" required:"yes" doc:"lines of user:digest, argon2id or bcrypt, watched"`
	Realm string `toml:"realm" default:"sallyport" doc:"shown to the user who is asked"`
}

// Signature is how HTTP message signatures, RFC 9421, are verified.
type Signature struct {
	Name       string   `toml:"-"`
	File       Path     `toml:"file" required:"yes" doc:"a key set with Ed25519, ECDSA or HMAC keys, watched"`
	Components []string `toml:"components" default:"@method, @target-uri" doc:"what a signature must cover at least"`
	MaxAge     Duration `toml:"max_age" default:"5m" min:"1s" max:"24h" doc:"how old a signature may be"`
}

// Certificate is a set of names in client certificates. A certificate belongs to it when one of its names is listed.
type Certificate struct {
	Name  string   `toml:"-"`
	URI   []string `toml:"uri" doc:"URI names such as spiffe://corp.example/ns/prod/*"`
	DNS   []string `toml:"dns" doc:"DNS names such as *.corp.example"`
	Email []string `toml:"email" doc:"e-mail addresses, or @corp.example"`
}
