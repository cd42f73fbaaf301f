package gateway

import (
	"net/netip"
	"strconv"

	"sallyport/filters"
	"sallyport/internal/wire"
	"sallyport/lb"
)

// smallBody is the size up to which a request's body is read whole before the upstream sees a byte of the request: what
// turns out malformed has then reached nobody.
const smallBody = wire.BufferSize

// forward sends the request to the route's upstream and leaves the answer, or the refusal that stands for its failure.
func (r *route) forward(f *flight) { r.Fetch(&f.Exchange) }

// Fetch is the upstream part of the route (filters.Fetcher).
func (r *route) Fetch(x *filters.Exchange) {
	if err := x.Request.Body.Collect(smallBody); err != nil {
		x.Refuse(r.denials.body(err))
		return
	}
	t := acquireTransit()
	t.head = r.appendHead(t.head[:0], x)
	t.call = lb.Call{
		Request:        &x.Request,
		Reply:          &x.Reply,
		Client:         x.Client,
		Now:            x.Now,
		Deadline:       x.Now + r.timeouts.request,
		AttemptTimeout: r.timeouts.attempt,
		Idempotent:     x.Request.Method.Idempotent() || x.Request.Has(wire.IdempotencyKey),
		Replayable:     x.Request.Body.Whole(),
		Head:           t.head,
		BodyIdle:       r.timeouts.bodyIdle,
	}
	if x.Conn != nil {
		t.call.Peer, t.call.Interim = x.Conn.Wire, x.Conn.Interim
	}
	t.upstream = r.target.choose(x, &t.call)
	x.Upstream = t.upstream.Name()
	if r.target.offline {
		x.Origin = filters.FromUpstream
		x.Respond(200, nil, nil)
		t.release()
		return
	}
	if failure := t.upstream.Do(&t.call); failure != lb.OK {
		r.failed(x, failure, t.call.BodyError)
		t.release()
		return
	}
	x.Origin = filters.FromUpstream
	if x.Reply.Status != 101 {
		x.Reply.DropHopByHop()
	}
	t.follow(&x.Reply)
}

// failed maps an upstream's failure to the refusal that stands for it. It is the only place that does.
func (r *route) failed(x *filters.Exchange, failure lb.Failure, bodyError error) {
	if failure == lb.ClientGone {
		if bodyError != nil {
			x.Refuse(r.denials.body(bodyError))
			return
		}
		x.Refuse(r.denials.gone)
		return
	}
	x.Refuse(r.denials.upstream[failure])
}

// appendHead appends the request's head as it goes upstream: the canonical target, the fields that belong to the request
// and not to the client's connection, and what the gateway says about the client.
func (r *route) appendHead(dst []byte, x *filters.Exchange) []byte {
	q := &x.Request
	dst = append(dst, q.MethodText()...)
	dst = append(dst, ' ')
	path := q.Target.Path
	if len(x.Forward) > 0 {
		path = x.Forward
	}
	dst = append(dst, path...)
	if q.Target.Query != nil {
		dst = append(dst, '?')
		dst = append(dst, q.Target.Query...)
	}
	dst = append(dst, " HTTP/1.1\r\n"...)
	upgrade := q.Upgrade && r.target.upgrades(q)
	var protocol []byte
	if upgrade {
		protocol = q.Value(wire.Upgrade)
	}
	q.Upgrade = upgrade
	q.DropHopByHop()
	if !x.Trusted {
		q.DropForwarded()
	}
	if !q.Has(wire.Host) {
		q.AddKnown(wire.Host, r.target.authority)
	}
	if q.Framing.Kind == wire.Chunked && q.Body.Whole() {
		q.Framing = wire.Framing{Kind: wire.Sized, Length: int64(len(q.Body.Bytes()))}
		dst = q.AppendFields(dst)
		dst = append(dst, "Content-Length: "...)
		dst = strconv.AppendInt(dst, q.Framing.Length, 10)
		dst = append(dst, "\r\n"...)
	} else {
		dst = q.AppendFields(dst)
		if q.Framing.Kind == wire.Chunked {
			dst = append(dst, "Transfer-Encoding: chunked\r\n"...)
		}
	}
	if upgrade {
		dst = append(dst, "Connection: Upgrade\r\nUpgrade: "...)
		dst = append(dst, protocol...)
		dst = append(dst, "\r\n"...)
	}
	dst = r.appendForwarded(dst, x)
	return append(dst, "\r\n"...)
}

// appendForwarded appends what the gateway says about the client (RFC 7239, and the older X-Forwarded fields). What a
// trusted peer said stays in front; anything else was dropped.
func (r *route) appendForwarded(dst []byte, x *filters.Exchange) []byte {
	q := &x.Request
	scheme := "http"
	peer := x.Client
	if x.Conn != nil {
		if x.Conn.TLS != nil {
			scheme = "https"
		}
		peer = x.Conn.Peer
	}
	dst = append(dst, "X-Forwarded-For: "...)
	dst = appendAddress(dst, peer)
	if !x.Trusted || !q.Has(wire.XForwardedProto) {
		dst = append(dst, "\r\nX-Forwarded-Proto: "...)
		dst = append(dst, scheme...)
	}
	if host := q.Value(wire.Host); !x.Trusted || !q.Has(wire.XForwardedHost) {
		dst = append(dst, "\r\nX-Forwarded-Host: "...)
		dst = append(dst, host...)
	}
	dst = append(dst, "\r\nForwarded: for="...)
	dst = appendNode(dst, peer)
	dst = append(dst, ";proto="...)
	dst = append(dst, scheme...)
	dst = append(dst, "\r\nVia: 1."...)
	dst = append(dst, '0'+q.Minor)
	dst = append(dst, " sallyport\r\nX-Request-ID: "...)
	dst = append(dst, x.ID...)
	return append(dst, "\r\n"...)
}

func appendAddress(dst []byte, a netip.Addr) []byte {
	if !a.IsValid() {
		return append(dst, "unknown"...)
	}
	return a.AppendTo(dst)
}

// appendNode appends an address as a node of Forwarded: IPv6 in brackets and quotes (RFC 7239 section 6).
func appendNode(dst []byte, a netip.Addr) []byte {
	if a.Is6() {
		dst = append(dst, `"[`...)
		dst = a.AppendTo(dst)
		return append(dst, `]"`...)
	}
	return appendAddress(dst, a)
}
