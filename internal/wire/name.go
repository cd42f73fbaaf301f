package wire

import (
	"encoding/binary"
	"unsafe"
)

// Name is a well-known field name as a small number, so that asking for it is an index and not a search. Other stands
// for every name that is not in the list; those are found by Head.Lookup.
type Name uint8

// The well-known names, in the order of nameText.
const (
	Other Name = iota
	Accept
	AcceptEncoding
	AcceptLanguage
	AccessControlRequestHeaders
	AccessControlRequestMethod
	Age
	Allow
	Authorization
	CacheControl
	CacheStatus
	CacheTag
	CDNCacheControl
	Connection
	ContentDisposition
	ContentEncoding
	ContentLanguage
	ContentLength
	ContentLocation
	ContentRange
	ContentType
	Cookie
	Date
	DPoP
	ETag
	Expect
	Expires
	Forwarded
	Host
	HTTP2Settings
	IdempotencyKey
	IfMatch
	IfModifiedSince
	IfNoneMatch
	IfRange
	IfUnmodifiedSince
	KeepAlive
	LastModified
	Location
	MaxForwards
	Origin
	Pragma
	ProxyAuthenticate
	ProxyAuthorization
	ProxyConnection
	Range
	Referer
	RetryAfter
	Server
	SetCookie
	SurrogateControl
	SurrogateKey
	TE
	Traceparent
	Tracestate
	Trailer
	TransferEncoding
	Upgrade
	UserAgent
	Vary
	Via
	Warning
	WWWAuthenticate
	XForwardedFor
	XForwardedHost
	XForwardedPort
	XForwardedProto
	XRealIP
	XRequestID
	names // how many there are
)

// nameText holds the names in lower case, as they are compared.
var nameText = [names]string{
	Accept:                      "accept",
	AcceptEncoding:              "accept-encoding",
	AcceptLanguage:              "accept-language",
	AccessControlRequestHeaders: "access-control-request-headers",
	AccessControlRequestMethod:  "access-control-request-method",
	Age:                         "age",
	Allow:                       "allow",
	Authorization:               "authorization",
	CacheControl:                "cache-control",
	CacheStatus:                 "cache-status",
	CacheTag:                    "cache-tag",
	CDNCacheControl:             "cdn-cache-control",
	Connection:                  "connection",
	ContentDisposition:          "content-disposition",
	ContentEncoding:             "content-encoding",
	ContentLanguage:             "content-language",
	ContentLength:               "content-length",
	ContentLocation:             "content-location",
	ContentRange:                "content-range",
	ContentType:                 "content-type",
	Cookie:                      "cookie",
	Date:                        "date",
	DPoP:                        "dpop",
	ETag:                        "etag",
	Expect:                      "expect",
	Expires:                     "expires",
	Forwarded:                   "forwarded",
	Host:                        "host",
	HTTP2Settings:               "http2-settings",
	IdempotencyKey:              "idempotency-key",
	IfMatch:                     "if-match",
	IfModifiedSince:             "if-modified-since",
	IfNoneMatch:                 "if-none-match",
	IfRange:                     "if-range",
	IfUnmodifiedSince:           "if-unmodified-since",
	KeepAlive:                   "keep-alive",
	LastModified:                "last-modified",
	Location:                    "location",
	MaxForwards:                 "max-forwards",
	Origin:                      "origin",
	Pragma:                      "pragma",
	ProxyAuthenticate:           "proxy-authenticate",
	ProxyAuthorization:          "proxy-authorization",
	ProxyConnection:             "proxy-connection",
	Range:                       "range",
	Referer:                     "referer",
	RetryAfter:                  "retry-after",
	Server:                      "server",
	SetCookie:                   "set-cookie",
	SurrogateControl:            "surrogate-control",
	SurrogateKey:                "surrogate-key",
	TE:                          "te",
	Traceparent:                 "traceparent",
	Tracestate:                  "tracestate",
	Trailer:                     "trailer",
	TransferEncoding:            "transfer-encoding",
	Upgrade:                     "upgrade",
	UserAgent:                   "user-agent",
	Vary:                        "vary",
	Via:                         "via",
	Warning:                     "warning",
	WWWAuthenticate:             "www-authenticate",
	XForwardedFor:               "x-forwarded-for",
	XForwardedHost:              "x-forwarded-host",
	XForwardedPort:              "x-forwarded-port",
	XForwardedProto:             "x-forwarded-proto",
	XRealIP:                     "x-real-ip",
	XRequestID:                  "x-request-id",
}

// spelling holds the names as they are written on the wire: words begin with a capital.
var spelling = func() (t [names]string) {
	for n, lower := range nameText {
		b := []byte(lower)
		for i, c := range b {
			if i == 0 || b[i-1] == '-' {
				b[i] = upperOf(c)
			}
		}
		t[n] = string(b)
	}
	t[CDNCacheControl], t[DPoP], t[ETag], t[HTTP2Settings] = "CDN-Cache-Control", "DPoP", "ETag", "HTTP2-Settings"
	t[TE], t[WWWAuthenticate], t[XRealIP], t[XRequestID] = "TE", "WWW-Authenticate", "X-Real-IP", "X-Request-ID"
	return t
}()

func upperOf(c byte) byte {
	if 'a' <= c && c <= 'z' {
		c -= 'a' - 'A'
	}
	return c
}

// String returns the name in lower case, empty for Other.
func (n Name) String() string { return nameText[n] }

// nameSlots maps nameHash to the one name that has it. buildNameSlots finds a multiplier without collisions; the list is
// fixed, so what it finds is fixed too (TestNamesHaveOneSlotEach).
var nameMultiplier, nameSlots = buildNameSlots()

const slotBits = 10

// nameHash mixes the length and four letters of a name of at least two.
func nameHash[T []byte | string](multiplier uint64, name T) uint64 {
	n := len(name)
	h := uint64(n)<<32 | uint64(name[0]|0x20)<<24 | uint64(name[n/2]|0x20)<<16 | uint64(name[n-2]|0x20)<<8 | uint64(name[n-1]|0x20)
	return h * multiplier >> (64 - slotBits)
}

func buildNameSlots() (uint64, [1 << slotBits]Name) {
search:
	for multiplier := uint64(0x9E3779B97F4A7C15); ; multiplier += 2 {
		var slots [1 << slotBits]Name
		for n := Other + 1; n < names; n++ {
			h := nameHash(multiplier, nameText[n])
			if slots[h] != Other {
				continue search
			}
			slots[h] = n
		}
		return multiplier, slots
	}
}

// NameOf returns the well-known name that text spells in any letter case, or Other. The text must be a field name (RFC
// 9110 section 5.1).
func NameOf[T []byte | string](text T) Name {
	if len(text) < 2 {
		return Other
	}
	n := nameSlots[nameHash(nameMultiplier, text)]
	if n != Other && EqualFold(text, nameText[n]) {
		return n
	}
	return Other
}

// nameOf is NameOf for bytes that are known to be a token.
func nameOf(token []byte) Name {
	if len(token) < 2 {
		return Other
	}
	n := nameSlots[nameHash(nameMultiplier, token)]
	if n != Other && spells(token, nameText[n]) {
		return n
	}
	return Other
}

// spells reports whether a token is the well-known name lower in any letter case. Eight letters are compared together:
// bit 0x20 makes capitals small, is set in all other characters of those names, and turns no other character of a token
// into one of them.
func spells(token []byte, lower string) bool {
	n := len(token)
	if n != len(lower) {
		return false
	}
	if n < 8 {
		for i := range n {
			if token[i]|0x20 != lower[i] {
				return false
			}
		}
		return true
	}
	want := unsafe.Slice(unsafe.StringData(lower), n)
	for i := 0; i < n-8; i += 8 {
		if binary.LittleEndian.Uint64(token[i:])|0x20*lows != binary.LittleEndian.Uint64(want[i:]) {
			return false
		}
	}
	return binary.LittleEndian.Uint64(token[n-8:])|0x20*lows == binary.LittleEndian.Uint64(want[n-8:])
}

// EqualFold reports whether name is the field name that lower spells; lower must be in lower case. Letters are compared
// without case as RFC 9110 section 5.1 asks.
func EqualFold[T []byte | string](name T, lower string) bool {
	if len(name) != len(lower) {
		return false
	}
	for i := range len(lower) {
		if lowerOf[name[i]] != lower[i] {
			return false
		}
	}
	return true
}
