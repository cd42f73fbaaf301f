// Package filterstest makes what filters need in tests: exchanges and sites without a gateway.
package filterstest

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/metrics"

	"sallyport/filters"
	"sallyport/internal/wire"
)

// Client is the client's address in exchanges made here.
var Client = netip.MustParseAddr("192.0.2.77")

// Site returns a site with a metric set of its own.
func Site(route string, params ...string) *filters.Site {
	return &filters.Site{Route: route, Params: params, Claims: new(filters.Claims), Metrics: metrics.NewSet()}
}

// Exchange returns an exchange with the request of a line such as "GET /a?b=c" and of field lines, for api.example.com.
func Exchange(t testing.TB, line string, fields ...string) *filters.Exchange {
	t.Helper()
	x := new(filters.Exchange)
	Parse(t, x, line, fields...)
	return x
}

// Parse resets x and reads a request into it.
func Parse(t testing.TB, x *filters.Exchange, line string, fields ...string) {
	t.Helper()
	x.Reset()
	raw := line + " HTTP/1.1\r\nHost: api.example.com\r\n"
	for _, f := range fields {
		raw += f + "\r\n"
	}
	raw += "\r\n"
	lim := wire.Limits{Head: 64 << 10, Target: 8 << 10, Fields: 100, MergeSlashes: true}
	if n, fault := x.Request.Parse([]byte(raw), &lim); fault != wire.Whole || n != len(raw) {
		t.Fatalf("%q: %d of %d bytes, %v", raw, n, len(raw), fault)
	}
	x.ID = append(x.ID, "test"...)
	x.Client = Client
}

// Params sets the path parameters of x to these parts of its path, in their order.
func Params(t testing.TB, x *filters.Exchange, site *filters.Site, values ...string) {
	t.Helper()
	x.Route = site
	path, at := string(x.Request.Target.Path), 0
	for i, v := range values {
		j := strings.Index(path[at:], v)
		if j < 0 {
			t.Fatalf("%q is not in %q", v, path)
		}
		at += j
		x.Params[i] = filters.Offset{From: uint16(at), To: uint16(at + len(v))}
		at += len(v)
	}
}

// Fields returns a head in wire form.
func Fields(h *wire.Head) string { return string(h.AppendFields(nil)) }
