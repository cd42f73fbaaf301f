package conf

import (
	"fmt"
	"strconv"
	"strings"
)

// AttributeKind is where an attribute of a request is read.
type AttributeKind uint8

// The kinds of attributes.
const (
	ClientIP  AttributeKind = iota // the client's address, or the network of Bits around it
	Principal                      // issuer and subject, or the key's id
	Claim                          // principal.CLAIM: a claim, Path leads to it
	Header                         // header.NAME
	Cookie                         // cookie.NAME
	Query                          // query.NAME
	PathParam                      // path.NAME: a {name} segment of the route
	RouteName                      // route
	Host                           // host
)

// Attribute is one part of a request that a key is made of: client.ip, client.ip/24, principal, principal.CLAIM, header.NAME,
// cookie.NAME, query.NAME, path.NAME, route or host.
type Attribute struct {
	Kind AttributeKind
	Bits int      // of ClientIP: the prefix length, 0 when none is written
	Name string   // of Header, Cookie, Query, PathParam
	Path []string // of Claim: the members that lead to it; one with dots is written in quotes, principal."https://x.example/tenant"
}

// Late reports whether the attribute is known only after authentication.
func (a Attribute) Late() bool { return a.Kind == Principal || a.Kind == Claim }

const attributeGrammar = "client.ip, client.ip/24, principal, principal.CLAIM, header.NAME, cookie.NAME, query.NAME, path.NAME, route or host"

// UnmarshalText reads one attribute.
func (a *Attribute) UnmarshalText(text []byte) error {
	s := string(text)
	word, rest, dotted := strings.Cut(s, ".")
	var err error
	switch word {
	case "client":
		*a, err = clientAttribute(s, rest)
	case "principal":
		*a = Attribute{Kind: Principal}
		if dotted {
			a.Kind = Claim
			a.Path, err = claimPath(rest)
		}
	case "header", "cookie", "query", "path":
		kinds := map[string]AttributeKind{"header": Header, "cookie": Cookie, "query": Query, "path": PathParam}
		*a = Attribute{Kind: kinds[word], Name: rest}
		switch {
		case rest == "":
			err = fmt.Errorf("%q names no %s; write one such as %q", s, word, word+".name")
		case word != "query" && !isToken(rest):
			err = fmt.Errorf("%q is not an attribute: %q is not a name", s, rest)
		}
	case "route", "host":
		*a = Attribute{Kind: map[string]AttributeKind{"route": RouteName, "host": Host}[word]}
		if dotted {
			err = fmt.Errorf("%q is not an attribute; write %q", s, word)
		}
	default:
		err = fmt.Errorf("%q is not an attribute; the attributes are %s", s, attributeGrammar)
	}
	return err
}

func clientAttribute(s, rest string) (Attribute, error) {
	word, bits, found := strings.Cut(rest, "/")
	if word != "ip" {
		return Attribute{}, fmt.Errorf(`%q is not an attribute; write "client.ip" or "client.ip/24"`, s)
	}
	a := Attribute{Kind: ClientIP}
	if !found {
		return a, nil
	}
	n, err := strconv.Atoi(bits)
	if err != nil || n < 1 || n > 128 || strconv.Itoa(n) != bits {
		return a, fmt.Errorf(`%q has no prefix length from 1 to 128 after the slash; write one such as "client.ip/24"`, s)
	}
	a.Bits = n
	return a, nil
}

// ClaimPath splits a dotted claim name into the members that lead to the claim; one with dots is written in quotes.
func ClaimPath(s string) ([]string, error) { return claimPath(s) }

// claimPath splits a dotted claim name; a segment in double quotes may hold dots.
func claimPath(s string) ([]string, error) {
	var path []string
	for rest := s; ; {
		var name string
		if strings.HasPrefix(rest, `"`) {
			quoted, after, closed := strings.Cut(rest[1:], `"`)
			if !closed || after != "" && after[0] != '.' {
				return nil, fmt.Errorf("the claim %q has a quote without its partner", s)
			}
			name, rest = quoted, after
		} else if dot := strings.IndexByte(rest, '.'); dot >= 0 {
			name, rest = rest[:dot], rest[dot:]
		} else {
			name, rest = rest, ""
		}
		if name == "" {
			return nil, fmt.Errorf("the claim %q has an empty name in it", s)
		}
		path = append(path, name)
		if rest == "" {
			return path, nil
		}
		rest = rest[1:]
	}
}

func joinClaim(path []string) string {
	parts := make([]string, len(path))
	for i, name := range path {
		parts[i] = name
		if strings.Contains(name, ".") {
			parts[i] = `"` + name + `"`
		}
	}
	return strings.Join(parts, ".")
}

// String returns the attribute as it is written.
func (a Attribute) String() string {
	switch a.Kind {
	case ClientIP:
		if a.Bits > 0 {
			return "client.ip/" + strconv.Itoa(a.Bits)
		}
		return "client.ip"
	case Principal:
		return "principal"
	case Claim:
		return "principal." + joinClaim(a.Path)
	case Header:
		return "header." + a.Name
	case Cookie:
		return "cookie." + a.Name
	case Query:
		return "query." + a.Name
	case PathParam:
		return "path." + a.Name
	case RouteName:
		return "route"
	}
	return "host"
}

// MarshalText returns what String returns.
func (a Attribute) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Attributes is a key made of one attribute or of several together, in their order.
type Attributes []Attribute

// Late reports whether the key is known only after authentication.
func (as Attributes) Late() bool {
	for _, a := range as {
		if a.Late() {
			return true
		}
	}
	return false
}

// isToken reports whether s is a token of RFC 9110 section 5.6.2, as field and cookie names are.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return s != ""
}
