package gateway

import (
	"sallyport/conf"
	"sallyport/internal/wire"
)

// Oddities that a relaxation lets pass.
const (
	slashOddities = wire.OddEncodedSlash | wire.OddBackslash | wire.OddDoubleEncoding
	dotOddities   = wire.OddDotSegment | wire.OddParameter
)

// oddities are which forms of a target are refused. What a route says nothing about is its listener's to say.
type oddities struct {
	said   wire.Oddity
	refuse wire.Oddity // of those in said
}

// newOddities takes the relaxations of a route.
func newOddities(c conf.RouteNormalize) (o oddities) {
	o.say(c.EncodedSlash != "", c.EncodedSlash == "reject", slashOddities)
	o.say(c.DotSegments != "", c.DotSegments == "reject", dotOddities)
	o.say(c.MergeSlashes != nil, c.MergeSlashes != nil && !*c.MergeSlashes, wire.OddEmptySegment)
	return o
}

func (o *oddities) say(said, refuse bool, which wire.Oddity) {
	if said {
		o.said |= which
	}
	if refuse {
		o.refuse |= which
	}
}

// refused returns what is refused on a listener that refuses those given.
func (o oddities) refused(listener wire.Oddity) wire.Oddity { return listener&^o.said | o.refuse }

// refusedBy returns what a listener refuses.
func refusedBy(c conf.Normalize) (refuse wire.Oddity) {
	if c.EncodedSlash == "reject" {
		refuse |= slashOddities
	}
	if c.DotSegments == "reject" {
		refuse |= dotOddities
	}
	if !c.MergeSlashes {
		refuse |= wire.OddEmptySegment
	}
	return refuse
}
