package wire

// Fault is why bytes from outside have no reading, or not one: the cause of a refusal before any policy was asked. The
// zero value means that there is none.
type Fault uint8

// The faults of framing (RFC 9112, RFC 9110) and of the target's form (RFC 3986).
const (
	Whole          Fault = iota
	NotHTTP              // the first bytes are no request: another protocol, or a flood of empty lines
	StartLine            // the request line has not the form method SP target SP version CRLF
	Version              // neither HTTP/1.1 nor HTTP/1.0
	MethodFault          // a method that is never served: CONNECT, TRACE, or no token
	FieldName            // a field name that is no token, or white space before the colon, or no colon
	FieldValue           // NUL or another control in a field value
	Fold                 // obsolete line folding (RFC 9112 section 5.2)
	LineEnding           // a bare LF or CR
	HostFault            // none, several, or malformed, or at odds with the target's authority
	Length               // malformed or differing Content-Length, or one together with Transfer-Encoding
	Coding               // a transfer coding other than one final chunked, or one in HTTP/1.0
	Duplicate            // a field that may stand once stands again
	Chunk                // malformed chunk framing, or a flood of extensions
	TrailerFault         // malformed or forbidden trailer field
	ManyFields           // more fields than the limit
	LongHead             // a head beyond the limit
	LongTarget           // a target beyond the limit
	LateHead             // the head did not come in time
	LateBody             // the body did not come in time
	Expectation          // Expect asks for something else than 100-continue
	LongBody             // the body is beyond its limit
	ShortBody            // the connection ended inside the body
	StatusLine           // the status line of an answer is malformed
	TargetForm           // a byte that may not stand in a target, userinfo, a fragment, another scheme or form
	Encoding             // an incomplete or malformed percent-encoding
	Null                 // an encoded NUL or other control in the path
	EncodedSlash         // %2F
	Backslash            // \ or %5C
	DotSegment           // . or .. as a segment, encoded or not
	DoubleEncoding       // an encoding of an encoding that would change the path's meaning
	OverlongUTF8         // an over-long UTF-8 form
	Parameter            // ; in a segment
	EmptySegment         // two slashes in a row
	Underscore           // a field name with an underscore
	faults
)

type faultInfo struct {
	reason string
	status int
}

var faultInfos = [faults]faultInfo{
	NotHTTP:        {"framing.preface", 400},
	StartLine:      {"framing.start_line", 400},
	Version:        {"framing.version", 400},
	MethodFault:    {"framing.method", 400},
	FieldName:      {"framing.field_name", 400},
	FieldValue:     {"framing.field_value", 400},
	Fold:           {"framing.fold", 400},
	LineEnding:     {"framing.line_ending", 400},
	HostFault:      {"framing.host", 400},
	Length:         {"framing.length", 400},
	Coding:         {"framing.transfer_encoding", 400},
	Duplicate:      {"framing.duplicate", 400},
	Chunk:          {"framing.chunk", 400},
	TrailerFault:   {"framing.trailer", 400},
	ManyFields:     {"framing.too_many_fields", 431},
	LongHead:       {"framing.head_too_large", 431},
	LongTarget:     {"framing.target_too_long", 414},
	LateHead:       {"framing.head_timeout", 408},
	LateBody:       {"framing.body_timeout", 408},
	Expectation:    {"framing.expectation", 417},
	LongBody:       {"body.too_large", 413},
	ShortBody:      {"framing.short_body", 400},
	StatusLine:     {"framing.status_line", 502},
	TargetForm:     {"normalize.target", 400},
	Encoding:       {"normalize.encoding", 400},
	Null:           {"normalize.control", 400},
	EncodedSlash:   {"normalize.encoded_slash", 400},
	Backslash:      {"normalize.backslash", 400},
	DotSegment:     {"normalize.dot_segments", 400},
	DoubleEncoding: {"normalize.double_encoding", 400},
	OverlongUTF8:   {"normalize.utf8", 400},
	Parameter:      {"normalize.parameter", 400},
	EmptySegment:   {"normalize.empty_segment", 400},
	Underscore:     {"normalize.underscore", 400},
}

// Reason returns the reason code of the contract.
func (f Fault) Reason() string { return faultInfos[f].reason }

// Status returns the HTTP status a request with this fault is answered with.
func (f Fault) Status() int { return faultInfos[f].status }

// Faults calls yield for every fault there is.
func Faults(yield func(Fault) bool) {
	for f := Whole + 1; f < faults; f++ {
		if !yield(f) {
			return
		}
	}
}

// Error makes a Fault an error, so that a body's reader can return it.
func (f Fault) Error() string { return faultInfos[f].reason }
