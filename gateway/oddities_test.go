package gateway

import (
	"fmt"
	"strings"
	"testing"

	"sallyport/conf"
	"sallyport/internal/wire"
)

func TestOdditiesOn(t *testing.T) {
	yes, no := true, false
	f := func(l conf.Normalize, r conf.RouteNormalize, refuse, decode wire.Oddity) {
		t.Helper()
		got := newOddities(r).on(listenerOddities(l))
		if got.refuse != refuse || got.decode != decode {
			t.Fatalf("refuse %b, decode %b; want %b, %b", got.refuse, got.decode, refuse, decode)
		}
	}
	strict := conf.Normalize{EncodedSlash: "reject", DotSegments: "reject", PathParameters: "keep", MergeSlashes: true}
	f(strict, conf.RouteNormalize{}, slashOddities|wire.OddDotSegment, 0)
	f(strict, conf.RouteNormalize{EncodedSlash: "keep"}, wire.OddDotSegment, 0)
	f(strict, conf.RouteNormalize{EncodedSlash: "decode"}, wire.OddDotSegment, slashOddities)
	f(strict, conf.RouteNormalize{DotSegments: "resolve", PathParameters: "reject"}, slashOddities|wire.OddParameter, 0)
	f(strict, conf.RouteNormalize{MergeSlashes: &no}, slashOddities|wire.OddDotSegment|wire.OddEmptySegment, 0)
	loose := conf.Normalize{EncodedSlash: "decode", DotSegments: "resolve", PathParameters: "reject"}
	f(loose, conf.RouteNormalize{}, wire.OddParameter|wire.OddEmptySegment, slashOddities)
	f(loose, conf.RouteNormalize{EncodedSlash: "reject", PathParameters: "keep", MergeSlashes: &yes}, slashOddities, 0)
}

func TestAdmit(t *testing.T) {
	table := &table{matcher: testMatcher(t, "/a/*", "/a/b/*", "/*")}
	for i := range 3 {
		table.routes = append(table.routes, &route{})
		table.routes[i].odd = newOddities(conf.RouteNormalize{EncodedSlash: []string{"decode", "keep", "reject"}[i], DotSegments: "resolve"})
	}
	f := func(path string, want wire.Fault, canonical string) {
		t.Helper()
		var fl flight
		fl.Request = *testRequest(t, "GET "+path)
		index, _ := table.matcher.find(&fl.Request, &fl.Params)
		fl.route = table.routes[index]
		if got := table.admit(&fl); got != want || string(fl.Request.Target.Path) != canonical {
			t.Fatalf("%s: %v, %q; want %v, %q", path, got, fl.Request.Target.Path, want, canonical)
		}
	}
	f("/a/x%2Fy", wire.Whole, "/a/x/y")
	f("/a/x/../y", wire.Whole, "/a/y")
	f("/a/b%2Fy", wire.EncodedSlash, "/a/b/y") // as /a/b/y it would be another route's
	f("/a/b/x%2Fy", wire.Whole, "/a/b/x%2Fy")
	f("/c%2Fd", wire.EncodedSlash, "/c%2Fd")
	f("/a%2Fb", wire.EncodedSlash, "/a%2Fb")
}

func TestUnderscoreHeaders(t *testing.T) {
	var tables strings.Builder
	for _, word := range []string{"drop-if-collides", "drop", "keep", "reject"} {
		fmt.Fprintf(&tables, "[routes.%s]\nmatch = { path = \"/%[1]s\" }\nauth = \"anonymous\"\nto = \"app\"\nnormalize = { underscore_headers = %[1]q }\n", word)
	}
	tables.WriteString("[routes.listener]\nmatch = { path = \"/listener\" }\nauth = \"anonymous\"\nto = \"app\"\n")
	h := start(t, tables.String())
	f := func(path, sent string, status int) {
		t.Helper()
		h.record.Reset()
		h.send(get(path, "X_Forwarded_For: 6.6.6.6", "X_Own: 1", "X-Own: 2")).is(t, status, "")
		got := ""
		for _, line := range strings.Split(string(h.record.Bytes()), "\r\n") {
			if name, _, _ := strings.Cut(line, ":"); name == "X-Own" || strings.Contains(name, "_") {
				got += line + "; "
			}
		}
		if got != sent {
			t.Errorf("%s: upstream got %q, want %q", path, got, sent)
		}
	}
	f("/drop-if-collides", "X_Own: 1; X-Own: 2; ", 200)
	f("/drop", "X-Own: 2; ", 200)
	f("/keep", "X_Forwarded_For: 6.6.6.6; X_Own: 1; X-Own: 2; ", 200)
	f("/reject", "", 400)
	f("/listener", "X_Own: 1; X-Own: 2; ", 200)
	h.write(strings.Replace(prologue, "timeouts =", "normalize = { underscore_headers = \"reject\" }\ntimeouts =", 1) + tables.String())
	if _, err := h.Reload(); err != nil {
		t.Fatal(err)
	}
	h.send(get("/listener", "X_Own: 1")).is(t, 400, "normalize.underscore")
	f("/keep", "X_Forwarded_For: 6.6.6.6; X_Own: 1; X-Own: 2; ", 200)
}
