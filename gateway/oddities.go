package gateway

import (
	"sallyport/conf"
	"sallyport/internal/wire"
)

// slashOddities are what encoded_slash is about.
const slashOddities = wire.OddEncodedSlash | wire.OddBackslash | wire.OddDoubleEncoding

// oddities say what becomes of a target's odd forms. Those in neither set stay as they are.
type oddities struct {
	said   wire.Oddity // by a route; the listener says the rest
	refuse wire.Oddity
	decode wire.Oddity // encoded slashes, when they become slashes
	names  underscores // of fields
}

// listenerOddities takes what a listener says.
func listenerOddities(c conf.Normalize) oddities {
	return newOddities(conf.RouteNormalize{
		EncodedSlash: c.EncodedSlash, DotSegments: c.DotSegments, PathParameters: c.PathParameters, MergeSlashes: &c.MergeSlashes,
		UnderscoreHeaders: c.UnderscoreHeaders,
	})
}

// newOddities takes what a route says.
func newOddities(c conf.RouteNormalize) (o oddities) {
	o.say(c.EncodedSlash, slashOddities)
	o.say(c.DotSegments, wire.OddDotSegment)
	o.say(c.PathParameters, wire.OddParameter)
	o.names = underscores(c.UnderscoreHeaders)
	if c.MergeSlashes != nil {
		o.said |= wire.OddEmptySegment
		if !*c.MergeSlashes {
			o.refuse |= wire.OddEmptySegment
		}
	}
	return o
}

// say notes the word of the configuration about some oddities; "" is none.
func (o *oddities) say(word string, which wire.Oddity) {
	if word != "" {
		o.said |= which
	}
	switch word {
	case "reject":
		o.refuse |= which
	case "decode":
		o.decode |= which
	}
}

// on returns what holds on a listener that says l.
func (o oddities) on(l oddities) oddities {
	names := o.names
	if names == "" {
		names = l.names
	}
	return oddities{refuse: l.refuse&^o.said | o.refuse, decode: l.decode&^o.said | o.decode, names: names}
}

// admit refuses a target or field names whose form the route does not take, drops fields, and decodes slashes where it wants them. The path is another
// one then, and must still be the route's.
func (t *table) admit(f *flight) wire.Fault {
	o := f.route.odd.on(f.odd)
	if fault := o.names.admit(&f.Request.Head); fault != wire.Whole {
		return fault
	}
	target := &f.Request.Target
	if target.Odd == 0 {
		return wire.Whole
	}
	if fault := target.Odd.Fault(o.refuse); fault != wire.Whole {
		return fault
	}
	if target.Odd&o.decode == 0 {
		return wire.Whole
	}
	target.DecodeSlashes()
	if index, _ := t.matcher.find(&f.Request, &f.Params); index == noRoute || t.routes[index] != f.route {
		return wire.EncodedSlash
	}
	return wire.Whole
}

// underscores says what becomes of fields whose name has an underscore, in the words of the configuration; "" is none.
type underscores string

// admit drops such fields, or refuses them.
func (u underscores) admit(h *wire.Head) wire.Fault {
	switch u {
	case "drop-if-collides":
		h.DropColliding()
	case "drop":
		h.DropUnderscored()
	case "reject":
		if h.Underscored(0) >= 0 {
			return wire.Underscore
		}
	}
	return wire.Whole
}
