package conf

import "strings"

// Auth says who is let in. Exactly one of Anonymous, Any and All is set.
type Auth struct {
	Anonymous bool
	Any       []Authenticator // one of them knows the caller
	All       []Authenticator // every one of them knows the caller
}

// Authenticator refers to a way to know a caller: the kind of table and the name in it.
type Authenticator struct {
	Kind string // "issuer", "keys", "basic", "signature" or "mtls"
	Name string // "" for mtls alone: any certificate that the listener verified
}

// String returns the reference as it is written.
func (a Authenticator) String() string {
	if a.Name == "" {
		return a.Kind
	}
	return a.Kind + ":" + a.Name
}

const authForms = `"anonymous", { any = ["issuer:NAME"] } or { all = ["issuer:NAME", "mtls"] }`

func (a *Auth) fromNode(d *decoder, n *node) {
	if n.kind == kindString && n.text == "anonymous" {
		a.Anonymous = true
		return
	}
	if n.kind != kindTable {
		d.errorf(n.place, "auth is %s; it takes %s", n.shown(), authForms)
		return
	}
	var lists struct {
		Any []authReference `toml:"any"`
		All []authReference `toml:"all"`
	}
	before := len(d.problems)
	d.into(n, &lists)
	if len(d.problems) > before {
		return
	}
	switch {
	case len(lists.Any) > 0 && len(lists.All) > 0:
		d.errorf(n.place, "auth has both any and all; it takes %s", authForms)
		return
	case len(lists.Any)+len(lists.All) == 0:
		d.errorf(n.place, "auth lets nobody in; it takes %s", authForms)
		return
	}
	for _, r := range lists.Any {
		a.Any = append(a.Any, Authenticator(r))
	}
	for _, r := range lists.All {
		a.All = append(a.All, Authenticator(r))
	}
}

type authReference Authenticator

func (r *authReference) fromNode(d *decoder, n *node) {
	const forms = `"issuer:NAME", "keys:NAME", "basic:NAME", "signature:NAME", "mtls" or "mtls:NAME"`
	if n.kind != kindString {
		d.wrong(n, forms)
		return
	}
	kind, name, named := strings.Cut(n.text, ":")
	switch kind {
	case "issuer", "keys", "basic", "signature":
		named = named && name != ""
	case "mtls":
		named = !named || name != ""
	default:
		named = false
	}
	if !named {
		d.errorf(n.place, "%q is not a way to authenticate; it takes %s", n.text, forms)
		return
	}
	r.Kind, r.Name = kind, name
}
