package wire

import "bytes"

// Framing is how a body is delimited (RFC 9112 section 6).
type Framing struct {
	Kind   Kind
	Length int64 // of a Sized body
}

// Kind is one of the ways to delimit a body.
type Kind uint8

// The ways to delimit a body.
const (
	NoBody     Kind = iota
	Sized           // by Content-Length
	Chunked         // by the chunked transfer coding
	UntilClose      // by the end of the connection; answers only
)

// once holds the fields that may stand once: a second one is a second reading.
var once = setOf(Authorization, ContentLength, ContentType, ContentRange, Expect, IdempotencyKey, IfModifiedSince, IfRange,
	IfUnmodifiedSince, MaxForwards, Origin, ProxyAuthorization, Range, Referer, TransferEncoding, UserAgent)

// check decides what the fields of a request mean for its framing, and refuses whatever leaves a choice.
func (r *Request) check(mergeSlashes bool) Fault {
	r.Method = MethodOf(r.MethodText())
	if r.Method == OtherMethod {
		if m := r.MethodText(); string(m) == "CONNECT" || string(m) == "TRACE" {
			return MethodFault
		}
	}
	if f := r.Target.Parse(r.RawTarget(), r.Method, mergeSlashes); f != Whole {
		return f
	}
	if f := r.checkHost(); f != Whole {
		return f
	}
	for i := range r.twice {
		if r.twice[i]&once[i] != 0 {
			return Duplicate
		}
	}
	if f := r.frame(); f != Whole {
		return f
	}
	r.readConnection()
	return r.expect()
}

// frame reads Content-Length and Transfer-Encoding (RFC 9112 section 6.3). A coding other than exactly one chunked is
// refused: the next hop may not know it, and then the body has another end.
func (r *Request) frame() Fault {
	r.Framing = Framing{}
	if i := r.First(TransferEncoding); i >= 0 {
		if r.Minor == 0 || r.Has(ContentLength) || !EqualFold(r.ValueAt(i), "chunked") {
			return Coding
		}
		r.Framing.Kind = Chunked
		return Whole
	}
	if i := r.First(ContentLength); i >= 0 {
		n, ok := parseLength(r.ValueAt(i))
		if !ok {
			return Length
		}
		if n > 0 {
			r.Framing = Framing{Kind: Sized, Length: n}
		}
	}
	return Whole
}

// parseLength reads 1*DIGIT (RFC 9110 section 8.6), up to what fits 63 bits.
func parseLength(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// readConnection reads the connection options (RFC 9110 section 7.6.1).
func (r *Request) readConnection() {
	r.KeepAlive = r.Minor == 1
	r.Upgrade = false
	for i := r.First(Connection); i >= 0; i = r.Next(i) {
		for option := range Tokens(r.ValueAt(i)) {
			switch {
			case EqualFold(option, "close"):
				r.KeepAlive = false
				return
			case EqualFold(option, "keep-alive"):
				r.KeepAlive = true
			case EqualFold(option, "upgrade"):
				r.Upgrade = true
			}
		}
	}
}

// expect reads Expect (RFC 9110 section 10.1.1).
func (r *Request) expect() Fault {
	r.Continue = false
	i := r.First(Expect)
	if i < 0 {
		return Whole
	}
	if !EqualFold(r.ValueAt(i), "100-continue") {
		return Expectation
	}
	r.Continue = r.Minor == 1 && r.Framing.Kind != NoBody
	return Whole
}

// Tokens yields the members of a comma-separated list without white space around them; empty ones are left out (RFC 9110
// section 5.6.1). It is meant for lists of tokens: quotes are not looked at.
func Tokens(list []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(list) > 0 {
			member := list
			if i := bytes.IndexByte(list, ','); i >= 0 {
				member, list = list[:i], list[i+1:]
			} else {
				list = nil
			}
			if member = TrimOWS(member); len(member) > 0 && !yield(member) {
				return
			}
		}
	}
}

// hopByHop holds the fields that belong to one connection (RFC 9110 section 7.6.1) and those a gateway writes itself.
var hopByHop = setOf(Connection, KeepAlive, ProxyConnection, ProxyAuthenticate, ProxyAuthorization, TE, TransferEncoding,
	Upgrade, HTTP2Settings, Expect)

// neverNominated holds fields that Connection cannot take away: they say where and how long the message is.
var neverNominated = setOf(Host, ContentLength, TransferEncoding, ContentType, Connection)

// DropHopByHop removes the fields that belong to one connection and those that Connection nominates (RFC 9110 section
// 7.6.1).
func (h *Head) DropHopByHop() {
	for i := h.First(Connection); i >= 0; i = h.Next(i) {
		for option := range Tokens(h.ValueAt(i)) {
			h.dropNominated(option)
		}
	}
	for i := range h.seen {
		if h.seen[i]&hopByHop[i] != 0 {
			h.dropSet(&hopByHop)
			return
		}
	}
}

func (h *Head) dropSet(set *nameSet) {
	for i := range h.fields {
		if n := h.fields[i].name; n != Other && set.has(n) {
			h.Drop(i)
		}
	}
}

func (h *Head) dropNominated(option []byte) {
	n := NameOf(option)
	if n != Other {
		if !neverNominated.has(n) {
			h.Remove(n)
		}
		return
	}
	for i := range h.fields {
		if h.fields[i].name == Other && !h.fields[i].gone && bytes.EqualFold(h.NameAt(i), option) {
			h.Drop(i)
		}
	}
}
