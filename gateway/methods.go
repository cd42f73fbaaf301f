package gateway

import (
	"fmt"
	"math/bits"

	"sallyport/internal/wire"
)

// registeredMethods are the methods that a route without methods takes: those of the IANA registry (RFC 9110 section 16.1)
// and those that other registries and common software gave a meaning. CONNECT and TRACE are never served, and PRI is no
// method that a client asks with.
var registeredMethods = [...]string{
	"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", // in the order of the wire's numbers
	"ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "COPY", "LABEL", "LINK", "LOCK", "MERGE", "MKACTIVITY",
	"MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE", "ORDERPATCH", "PROPFIND", "PROPPATCH", "QUERY", "REBIND",
	"REPORT", "SEARCH", "UNBIND", "UNCHECKOUT", "UNLINK", "UNLOCK", "UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL",
	"M-SEARCH", "NOTIFY", "PURGE", "SOURCE", "SUBSCRIBE", "UNSUBSCRIBE",
}

// methodSet is a set of methods, by their numbers in a methodTable.
type methodSet [2]uint64

const noMethod = 0xFF

func (s *methodSet) add(n uint8)        { s[n/64] |= 1 << (n % 64) }
func (s *methodSet) addAll(t methodSet) { s[0] |= t[0]; s[1] |= t[1] }
func (s methodSet) has(n uint8) bool    { return n != noMethod && s[n/64]>>(n%64)&1 != 0 }
func (s methodSet) empty() bool         { return s == methodSet{} }

// methodTable numbers the methods that the routes of one table can take.
type methodTable struct {
	names      []string
	numbers    map[string]uint8
	registered methodSet
}

func newMethodTable() *methodTable {
	t := &methodTable{numbers: make(map[string]uint8, len(registeredMethods))}
	for i, name := range registeredMethods {
		t.names = append(t.names, name)
		t.numbers[name] = uint8(i)
		t.registered.add(uint8(i))
	}
	return t
}

// set returns the methods of a route; none written means all that are registered.
func (t *methodTable) set(names []string) (methodSet, error) {
	if names == nil {
		return t.registered, nil
	}
	var s methodSet
	for _, name := range names {
		n, known := t.numbers[name]
		if !known {
			n = uint8(len(t.names))
			if int(n) == len(s)*64 {
				return s, fmt.Errorf("the routes name %d methods that are not registered; %d can be told apart",
					len(t.names)-len(registeredMethods)+1, len(s)*64-len(registeredMethods))
			}
			t.names = append(t.names, name)
			t.numbers[name] = n
		}
		s.add(n)
	}
	return s, nil
}

// number returns the number of a request's method, noMethod for one that no route takes.
func (t *methodTable) number(r *wire.Request) uint8 {
	if r.Method != wire.OtherMethod {
		return uint8(r.Method - wire.GET)
	}
	return t.numberOf(r.MethodText())
}

func (t *methodTable) numberOf(text []byte) uint8 {
	if n, ok := t.numbers[string(text)]; ok {
		return n
	}
	return noMethod
}

// appendAllow appends the methods of a set as the value of Allow (RFC 9110 section 10.2.1).
func (t *methodTable) appendAllow(dst []byte, s methodSet) []byte {
	from := len(dst)
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			if len(dst) > from {
				dst = append(dst, ", "...)
			}
			dst = append(dst, t.names[i*64+bits.TrailingZeros64(word)]...)
		}
	}
	return dst
}
