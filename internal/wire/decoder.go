package wire

// Decoder takes a body out of its framing, in place. It keeps no bytes: what is incomplete stays in the caller's buffer.
type Decoder struct {
	kind      Kind
	phase     phase
	remaining int64 // of the body, or of the current chunk
	payload   int64 // decoded so far
	overhead  int64 // bytes of chunk extensions so far
	trailer   Head
}

// phase is where in a chunked body the decoder stands.
type phase uint8

const (
	inPayload  phase = iota
	atSize           // at a chunk-size line
	atChunkEnd       // at the CRLF behind chunk data
	atTrailer        // behind the last chunk
	atEnd
)

const (
	maxSizeDigits = 15      // of a chunk size in hexadecimal: fits 63 bits
	maxSizeLine   = 1 << 10 // of a chunk-size line with its extensions
	maxTrailer    = 8 << 10
	maxTrailers   = 32
	// Chunk extensions carry nothing that is passed on. They may take this much, and one byte in sixteen of the payload:
	// room for signed chunks, none for a flood.
	freeOverhead = 1 << 10
)

// Reset prepares for a body with this framing.
func (d *Decoder) Reset(f Framing) {
	d.kind, d.remaining = f.Kind, f.Length
	d.payload, d.overhead = 0, 0
	d.trailer.Reset()
	switch f.Kind {
	case Chunked:
		d.phase = atSize
	case UntilClose:
		d.phase = inPayload
	default:
		d.phase = inPayload
		if d.remaining == 0 {
			d.phase = atEnd
		}
	}
}

// Done reports whether the whole body was decoded. A body that ends with its connection is never done.
func (d *Decoder) Done() bool { return d.phase == atEnd }

// EndsWithConnection reports whether the body is delimited by the end of the connection.
func (d *Decoder) EndsWithConnection() bool { return d.kind == UntilClose }

// Skip counts n bytes of a sized body that were taken without Decode.
func (d *Decoder) Skip(n int) {
	if d.remaining -= int64(n); d.remaining == 0 {
		d.phase = atEnd
	}
}

// Trailer returns the trailer fields, nil when there are none. It is complete once Done.
func (d *Decoder) Trailer() *Head {
	if len(d.trailer.fields) == 0 {
		return nil
	}
	return &d.trailer
}

// Decode takes as much of the body as buf holds. The payload it returns lies in buf, in one piece: chunks behind the first
// are moved down to it. The first consumed bytes of buf are spent; what follows them belongs to the rest of the body or,
// when Done, to the next message. RFC 9112 section 7.1, without white space around chunk sizes.
func (d *Decoder) Decode(buf []byte) (payload []byte, consumed int, fault Fault) {
	if d.kind != Chunked {
		if d.phase == atEnd {
			return nil, 0, Whole
		}
		n := len(buf)
		if d.kind == Sized {
			n = int(min(int64(n), d.remaining))
			if d.remaining -= int64(n); d.remaining == 0 {
				d.phase = atEnd
			}
		}
		d.payload += int64(n)
		return buf[:n:n], n, Whole
	}
	from, to, i := 0, 0, 0
	for i < len(buf) && d.phase != atEnd {
		switch d.phase {
		case inPayload:
			n := int(min(int64(len(buf)-i), d.remaining))
			if to == 0 {
				from, to = i, i
			}
			if to != i {
				copy(buf[to:], buf[i:i+n])
			}
			to += n
			i += n
			d.payload += int64(n)
			if d.remaining -= int64(n); d.remaining == 0 {
				d.phase = atChunkEnd
			}
		case atChunkEnd:
			if buf[i] != '\r' || i+1 < len(buf) && buf[i+1] != '\n' {
				return nil, 0, Chunk
			}
			if i+1 == len(buf) {
				return buf[from:to:to], i, Whole
			}
			i += 2
			d.phase = atSize
		case atSize:
			n, f := d.size(buf[i:])
			if f != Whole {
				return nil, 0, f
			}
			if n == 0 {
				return buf[from:to:to], i, Whole
			}
			i += n
		case atTrailer:
			n, f := d.readTrailer(buf[i:])
			if f != Whole {
				return nil, 0, f
			}
			if n == 0 {
				return buf[from:to:to], i, Whole
			}
			i += n
			d.phase = atEnd
		}
	}
	return buf[from:to:to], i, Whole
}

// size reads a chunk-size line and returns its length, 0 when it is incomplete.
func (d *Decoder) size(b []byte) (int, Fault) {
	var n int64
	i := 0
	for i < len(b) && i <= maxSizeDigits {
		v := hexValue[b[i]]
		if v == notHex {
			break
		}
		n = n<<4 | int64(v)
		i++
	}
	if i > maxSizeDigits {
		return 0, Chunk
	}
	if i == len(b) {
		return 0, Whole
	}
	if i == 0 {
		return 0, Chunk
	}
	if b[i] == ';' {
		end := skipText(b, i)
		if end > maxSizeLine {
			return 0, Chunk
		}
		if end < len(b) {
			if d.overhead += int64(end - i); d.overhead > freeOverhead+d.payload/16 {
				return 0, Chunk
			}
		}
		i = end
		if i == len(b) {
			return 0, Whole
		}
	}
	if b[i] != '\r' || i+1 < len(b) && b[i+1] != '\n' {
		return 0, Chunk
	}
	if i+1 == len(b) {
		return 0, Whole
	}
	d.remaining = n
	d.phase = inPayload
	if n == 0 {
		d.phase = atTrailer
	}
	return i + 2, Whole
}

// readTrailer reads the trailer section and the empty line behind it; 0 when it is incomplete.
func (d *Decoder) readTrailer(b []byte) (int, Fault) {
	if len(b) >= 2 && b[0] == '\r' && b[1] == '\n' {
		return 2, Whole
	}
	d.trailer.Reset()
	n, f := d.trailer.scan(b, 0, maxTrailers)
	switch {
	case f != Whole, n > maxTrailer, n == 0 && len(b) > maxTrailer:
		return 0, TrailerFault
	case n == 0:
		d.trailer.Reset()
		return 0, Whole
	}
	for i := range d.trailer.seen {
		if d.trailer.seen[i]&noTrailer[i] != 0 {
			return 0, TrailerFault
		}
	}
	d.trailer.keep(b[:n])
	return n, Whole
}

// noTrailer holds fields that may not stand in a trailer section: those of framing, routing, authentication, request
// modifiers and content (RFC 9110 section 6.5.1).
var noTrailer = setOf(Age, Authorization, CacheControl, Connection, ContentEncoding, ContentLength, ContentRange, ContentType,
	Cookie, Date, DPoP, Expect, Expires, Forwarded, Host, IfMatch, IfModifiedSince, IfNoneMatch, IfRange, IfUnmodifiedSince, KeepAlive,
	Location, MaxForwards, Pragma, ProxyAuthenticate, ProxyAuthorization, ProxyConnection, Range, RetryAfter, SetCookie, TE,
	Trailer, TransferEncoding, Upgrade, Vary, Warning, WWWAuthenticate, XForwardedFor, XForwardedHost, XForwardedPort,
	XForwardedProto, XRealIP, XRequestID)

// AppendChunkSize appends the chunk-size line for n bytes (RFC 9112 section 7.1). n is not 0: that would end the body.
func AppendChunkSize(dst []byte, n int) []byte {
	const digits = "0123456789abcdef"
	shift := 0
	for n>>shift > 15 {
		shift += 4
	}
	for ; shift >= 0; shift -= 4 {
		dst = append(dst, digits[n>>shift&15])
	}
	return append(dst, "\r\n"...)
}
