package lb

import (
	"cmp"
	"math/bits"
	"slices"
)

// ring is a consistent-hash ring. Every node has points on it in proportion to its weight, placed by its name alone, so
// that all gateways agree, and a node that comes or goes takes or leaves only what is its own. Immutable.
type ring struct {
	nodes  []*node
	points []point  // by hash
	index  []uint32 // by the first bits of a hash: the first point that is not before them
	shift  uint
}

type point struct {
	hash uint64
	node uint32 // index into nodes
}

const (
	ringPoints    = 256     // of a node of average weight
	ringMaxPoints = 1 << 16 // of all nodes together; with more nodes each has fewer
)

// newRing places nodes with at least one point each.
func newRing(nodes []*node, weights []float64) *ring {
	r := &ring{nodes: nodes}
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	each := min(ringPoints, float64(ringMaxPoints)/float64(len(nodes)))
	for i, n := range nodes {
		seed := hash(n.name)
		for k := range max(1, int(each*weights[i]*float64(len(nodes))/sum)) {
			r.points = append(r.points, point{mix(seed + uint64(k)), uint32(i)})
		}
	}
	slices.SortFunc(r.points, func(a, b point) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(nodes[a.node].name, nodes[b.node].name))
	})
	width := bits.Len(uint(len(r.points)))
	r.shift = uint(64 - width)
	r.index = make([]uint32, 1<<width)
	at := 0
	for prefix := range r.index {
		for at < len(r.points) && r.points[at].hash>>r.shift < uint64(prefix) {
			at++
		}
		r.index[prefix] = uint32(at)
	}
	return r
}

// find returns the index of the point that owns a hash: the first one at it or behind it, round the end.
func (r *ring) find(hash uint64) int {
	at := int(r.index[hash>>r.shift])
	for at < len(r.points) && r.points[at].hash < hash {
		at++
	}
	if at == len(r.points) {
		return 0
	}
	return at
}

// HashKey returns the hash of what Call.HashKey and the key of a split are made of; never 0. It is the same in every process
// and every release, so that all gateways send a key to the same node.
func HashKey(value []byte) uint64 { return max(1, hash(value)) }

// hash is FNV-1a, finished by mix.
func hash[T string | []byte](value T) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(value) {
		h = (h ^ uint64(value[i])) * 1099511628211
	}
	return mix(h)
}

// mix spreads every bit over all others (the finaliser of splitmix64).
func mix(h uint64) uint64 {
	h += 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
