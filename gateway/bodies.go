package gateway

import "sallyport/filters"

// bodyLimit refuses bodies that are too long: by their word before they are read, otherwise when they get there.
type bodyLimit struct {
	limit  int64
	denial *filters.Denial
}

func (s *bodyLimit) Request(x *filters.Exchange) filters.Verdict {
	if x.Request.Framing.Length > s.limit {
		return x.Refuse(s.denial)
	}
	x.Request.Body.SetLimit(s.limit)
	return filters.Next
}

// collect is the step before a filter that reads bodies.
type collect struct {
	cap     int
	denials *denials
}

func (s *collect) Request(x *filters.Exchange) filters.Verdict {
	if err := x.Request.Body.Collect(s.cap); err != nil {
		return x.Refuse(s.denials.body(err))
	}
	return filters.Next
}
