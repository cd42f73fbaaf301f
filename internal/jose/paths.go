package jose

import "strings"

// Paths is a set of claims to be picked out of a payload in one pass. It is built when a configuration is
// compiled and never changes. The registered claims that a Verifier judges are always part of it.
//
// A path is the name of a top-level claim, or several names joined by dots that lead through nested objects
// ("realm_access.roles"). A name that holds dots itself ("https://example.com/roles") is found too: the claim
// whose whole name is the path wins over the nested one.
type Paths struct {
	root  node
	index map[string]int
	count int   // of slots; a path with dots has a second one for its nested reading
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

// NewPaths compiles paths; equal ones share a slot.
func NewPaths(paths ...string) *Paths {
	p := newPaths("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid")
	for _, path := range paths {
		p.add(path)
	}
	return p
}

// newPaths makes a set of plain names, with slots in the order of the names.
func newPaths(names ...string) *Paths {
	p := &Paths{root: node{slot: -1}, index: make(map[string]int)}
	for _, name := range names {
		p.index[name] = p.put(name)
	}
	return p
}

func (p *Paths) add(path string) {
	if _, known := p.index[path]; known {
		return
	}
	slot := p.put(path)
	p.index[path] = slot
	if names := strings.Split(path, "."); len(names) > 1 {
		p.twin[slot] = p.put(names...)
	}
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

// Slot returns the place of path for Token.Claim, or -1 if the path is not in the set.
func (p *Paths) Slot(path string) int {
	if slot, ok := p.index[path]; ok {
		return slot
	}
	return -1
}

// value returns what was found for a slot.
func (p *Paths) value(found []Value, slot int) Value {
	if found[slot].Kind == Missing && p.twin[slot] >= 0 {
		slot = p.twin[slot]
	}
	return found[slot]
}
