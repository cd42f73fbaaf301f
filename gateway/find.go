package gateway

import (
	"sallyport/internal/wire"
)

// find finds the flight's route, or answers it: 404, 405, and OPTIONS * for the server as a whole.
func (t *table) find(f *flight) *route {
	index, allowed := t.matcher.find(&f.Request, &f.Params)
	if index != noRoute {
		return t.routes[index]
	}
	switch {
	case f.Request.Target.Asterisk:
		f.Respond(204, nil, nil)
		f.Reply.Framing = wire.Framing{}
	case allowed.empty():
		f.Refuse(t.noRoute)
	default:
		f.Refuse(t.notAllowed)
		f.Scratch = t.matcher.methods.appendAllow(f.Scratch[:0], allowed)
		f.Reply.AddKnown(wire.Allow, f.Scratch)
	}
	return nil
}
