package auth

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/jose"
)

// bits is a set of facts about a caller, as in filters.Identity.
type bits [4]uint64

const (
	maxFacts = len(bits{}) * 64
	maxKept  = 255 // claims whose values are used
)

func (b *bits) add(i int) { b[i/64] |= 1 << (i % 64) }
func (b *bits) join(other *bits) {
	b[0] |= other[0]
	b[1] |= other[1]
	b[2] |= other[2]
	b[3] |= other[3]
}
func (b *bits) empty() bool         { return b[0]|b[1]|b[2]|b[3] == 0 }
func (b *bits) within(o *bits) bool { return b[0]&^o[0]|b[1]&^o[1]|b[2]&^o[2]|b[3]&^o[3] == 0 }
func (b *bits) meets(o *bits) bool  { return b[0]&o[0]|b[1]&o[1]|b[2]&o[2]|b[3]&o[3] != 0 }

// facts is everything that the rules of one configuration ask about a caller, each a bit: has this scope, has this role,
// the claim is one of these values, the claim is there. While the configuration is compiled the rules add what they ask;
// after seal nothing changes, and claims are turned into bits in one pass.
type facts struct {
	names  []string // of the facts, by bit
	scopes map[string]int
	roles  map[string]int
	acr    map[string]int
	claims []*claimFacts

	// Set by seal:
	id        uint64 // stands for all of the above in records
	paths     *jose.Paths
	kept      [][]string // the claims whose values the configuration uses, by index in filters.Claims
	keptSlot  []int
	acrSlot   int
	authTime  int
	thumb     int // cnf.x5t#S256
	jkt       int // cnf.jkt
	clientID  int
	azp       int
	active    int // RFC 7662
	scopeSlot int
	events    int // RFC 8417
	subjectID int // RFC 9493
}

// claimFacts is what is asked about one claim.
type claimFacts struct {
	path    []string
	slot    int
	values  map[string]*bits
	present int // the bit of its presence, or -1
}

func newFacts() *facts {
	return &facts{scopes: map[string]int{}, roles: map[string]int{}, acr: map[string]int{}}
}

// fact returns the bit of a fact, by its name.
func (f *facts) fact(name string) (int, error) {
	if i := slices.Index(f.names, name); i >= 0 {
		return i, nil
	}
	if len(f.names) == maxFacts {
		return 0, fmt.Errorf("the configuration asks for more than %d different scopes, roles and claims", maxFacts)
	}
	f.names = append(f.names, name)
	return len(f.names) - 1, nil
}

func (f *facts) named(in map[string]int, kind, name string) (int, error) {
	i, err := f.fact(kind + " " + name)
	if err == nil {
		in[name] = i
	}
	return i, err
}

func (f *facts) scope(name string) (int, error) { return f.named(f.scopes, "scope", name) }
func (f *facts) role(name string) (int, error)  { return f.named(f.roles, "role", name) }
func (f *facts) class(name string) (int, error) { return f.named(f.acr, "acr", name) }

func (f *facts) claim(r *conf.ClaimRule) *claimFacts {
	for _, c := range f.claims {
		if slices.Equal(c.path, r.Path) {
			return c
		}
	}
	c := &claimFacts{path: r.Path, values: map[string]*bits{}, present: -1}
	f.claims = append(f.claims, c)
	return c
}

// present returns the bit of "the claim is there".
func (f *facts) present(r *conf.ClaimRule) (int, error) {
	i, err := f.fact("claim " + r.Claim())
	if err == nil {
		f.claim(r).present = i
	}
	return i, err
}

// oneOf returns the bit of "the claim, or an element of it, is one of these values".
func (f *facts) oneOf(r *conf.ClaimRule) (int, error) {
	values := slices.Sorted(slices.Values(r.OneOf))
	i, err := f.fact(fmt.Sprintf("claim %s in %q", r.Claim(), values))
	if err != nil {
		return 0, err
	}
	c := f.claim(r)
	for _, v := range values {
		if c.values[v] == nil {
			c.values[v] = new(bits)
		}
		c.values[v].add(i)
	}
	return i, nil
}

// seal fixes the facts. claims are those whose values are kept; issuers look for scopes and roles where they are told to.
func (f *facts) seal(claims *filters.Claims, issuers map[string]*issuer) error {
	f.paths = jose.NewPaths()
	f.acrSlot, f.authTime = f.paths.Add("acr"), f.paths.Add("auth_time")
	f.thumb, f.jkt = f.paths.Add("cnf", "x5t#S256"), f.paths.Add("cnf", "jkt")
	f.clientID, f.azp = f.paths.Add("client_id"), f.paths.Add("azp")
	f.active, f.scopeSlot = f.paths.Add("active"), f.paths.Add("scope")
	f.events, f.subjectID = f.paths.Add("events"), f.paths.Add("sub_id")
	for _, c := range f.claims {
		c.slot = f.paths.Add(c.path...)
	}
	if len(claims.Names()) > maxKept {
		return fmt.Errorf("the configuration uses the values of %d claims; %d are the most", len(claims.Names()), maxKept)
	}
	for _, name := range claims.Names() {
		path := strings.Split(name, ".") // Paths finds a claim with dots in its name all the same
		f.kept = append(f.kept, path)
		f.keptSlot = append(f.keptSlot, f.paths.Add(path...))
	}
	for _, i := range issuers {
		i.scopeSlots, i.roleSlots = i.scopeSlots[:0], i.roleSlots[:0]
		for _, path := range i.scopePaths {
			i.scopeSlots = append(i.scopeSlots, f.paths.Add(path...))
		}
		for _, path := range i.rolePaths {
			i.roleSlots = append(i.roleSlots, f.paths.Add(path...))
		}
	}
	sum := sha256.Sum256([]byte(strings.Join(f.names, "\n") + "\n\n" + strings.Join(claims.Names(), "\n")))
	f.id = binary.BigEndian.Uint64(sum[:])
	return nil
}

// of returns the facts about the caller whose claims t holds.
func (f *facts) of(t *jose.Token, i *issuer) bits {
	var b bits
	var room [128]byte
	for _, slot := range i.scopeSlots {
		addWords(&b, f.scopes, t.Claim(slot), room[:0])
	}
	for _, slot := range i.roleSlots {
		addWords(&b, f.roles, t.Claim(slot), room[:0])
	}
	if n, ok := f.acr[string(t.Claim(f.acrSlot).Text(room[:0]))]; ok {
		b.add(n)
	}
	for _, c := range f.claims {
		v := t.Claim(c.slot)
		if c.present >= 0 && v.Kind != jose.Missing && v.Kind != jose.Null {
			b.add(c.present)
		}
		if len(c.values) == 0 {
			continue
		}
		for e := v.Elements(); ; {
			one, more := e.Next()
			if !more {
				break
			}
			if !scalar(one) {
				continue
			}
			if facts := c.values[string(one.AppendText(room[:0]))]; facts != nil {
				b.join(facts)
			}
		}
	}
	return b
}

func scalar(v jose.Value) bool { return v.Kind != jose.Array && v.Kind != jose.Object }

// addWords adds the facts that v names: the words of a string, with spaces between them (RFC 6749 section 3.3), or the
// elements of an array.
func addWords(b *bits, in map[string]int, v jose.Value, scratch []byte) {
	if len(in) == 0 {
		return
	}
	if v.Kind == jose.String {
		for rest := v.Text(scratch); len(rest) > 0; {
			var word []byte
			word, rest, _ = bytes.Cut(rest, space)
			if n, ok := in[string(word)]; ok {
				b.add(n)
			}
		}
		return
	}
	for e := v.Elements(); ; {
		one, more := e.Next()
		if !more {
			return
		}
		if n, ok := in[string(one.Text(scratch))]; ok {
			b.add(n)
		}
	}
}

var space = []byte{' '}

// ofScopes returns the facts of a caller who has these scopes and nothing else, such as an API key.
func (f *facts) ofScopes(scopes []string) bits {
	var b bits
	for _, s := range scopes {
		if n, ok := f.scopes[s]; ok {
			b.add(n)
		}
	}
	return b
}

// keptClaim is the value of a claim that the configuration uses, by its index in filters.Claims.
type keptClaim struct {
	index int
	value []byte
}

// ownClaims returns what is used of these claims: what an authenticator without tokens knows about a caller, under the
// names that a token's claims would have.
func (f *facts) ownClaims(claims map[string]string) []keptClaim {
	var kept []keptClaim
	for index, path := range f.kept {
		if value := claims[strings.Join(path, ".")]; value != "" {
			kept = append(kept, keptClaim{index, []byte(value)})
		}
	}
	return kept
}
