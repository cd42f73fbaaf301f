package gateway

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/address"
	"sallyport/filters/content"
	"sallyport/filters/cors"
	"sallyport/filters/headers"
	"sallyport/filters/limit"
	"sallyport/filters/mask"
	"sallyport/filters/respcache"
	"sallyport/filters/respond"
	"sallyport/filters/rewrite"
	"sallyport/internal/wire"
)

// stage appends to one route the filters that its definition asks for, each a method that does nothing where it asks for
// none.
type stage struct {
	*compiler
	route *route
}

// add appends filters, but for those that are nil: there is nothing for them to do. Before the first that reads bodies stands a step that collects them.
func (s stage) add(list ...filters.Filter) {
	for _, f := range list {
		if f == nil {
			continue
		}
		if reader, ok := f.(filters.BodyReader); ok && reader.BodyCap() > 0 {
			s.route.addStep(&collect{reader.BodyCap(), s.route.denials})
		}
		s.route.addStep(f)
	}
}

// made appends a filter that was made of the value of a key, or notes why it could not be.
func (s stage) made(f filters.Filter, err error, key string) {
	if err != nil {
		s.fail(fmt.Errorf("%s: %w", key, err), "routes", s.route.site.Route, key)
		return
	}
	s.add(f)
}

func (s stage) address(c *conf.Route) {
	if c.Address == nil || c.Address.Mode == conf.Off {
		return
	}
	f, err := address.New(c.Address, s.table.feeds, &s.route.site)
	s.made(f, err, "address")
}

func (s stage) cors(c *conf.Route) {
	if c.CORS != nil {
		s.add(cors.New(c.CORS))
	}
}

func (s stage) limits(c *conf.Route) (early, late []filters.Filter) {
	early, late, err := limit.Compile(s.table.limits, &c.Rules, &s.route.site)
	if err != nil {
		s.fail(err, "routes", c.Name)
	}
	return early, late
}

func (s stage) content(c *conf.Route) {
	if c.Content == nil || c.Content.Mode == conf.Off {
		return
	}
	f, err := content.New(c.Content, s.bodyCap(c), &s.route.site)
	s.made(f, err, "content")
}

func (s stage) waf(c *conf.Route) {
	if c.WAF == nil || c.WAF.Mode == conf.Off {
		return
	}
	f, err := s.gateway.rulesets.New(c.WAF, s.conf.Rulesets, c.Match.Methods, &s.route.site)
	s.made(f, err, "waf")
}

func (s stage) mask(c *conf.Route) {
	if c.Mask == nil {
		return
	}
	f, err := mask.New(c.Mask, &s.route.site)
	s.made(f, err, "mask")
}

func (s stage) requestHeaders(c *conf.Route) {
	if c.RequestHeaders == nil {
		return
	}
	f, err := headers.NewRequest(c.RequestHeaders, &s.route.site)
	s.made(f, err, "request_headers")
}

func (s stage) responseHeaders(c *conf.Route) {
	if c.Headers == nil {
		return
	}
	f, err := headers.NewResponse(c.Headers, &s.route.site)
	s.made(f, err, "headers")
}

func (s stage) rewrite(c *conf.Route) {
	if c.Rewrite == nil {
		return
	}
	f, err := rewrite.New(c.Rewrite, &s.route.site)
	s.made(f, err, "rewrite")
}

func (s stage) respond(c *conf.Route) {
	switch {
	case c.Respond != nil:
		f, err := respond.New(c.Respond, &s.route.site)
		s.made(f, err, "respond")
	case c.Redirect != nil:
		f, err := respond.NewRedirect(c.Redirect, &s.route.site)
		s.made(f, err, "redirect")
	case c.Events != "":
		s.add(s.table.auth.Events(&s.route.site, c))
	}
}

// cache stands behind everything that lets a request in or changes it. Routes without one still tell the others what their
// unsafe requests may have changed.
func (s stage) cache(c *conf.Route) {
	switch {
	case len(c.To) == 0:
	case c.Cache != nil:
		f, err := respcache.New(c.Cache, s.gateway.answers, toldFields(c), &s.route.site)
		s.made(f, err, "cache")
	case s.gateway.answers != nil:
		s.add(respcache.NewInvalidation(s.gateway.answers))
	}
}

// toldFields names the request fields whose values the route's rules make of the caller or the client.
func toldFields(c *conf.Route) (names []string) {
	if c.Forward != nil {
		names = slices.Collect(maps.Keys(c.Forward.Headers))
	}
	if c.RequestHeaders != nil {
		for _, fields := range []map[string]string{c.RequestHeaders.Set, c.RequestHeaders.Add} {
			for name, value := range fields {
				if strings.Contains(value, "{") {
					names = append(names, name)
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// bodyLimit is the step that bounds a route's bodies.
func (s stage) bodyLimit(c *conf.Route) filters.Filter {
	return &bodyLimit{int64(s.bodyCap(c)), s.route.denials.faults[wire.LongBody]}
}

// bodyCap is the longest body of a route: what it says, or the most that a listener allows.
func (s stage) bodyCap(c *conf.Route) int {
	if c.Limits.Body > 0 {
		return int(c.Limits.Body)
	}
	most := 0
	for _, l := range s.conf.Listeners {
		most = max(most, int(l.Limits.Body))
	}
	return most
}
