package jose

import "strings"

// Paths is a set of claims to be picked out of a payload in one pass. It is filled while a configuration is
// compiled and does not change afterwards. The registered claims that Rules judges are always part of it.
//
// A path is the name of a top-level claim, or several names that lead through nested objects ("realm_access", "roles").
// Since a dot in a name is easily taken for such a step, a claim whose whole name is the path joined with dots
// ("https://example.com/roles") is found too, and wins.
type Paths struct {
	root  node
	count int   // of slots
	twin  []int // by slot: where the nested reading is, or -1
}

type node struct {
	slot     int // of the value, or -1
	children map[string]*node
}

// The slots of the registered claims (RFC 7519 section 4.1; sid: OpenID Connect Front-Channel Logout).
const (
	slotIssuer = iota
	slotSubject
	slotAudience
	slotExpires
	slotNotBefore
	slotIssuedAt
	slotID
	slotSession
	registeredClaims
)

// NewPaths returns a set of the registered claims only.
func NewPaths() *Paths { return newPaths("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid") }

// newPaths makes a set of plain names, with slots in the order of the names.
func newPaths(names ...string) *Paths {
	p := &Paths{root: node{slot: -1}}
	for _, name := range names {
		p.put(name)
	}
	return p
}

// Add puts a path into the set and returns its slot, for Token.Claim. Equal paths have one slot.
func (p *Paths) Add(path ...string) int {
	slot := p.put(strings.Join(path, "."))
	if len(path) > 1 && p.twin[slot] < 0 {
		nested := p.put(path...) // grows twin
		p.twin[slot] = nested
	}
	return slot
}

func (p *Paths) put(names ...string) int {
	at := &p.root
	for _, name := range names {
		next := at.children[name]
		if next == nil {
			next = &node{slot: -1}
			if at.children == nil {
				at.children = make(map[string]*node)
			}
			at.children[name] = next
		}
		at = next
	}
	if at.slot < 0 {
		at.slot = p.count
		p.count++
		p.twin = append(p.twin, -1)
	}
	return at.slot
}

// value returns what was found for a slot.
func (p *Paths) value(found []Value, slot int) Value {
	if found[slot].Kind == Missing && p.twin[slot] >= 0 {
		slot = p.twin[slot]
	}
	return found[slot]
}
