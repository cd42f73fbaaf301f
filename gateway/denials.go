package gateway

import (
	"sallyport/filters"
	"sallyport/internal/wire"
	"sallyport/lb"
)

// denials are the refusals that the gateway itself makes on a route: for what a request or an upstream turned out to be.
type denials struct {
	faults   map[wire.Fault]*filters.Denial
	upstream [lb.Failures]*filters.Denial
	gone     *filters.Denial
	internal *filters.Denial
}

// newDenials writes them in advance.
func newDenials(s *filters.Site) *denials {
	d := &denials{
		faults:   map[wire.Fault]*filters.Denial{},
		gone:     s.Denial(filters.ClientGone),
		internal: s.Denial(filters.Internal),
	}
	for f := range wire.Faults {
		d.faults[f] = s.Denial(filters.FaultReason(f))
	}
	for failure, reason := range map[lb.Failure]filters.Reason{
		lb.Connect:   filters.UpstreamConnect,
		lb.Reset:     filters.UpstreamReset,
		lb.Malformed: filters.UpstreamMalformed,
		lb.Timeout:   filters.UpstreamTimeout,
		lb.None:      filters.UpstreamNone,
		lb.Full:      filters.UpstreamFull,
		lb.Open:      filters.UpstreamBreaker,
	} {
		d.upstream[failure] = s.Denial(reason)
	}
	return d
}

// body returns the refusal for a request whose body could not be read.
func (d *denials) body(err error) *filters.Denial {
	if fault, ok := err.(wire.Fault); ok {
		return d.faults[fault]
	}
	return d.gone
}
