package wire

// Method is a request method as a small number; OtherMethod stands for every one that is not in the list, whose text is
// in Request.MethodText.
type Method uint8

// The methods of RFC 9110 section 9 that are served, and PATCH (RFC 5789).
const (
	OtherMethod Method = iota
	GET
	HEAD
	POST
	PUT
	DELETE
	OPTIONS
	PATCH
	methods
)

var methodText = [methods]string{GET: "GET", HEAD: "HEAD", POST: "POST", PUT: "PUT", DELETE: "DELETE", OPTIONS: "OPTIONS", PATCH: "PATCH"}

// String returns the method as it stands in a request line, empty for OtherMethod.
func (m Method) String() string { return methodText[m] }

// Safe reports whether the method is safe (RFC 9110 section 9.2.1).
func (m Method) Safe() bool { return m == GET || m == HEAD || m == OPTIONS }

// Idempotent reports whether the method is idempotent (RFC 9110 section 9.2.2).
func (m Method) Idempotent() bool { return m.Safe() || m == PUT || m == DELETE }

// MethodOf returns the method that text spells; methods are case-sensitive (RFC 9110 section 9.1).
func MethodOf[T []byte | string](text T) Method {
	for m := GET; m < methods; m++ {
		if methodText[m] == string(text) {
			return m
		}
	}
	return OtherMethod
}
