// Package filters is the contract between the gateway and the steps of its routes. Each folder below is one step.
package filters

// Verdict is what a filter decides about a request.
type Verdict uint8

// The two verdicts.
const (
	Next Verdict = iota // go on
	Done                // the reply is ready: no further filter and no upstream
)

// A Filter is one step of a route. It is built once, when the configuration is compiled, and serves all requests of its
// route at the same time: what it learns about a request it keeps in the Exchange. Request must not block, allocate on
// the hot path, or keep x.
type Filter interface {
	Request(x *Exchange) Verdict
}

// A ResponseFilter also sees the reply, before its head is sent: that of the upstream, of the cache or of a filter
// behind it. Replies pass backwards, through those filters whose Request said Next.
type ResponseFilter interface {
	Filter
	Response(x *Exchange)
}

// A Finisher is told when the exchange is over, its reply sent or given up. It is called once for every exchange in
// which its Request said Next, whatever came of it.
type Finisher interface {
	Filter
	Finish(x *Exchange)
}

// A BodyReader looks at the payload of requests. Before its Request is called the gateway has read the body into memory,
// to its end or up to BodyCap bytes: x.Request.Body.Bytes holds them, and Body.Whole tells whether that is all.
type BodyReader interface {
	Filter
	BodyCap() int
}
