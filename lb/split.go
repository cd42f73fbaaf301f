package lb

import (
	"fmt"
	"io"
	"math/bits"
	"math/rand/v2"
	"reflect"

	"sallyport/conf"
)

// Split sends the requests of one route to several upstreams, each its share. It is compiled with the route and immutable, apart
// from what its canary has learnt.
type Split struct {
	arms   []arm
	sum    uint64  // of the weights
	canary *canary // nil without one
}

// arm is one upstream of a split.
type arm struct {
	upstream *Upstream
	name     string
	upTo     uint64 // the sum of the weights up to and with this one
}

// CompileSplit makes the split of a route that goes to one or several upstreams, which must be compiled already. What the canary of
// the previous generation's split has learnt, and whether it was left, is taken over while the definition is the same;
// previous may be nil.
func CompileSplit(c *conf.Route, upstreams map[string]*Upstream, previous *Split) (*Split, error) {
	s := &Split{}
	for _, to := range c.To {
		u := upstreams[to.Upstream]
		if u == nil {
			return nil, fmt.Errorf("there is no upstream %q", to.Upstream)
		}
		s.sum += uint64(to.Weight)
		s.arms = append(s.arms, arm{u, to.Upstream, s.sum})
	}
	if s.sum == 0 {
		return nil, fmt.Errorf("no upstream of route %q has a weight", c.Name)
	}
	if c.Canary != nil && len(s.arms) > 1 {
		s.canary = newCanary(c)
		if previous != nil && previous.canary != nil && previous.canary.same(s.canary) {
			s.canary = previous.canary
		}
	}
	return s, nil
}

// Choose returns the upstream for a call: the one that wanted names, if it is one of them, and otherwise by weight. Calls with the same
// key, unless it is zero, get the same upstream for as long as its share does not shrink. It neither blocks nor allocates.
func (s *Split) Choose(c *Call, key uint64, wanted []byte) *Upstream {
	a := s.choose(key, wanted)
	if s.canary != nil {
		c.watch = s.canary
		c.canary = a.name == s.canary.name
	}
	return a.upstream
}

func (s *Split) choose(key uint64, wanted []byte) *arm {
	if len(s.arms) == 1 {
		return &s.arms[0]
	}
	if len(wanted) > 0 {
		for i := range s.arms {
			if s.arms[i].name == string(wanted) {
				return &s.arms[i]
			}
		}
	}
	if key == 0 {
		key = rand.Uint64()
	}
	a := s.at(part(mix(key), s.sum))
	if s.canary != nil && a.name == s.canary.name && s.canary.left() {
		return s.stable(key)
	}
	return a
}

// at returns the arm whose share a number below the sum falls into.
func (s *Split) at(n uint64) *arm {
	i := 0
	for n >= s.arms[i].upTo {
		i++
	}
	return &s.arms[i]
}

// stable returns an arm by weight as if the canary did not exist; the canary when there is nothing else.
func (s *Split) stable(key uint64) *arm {
	from, to := uint64(0), uint64(0)
	for i := range s.arms {
		if to = s.arms[i].upTo; s.arms[i].name == s.canary.name {
			break
		}
		from = to
	}
	others := s.sum - (to - from)
	if others == 0 {
		return s.at(from)
	}
	n := part(mix(key+1), others) // not the bits that led to the canary
	if n >= from {
		n += to - from
	}
	return s.at(n)
}

// part maps a hash to a number below n in proportion, so that equal shares of two sums are the same hashes.
func part(hash, n uint64) uint64 {
	high, _ := bits.Mul64(hash, n)
	return high
}

// Canary returns what is known about the split's canary; nil when it has none.
func (s *Split) Canary() *CanaryStatus {
	if s == nil || s.canary == nil {
		return nil
	}
	return s.canary.status()
}

// WriteMetrics writes the metrics of the split's canary in the text form of Prometheus.
func (s *Split) WriteMetrics(w io.Writer) {
	c := s.Canary()
	if c == nil {
		return
	}
	aborted := 0
	if c.Aborted {
		aborted = 1
	}
	fmt.Fprintf(w, "sallyport_canary_aborted{route=%q,upstream=%q} %d\n", c.Route, c.Upstream, aborted)
}

// same reports whether two canaries watch the same thing.
func (k *canary) same(other *canary) bool {
	return k.route == other.route && reflect.DeepEqual(k.conf, other.conf) && reflect.DeepEqual(k.to, other.to)
}
