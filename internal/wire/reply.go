package wire

// Reply is an answer: of an upstream, of the cache, of the gateway itself. All are sent the same way.
type Reply struct {
	Head
	Status  int // 100 to 599
	Minor   uint8
	Framing Framing
	Body    Body

	KeepAlive bool // an upstream lets its connection be used again
}

// Reset empties the reply and keeps its memory, within bounds. It closes the body.
func (r *Reply) Reset() {
	r.Head.Reset()
	r.Body.Reset()
	r.Status, r.Minor, r.Framing, r.KeepAlive = 0, 0, Framing{}, false
}

// Parse reads one answer's head from the beginning of buf and returns its length; 0 and Whole when buf ends inside it. An
// answer that could be read in two ways is a Fault. The head is copied.
func (r *Reply) Parse(buf []byte, to Method, lim *Limits) (int, Fault) {
	const prefix = "HTTP/1.x NNN"
	if len(buf) < len(prefix)+2 {
		if len(buf) > 0 && string(buf[:min(len(buf), 7)]) != prefix[:min(len(buf), 7)] {
			return 0, StatusLine
		}
		return 0, Whole
	}
	minor := buf[7] - '0'
	if string(buf[:7]) != prefix[:7] || minor > 1 || buf[8] != ' ' {
		return 0, StatusLine
	}
	status := 0
	for _, c := range buf[9:12] {
		if c < '0' || c > '9' {
			return 0, StatusLine
		}
		status = status*10 + int(c-'0')
	}
	if status < 100 || status > 599 || buf[12] != ' ' && buf[12] != '\r' {
		return 0, StatusLine
	}
	end := skipText(buf, 12)
	if end+1 >= len(buf) {
		if len(buf) >= lim.Head {
			return 0, LongHead
		}
		return 0, Whole
	}
	if buf[end] != '\r' || buf[end+1] != '\n' {
		return 0, StatusLine
	}
	n, fault := r.scan(buf, end+2, lim.Fields)
	if fault != Whole {
		return 0, fault
	}
	if n > lim.Head || n == 0 && len(buf) >= lim.Head {
		return 0, LongHead
	}
	if n == 0 {
		return 0, Whole
	}
	r.keep(buf[:n])
	r.Status, r.Minor = status, minor
	return n, r.frame(to)
}

// frame decides how the body is delimited (RFC 9112 section 6.3), and refuses an answer that leaves a choice.
func (r *Reply) frame(to Method) Fault {
	r.KeepAlive = r.Minor == 1
	for i := r.First(Connection); i >= 0; i = r.Next(i) {
		for option := range Tokens(r.ValueAt(i)) {
			if EqualFold(option, "close") {
				r.KeepAlive = false
			} else if r.Minor == 0 && EqualFold(option, "keep-alive") {
				r.KeepAlive = true
			}
		}
	}
	r.Framing = Framing{Kind: UntilClose}
	if i := r.First(TransferEncoding); i >= 0 {
		if r.Minor == 0 || r.Has(ContentLength) || r.twice.has(TransferEncoding) || !EqualFold(r.ValueAt(i), "chunked") {
			return Coding
		}
		r.Framing.Kind = Chunked
	}
	if i := r.First(ContentLength); i >= 0 {
		n, ok := parseLength(r.ValueAt(i))
		if !ok || r.twice.has(ContentLength) {
			return Length
		}
		r.Framing = Framing{Kind: Sized, Length: n}
	}
	if to == HEAD || r.Status < 200 || r.Status == 204 || r.Status == 304 {
		r.Framing = Framing{}
	}
	if r.Framing.Kind == UntilClose {
		r.KeepAlive = false
	}
	return Whole
}
