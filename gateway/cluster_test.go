package gateway

import (
	"strings"
	"testing"
	"time"

	"sallyport/internal/state/statetest"
)

const clusterRoutes = `
[state]
addresses = ["@STATE@"]
timeout   = "1s"
[routes.lease]
match   = { path = "/lease" }
auth    = "anonymous"
rate    = { key = "client.ip", limit = "30/h", burst = 30, scope = "cluster" }
respond = { status = 200, body = "in" }
[routes.exact]
match   = { path = "/exact" }
auth    = "anonymous"
rate    = { key = "client.ip", limit = "7/h", burst = 7, scope = "cluster", consistency = "exact", on_state_loss = "deny" }
respond = { status = 200, body = "in" }
[routes.other]
match   = { path = "/other" }
auth    = "anonymous"
rate    = { key = "client.ip", limit = "7/h", burst = 7, scope = "cluster", consistency = "exact", on_state_loss = "deny" }
respond = { status = 200, body = "in" }
`

// granted counts the requests that gateways let in, taken in turns.
func granted(gateways []*harness, path string, requests int) (n int) {
	for i := range requests {
		if gateways[i%len(gateways)].send(get(path)).StatusCode == 200 {
			n++
		}
	}
	return n
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

// Three gateways and a store have one limit; without the store each has its part of it, or nobody is let in.
func TestClusterOfGateways(t *testing.T) {
	store := statetest.Start(t)
	var gateways []*harness
	for range 3 {
		h := start(t, strings.ReplaceAll(clusterRoutes, "@STATE@", store.Address))
		gateways = append(gateways, h)
	}
	for _, h := range gateways {
		eventually(t, "all gateways share the state", func() bool {
			engine := h.table.Load().state
			return engine.Up() && engine.Nodes() == len(gateways)
		})
	}
	if n := granted(gateways, "/lease", 120); n != 30 {
		t.Errorf("%d of 30 let in with leases", n)
	}
	if n := granted(gateways, "/exact", 30); n != 7 {
		t.Errorf("%d of 7 let in, asked one by one", n)
	}
	engine := gateways[0].table.Load().state
	if _, err := gateways[0].Reload(); err != nil {
		t.Fatal(err)
	}
	if gateways[0].table.Load().state != engine {
		t.Error("a reload that changes nothing made another link to the store")
	}
	store.Kill()
	for _, h := range gateways {
		eventually(t, "the loss is seen", func() bool { return !h.table.Load().state.Up() })
	}
	gateways[0].send(get("/exact")).is(t, 429, "rate.client") // what the store has refused for an hour is refused
	gateways[1].send(get("/lease")).is(t, 429, "rate.client")
	gateways[2].send(get("/other")).is(t, 503, "rate.unavailable")
}

// A limit of a cluster is not needed to start.
func TestClusterWithoutStore(t *testing.T) {
	h := start(t, strings.ReplaceAll(clusterRoutes, "@STATE@", "127.0.0.1:1"))
	if n := granted([]*harness{h}, "/lease", 40); n != 30 {
		t.Errorf("%d of 30 let in", n)
	}
	h.send(get("/exact")).is(t, 503, "rate.unavailable")
}

// What is purged at one gateway is purged at the others.
func TestClusterPurges(t *testing.T) {
	store := statetest.Start(t)
	tables := `
[state]
addresses = ["` + store.Address + `"]
timeout   = "1s"
[routes.cached]
match = { path = "/v1/*" }
auth  = "anonymous"
cache = { ttl = "300s" }
to    = "app"
`
	a, b := start(t, tables), start(t, tables)
	eventually(t, "both share the state", func() bool { return a.table.Load().state.Up() && b.table.Load().state.Up() })
	hit := func() bool { return strings.Contains(b.send(get("/v1/x")).Header.Get("Cache-Status"), "hit") }
	eventually(t, "an answer is stored", hit)
	if _, err := a.Purge([]byte(`{"all": true}`)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the purge has come", func() bool { return !hit() })
}
