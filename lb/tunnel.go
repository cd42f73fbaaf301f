package lb

import "sallyport/internal/wire"

// Tunnel returns the connection on which an upstream has changed the protocol (101): its bytes are passed on as they come.
// It is valid until the answer's body is closed; stream must be the stream of that answer.
func Tunnel(stream wire.Source) *wire.Conn { return stream.(*conn).wire }
