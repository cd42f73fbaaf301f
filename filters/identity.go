package filters

// Identity is who calls, as authentication found it.
type Identity struct {
	Authenticated bool
	Issuer        string    // the name of the issuer, keys file or other authenticator in the configuration
	Subject       []byte    // the token's sub, or the key's id
	Principal     []byte    // issuer and subject as one key for limits and caches
	AuthTime      int64     // when the caller proved who it is, in seconds since 1970; 0 when not known
	Bits          [4]uint64 // the scopes and claim values that policies mention; what a bit means was fixed at compile
	claims        []Offset  // into values, by index of Claims
	values        []byte
}

// Reset forgets the caller.
func (i *Identity) Reset() {
	*i = Identity{claims: i.claims[:0], values: kept(i.values), Subject: i.Subject[:0], Principal: kept(i.Principal)}
}

// CopyFrom makes i an independent copy of other.
func (i *Identity) CopyFrom(other *Identity) {
	subject, principal := append(i.Subject[:0], other.Subject...), append(i.Principal[:0], other.Principal...)
	claims, values := append(i.claims[:0], other.claims...), append(i.values[:0], other.values...)
	*i = *other
	i.Subject, i.Principal, i.claims, i.values = subject, principal, claims, values
}

// Claim returns the value of a claim by its index in Claims, nil when the caller has none.
func (i *Identity) Claim(index int) []byte {
	if index >= len(i.claims) || i.claims[index].From == i.claims[index].To {
		return nil
	}
	return i.values[i.claims[index].From:i.claims[index].To]
}

// SetClaim keeps a claim's value.
func (i *Identity) SetClaim(index int, value []byte) {
	for len(i.claims) <= index {
		i.claims = append(i.claims, Offset{})
	}
	from := len(i.values)
	i.values = append(i.values, value...)
	i.claims[index] = Offset{uint16(from), uint16(len(i.values))}
}

// Claims lists the claims that attributes, templates and policies of one configuration mention; only these are kept of a
// token. It is filled in while routes are compiled and does not change afterwards.
type Claims struct{ names []string }

// Index returns the place of a claim, given by its dotted path, and adds it when it is new.
func (c *Claims) Index(path string) int {
	for i, n := range c.names {
		if n == path {
			return i
		}
	}
	c.names = append(c.names, path)
	return len(c.names) - 1
}

// Names returns the paths by index.
func (c *Claims) Names() []string { return c.names }
