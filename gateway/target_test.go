package gateway

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sallyport/loadtest/stub"
)

// startSplit runs a gateway whose routes go to several upstreams: each has one stub, which sends its name as Stub-Node.
func startSplit(t *testing.T, tables string) (*harness, map[string]*stub.Server) {
	t.Helper()
	stubs := map[string]*stub.Server{}
	for _, name := range []string{"stable", "canary", "shadow", "h1", "h2", "h3"} {
		s, err := stub.Start(stub.Options{Node: name})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		stubs[name] = s
		tables = strings.ReplaceAll(tables, "@"+name+"@", s.Addr())
	}
	return start(t, tables), stubs
}

const splitTables = `
[upstreams.stable]
nodes = { a = "@stable@" }
[upstreams.canary]
nodes = { a = "@canary@" }
[upstreams.shadow]
nodes = { a = "@shadow@" }
[upstreams.hashed]
nodes   = { a = "@h1@", b = "@h2@", c = "@h3@" }
balance = "hash:header.X-User"
[routes.split]
match  = { path = "/split" }
auth   = "anonymous"
to     = { stable = 50, canary = 50 }
split  = { sticky = ["header.X-User"], header = "X-To", cookie = "to" }
[routes.watched]
match  = { path = "/watched" }
auth   = "anonymous"
to     = { stable = 50, canary = 50 }
canary = { upstream = "canary", min_requests = 10 }
[routes.mirrored]
match  = { path = "/mirrored" }
auth   = "anonymous"
to     = "stable"
mirror = { to = "shadow" }
[routes.hashed]
match = { path = "/hashed" }
auth  = "anonymous"
to    = "hashed"
`

func request(path string, fields ...string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + strings.Join(append(fields, ""), "\r\n") + "\r\n"
}

func TestSplitRoute(t *testing.T) {
	h, _ := startSplit(t, splitTables)
	node := func(path string, fields ...string) string {
		t.Helper()
		return h.send(request(path, fields...)).Header.Get("Stub-Node")
	}
	for _, name := range []string{"stable", "canary"} {
		if got := node("/split", "X-To: "+name); got != name {
			t.Errorf("who asks for %s in a header gets %s", name, got)
		}
		if got := node("/split", "Cookie: a=b; to="+name); got != name {
			t.Errorf("who asks for %s in a cookie gets %s", name, got)
		}
	}
	for _, path := range []string{"/split", "/hashed"} {
		nodes := map[string]bool{}
		for user := range 40 {
			first := node(path, fmt.Sprintf("X-User: %d", user))
			if again := node(path, fmt.Sprintf("X-User: %d", user)); again != first {
				t.Errorf("%s: user %d goes to %s and then to %s", path, user, first, again)
			}
			nodes[first] = true
		}
		if len(nodes) < 2 {
			t.Errorf("%s: all users go to %v", path, nodes)
		}
	}
}

func TestMirroredRoute(t *testing.T) {
	h, stubs := startSplit(t, splitTables)
	for range 5 {
		if got := h.send(request("/mirrored")); got.StatusCode != 200 || got.Header.Get("Stub-Node") != "stable" {
			t.Fatalf("the original is answered %d by %s", got.StatusCode, got.Header.Get("Stub-Node"))
		}
	}
	for range 200 {
		if stubs["shadow"].Stats().Requests == 5 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d of 5 requests were copied", stubs["shadow"].Stats().Requests)
}

func TestCanaryRoute(t *testing.T) {
	h, stubs := startSplit(t, splitTables)
	stubs["canary"].Close()
	for range 60 {
		h.send(request("/watched"))
	}
	for range 20 {
		if got := h.send(request("/watched")); got.StatusCode != 200 {
			t.Fatalf("after the canary was aborted a request is answered %d", got.StatusCode)
		}
	}
	reason := ""
	for _, u := range h.Upstreams() {
		if u.Name == "canary" && len(u.Canaries) == 1 {
			reason = u.Canaries[0].Reason
		}
	}
	if !strings.Contains(reason, "failed") {
		t.Errorf("the reason for leaving the canary is %q", reason)
	}
	var text strings.Builder
	h.WriteMetrics(&text)
	if !strings.Contains(text.String(), `sallyport_canary_aborted{route="watched",upstream="canary"} 1`) {
		t.Error("the metric does not say that the canary was aborted")
	}
}

func TestNodesByHand(t *testing.T) {
	h, _ := startSplit(t, splitTables)
	if err := h.DrainNode("stable", "a"); err != nil {
		t.Fatal(err)
	}
	h.send(request("/mirrored")).is(t, 503, "upstream.none")
	if err := h.RestoreNode("stable", "a"); err != nil {
		t.Fatal(err)
	}
	h.send(request("/mirrored")).is(t, 200, "")
	if h.DrainNode("stable", "z") == nil || h.DrainNode("nowhere", "a") == nil || h.RestoreNode("nowhere", "a") == nil {
		t.Error("what does not exist was drained")
	}
}
