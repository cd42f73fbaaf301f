package conf

// Requires are the requirements of a route and of every policy that it uses: all of them must hold.
type Requires []Require

// Require is what a caller must hold. Everything written in it must be true.
type Require struct {
	Methods   []string   `toml:"methods" doc:"only for these methods; all when not written"`
	ScopesAll []string   `toml:"scopes_all" doc:"every one of these scopes"`
	ScopesAny []string   `toml:"scopes_any" doc:"one of these scopes"`
	RolesAll  []string   `toml:"roles_all" doc:"every one of these roles"`
	RolesAny  []string   `toml:"roles_any" doc:"one of these roles"`
	Claims    ClaimRules `toml:"claims" doc:"claims by name, a dotted one in quotes: \"x\" or [\"x\", \"y\"] for one of these, true for present, { equals = \"path.tenant\" } for the value of an attribute"`
	ACR       []string   `toml:"acr" doc:"one of these authentication classes, RFC 9470"`
	MaxAge    Duration   `toml:"max_age" doc:"how long ago the caller may have authenticated, RFC 9470"`
	Mode      Mode       `toml:"mode" default:"enforce" enum:"enforce|shadow|off" doc:"what a refusal does"`
}

func (rs *Requires) fromNode(d *decoder, n *node) {
	for _, one := range n.oneOrMore() {
		var r Require
		if one.kind != kindTable {
			d.wrong(one, `a table such as { scopes_any = ["api"] }`)
			continue
		}
		d.into(one, &r)
		*rs = append(*rs, r)
	}
}

// ClaimRules are rules about claims, in the order of their names.
type ClaimRules []ClaimRule

// ClaimRule is what one claim must be. Exactly one of OneOf, Present and Equals is set.
type ClaimRule struct {
	Path    []string // the members that lead to the claim
	OneOf   []string // the claim, or an element of it, is one of these
	Present bool     // the claim is there
	Equals  *Attribute
}

// Claim returns the claim's name as it is written.
func (r ClaimRule) Claim() string { return joinClaim(r.Path) }

func (rs *ClaimRules) fromNode(d *decoder, n *node) {
	if n.kind != kindTable {
		d.wrong(n, `a table such as { tenant = ["t1", "t2"] }`)
		return
	}
	for _, name := range names(n.table) {
		c := n.table[name]
		path, err := claimPath(name)
		if err != nil {
			d.errorf(c.name, "%v", err)
			continue
		}
		r := ClaimRule{Path: path}
		if d.claimRule(c, &r) {
			*rs = append(*rs, r)
		}
	}
}

func (d *decoder) claimRule(n *node, r *ClaimRule) bool {
	const right = `"x", ["x", "y"], true or { equals = "path.NAME" }`
	switch n.kind {
	case kindBool:
		r.Present = n.truth
		if !n.truth {
			d.wrong(n, right)
		}
		return n.truth
	case kindString, kindInteger:
		r.OneOf = []string{n.text}
		return true
	case kindArray:
		for _, e := range n.array {
			if e.kind != kindString && e.kind != kindInteger {
				e.key = n.key
				d.wrong(e, right)
				return false
			}
			r.OneOf = append(r.OneOf, e.text)
		}
		if len(n.array) == 0 {
			d.errorf(n.place, "%s has no value that it may be; it takes %s", n.key, right)
		}
		return len(n.array) > 0
	case kindTable:
		if n.child("equals") == nil {
			for _, key := range n.keys {
				d.errorf(n.name, "a claim inside another is written in quotes: %q", n.key+"."+key)
				return false
			}
		}
		var t struct {
			Equals *Attribute `toml:"equals" required:"yes"`
		}
		before := len(d.problems)
		d.into(n, &t)
		r.Equals = t.Equals
		return len(d.problems) == before
	}
	d.wrong(n, right)
	return false
}

// oneOrMore returns the elements of a list, or n itself.
func (n *node) oneOrMore() []*node {
	if n.kind != kindArray {
		return []*node{n}
	}
	for _, e := range n.array {
		e.key = n.key
	}
	return n.array
}
