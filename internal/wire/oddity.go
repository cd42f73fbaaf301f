package wire

import "math/bits"

// Oddity is a set of what a raw path contained that a route may refuse. Software behind a gateway reads these in different
// ways; see Target for what the canonical path makes of each.
type Oddity uint16

// The oddities, the one that is reported first in front.
const (
	OddDotSegment     Oddity = 1 << iota // . or .. as a segment, encoded or with parameters too; resolved
	OddEncodedSlash                      // %2F; kept
	OddBackslash                         // %5C; kept
	OddDoubleEncoding                    // %25 in front of what would be another encoding; kept
	OddParameter                         // ; in a segment (RFC 3986 section 3.3); kept
	OddEmptySegment                      // two slashes in a row; merged, or kept when the listener does not merge
)

// AllOdd holds every oddity.
const AllOdd = OddDotSegment | OddEncodedSlash | OddBackslash | OddDoubleEncoding | OddParameter | OddEmptySegment

var oddityFaults = [...]Fault{DotSegment, EncodedSlash, Backslash, DoubleEncoding, Parameter, EmptySegment}

// Fault returns the first oddity of o that is in refuse as a Fault, Whole when there is none.
func (o Oddity) Fault(refuse Oddity) Fault {
	if o &= refuse; o != 0 {
		return oddityFaults[bits.TrailingZeros16(uint16(o))]
	}
	return Whole
}
