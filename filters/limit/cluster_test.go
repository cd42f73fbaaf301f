package limit

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/state"
	"sallyport/internal/state/statetest"
	"sallyport/internal/wire"
)

// node is a gateway of a cluster, as far as its limits go.
type node struct {
	*bench
	engine *state.Engine
}

// startNodes runs so many nodes with the same limit on a store. They are a cluster of their own.
func startNodes(t testing.TB, store *statetest.Store, n int, rules *conf.Rules) []*node {
	t.Helper()
	nodes := make([]*node, n)
	for i := range nodes {
		e := state.New(state.Options{
			Addresses: []string{store.Address},
			Prefix:    t.Name() + ":",
			// Far above that of a gateway: a busy machine must not turn answers into losses.
			Timeout: 2 * time.Second,
			Node:    fmt.Sprint(i),
		})
		e.Start()
		t.Cleanup(e.Close)
		b := &bench{t: t, memory: NewMemory(config(), e), site: newSite()}
		b.compile(rules)
		nodes[i] = &node{b, e}
	}
	waitUp(t, nodes)
	return nodes
}

func waitUp(t testing.TB, nodes []*node) {
	t.Helper()
	for _, node := range nodes {
		until(t, "all nodes see each other", func() bool { return node.engine.Up() && node.engine.Nodes() == len(nodes) })
	}
}

func until(t testing.TB, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

func clusterRate(consistency, onLoss string, burst int, limits ...string) *conf.RateLimit {
	c := rateLimit("principal", burst, limits...)
	c.Scope, c.Consistency, c.OnStateLoss = "cluster", consistency, onLoss
	return c
}

// ask is one request at this moment; it returns the refusal.
func (n *node) ask(x *filters.Exchange) string {
	x.Now, x.Start = wire.Now(), time.Now()
	for _, f := range n.late {
		if f.Request(x) == filters.Done {
			return x.Denial.Code
		}
	}
	return ""
}

// load offers the nodes a number of requests a second each for a time, and returns how many were granted and how long it
// took.
func load(nodes []*node, each []int, caller string, lasts time.Duration) (granted int64, took time.Duration) {
	var sum atomic.Int64
	var workers sync.WaitGroup
	start := time.Now()
	for i, n := range nodes {
		if each[i] == 0 {
			continue
		}
		workers.Go(func() {
			x := n.exchange("192.0.2.1", caller)
			for sent := 0; time.Since(start) < lasts; {
				for due := int(time.Since(start).Seconds() * float64(each[i])); sent < due; sent++ {
					if n.ask(x) == "" {
						sum.Add(1)
					}
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	workers.Wait()
	return sum.Load(), time.Since(start)
}

// within checks that no more was granted than the limit and so many parts of a hundred; and not much less, which is what a
// machine that is too busy to offer the load makes of it.
func within(t testing.TB, what string, granted int64, limit, percent float64) {
	t.Helper()
	t.Logf("%s: %d granted, the limit is %.0f", what, granted, limit)
	if float64(granted) > limit*(1+percent/100)+1 || float64(granted) < 0.7*limit-1 {
		t.Errorf("%s: %d granted, the limit is %.0f", what, granted, limit)
	}
}

// All nodes together grant the limit, however the load is spread.
func TestClusterGrantsTheLimit(t *testing.T) {
	store := statetest.Start(t)
	f := func(name, consistency string, rate int, each ...int) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nodes := startNodes(t, store, len(each), &conf.Rules{Rate: clusterRate(consistency, "local-share", rate, fmt.Sprintf("%d/s", rate))})
			granted, took := load(nodes, each, "corp|alice", 3*time.Second)
			within(t, name, granted, float64(rate)*(1+took.Seconds()), 0)
		})
	}
	f("even", "lease", 200, 200, 200, 200, 200)
	f("skewed", "lease", 200, 800, 0, 0, 0)
	f("large", "lease", 1000, 3000, 500)
	f("exact", "exact", 50, 100, 100)
	f("exact-skewed", "exact", 50, 200, 0)
}

// The overshoot that the documentation names is the worst there is: whenever one looks, the nodes have together granted no
// more than the limit allows, and a slice for each.
func TestClusterOvershoot(t *testing.T) {
	store := statetest.Start(t)
	const rate, burst, count = 400, 400, 2
	nodes := startNodes(t, store, count, &conf.Rules{Rate: clusterRate("lease", "local-share", burst, fmt.Sprintf("%d/s", rate))})
	slice := nodes[0].late[0].(*filter).entries[0].limiter.(*cluster).slice()
	if slice != burst/sliceParts/count {
		t.Errorf("a slice is %d", slice)
	}
	type moment struct {
		at      time.Duration
		granted int64
	}
	moments := []moment{{}}
	start := time.Now()
	// Bursts and pauses: in a pause leases lie unspent, and the bucket fills.
	for round := range 12 {
		granted, _ := load(nodes, []int{3000, 1000}, "corp|alice", 150*time.Millisecond)
		moments = append(moments, moment{time.Since(start), granted})
		time.Sleep(time.Duration(round%3) * 200 * time.Millisecond)
	}
	for from := range moments {
		sum := int64(0)
		for to := from + 1; to < len(moments); to++ {
			sum += moments[to].granted
			// What was granted since a moment before the load began.
			elapsed := moments[to].at - moments[from].at
			if most := rate*elapsed.Seconds() + burst + count*float64(slice); float64(sum) > most+1 {
				t.Errorf("%d granted between %s and %s, where %.0f can be", sum, moments[from].at, moments[to].at, most)
			}
		}
	}
}

// When the store is lost, each node grants its share of the limit; when it is back, all nodes together grant the limit
// again. Neither is worth another burst: from beginning to end the limit holds.
func TestClusterLosesTheStore(t *testing.T) {
	f := func(name string, lose, back func(*statetest.Store)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := statetest.Start(t)
			const rate, burst = 200, 400 // a burst that outlasts the pauses of a busy machine
			nodes := startNodes(t, store, 2, &conf.Rules{Rate: clusterRate("lease", "local-share", burst, fmt.Sprintf("%d/s", rate))})
			start, sum := time.Now(), int64(0)
			phase := func(what string, lasts time.Duration, percent float64) {
				granted, _ := load(nodes, []int{600, 600}, "corp|alice", lasts)
				sum += granted
				within(t, what, sum, burst+rate*time.Since(start).Seconds(), percent)
			}
			phase("before", time.Second, 0)
			lose(store)
			for _, n := range nodes {
				until(t, "the loss is seen", func() bool { return !n.engine.Up() })
			}
			phase("away", 3*time.Second, 5)
			back(store)
			waitUp(t, nodes)
			phase("back", 2*time.Second, 5)
		})
	}
	f("killed", (*statetest.Store).Kill, (*statetest.Store).Restart)
	f("hung", (*statetest.Store).Hang, (*statetest.Store).Resume)
}

func TestClusterOnStateLoss(t *testing.T) {
	store := statetest.Start(t)
	f := func(consistency, onLoss string, want ...string) {
		t.Helper()
		b := &bench{t: t, memory: NewMemory(config(), state.New(state.Options{Addresses: []string{store.Address}})), site: newSite()}
		b.compile(&conf.Rules{Rate: clusterRate(consistency, onLoss, 2, "1/h")})
		n := &node{b, nil} // its engine never starts
		for i, code := range want {
			x := n.exchange("192.0.2.1", "corp|alice")
			if got := n.ask(x); got != code {
				t.Errorf("%s, %s: request %d: %q, want %q", consistency, onLoss, i, got, code)
			}
			if code == "rate.unavailable" && x.Reply.Status != 503 {
				t.Errorf("status %d", x.Reply.Status)
			}
		}
	}
	for _, consistency := range []string{"lease", "exact"} {
		f(consistency, "local-share", "", "", "rate.caller", "rate.caller")
		f(consistency, "allow", "", "", "", "")
		f(consistency, "deny", "rate.unavailable", "rate.unavailable")
	}
}

// What another limit refused comes back.
func TestClusterRefund(t *testing.T) {
	store := statetest.Start(t)
	for _, consistency := range []string{"lease", "exact"} {
		t.Run(consistency, func(t *testing.T) {
			shared, narrow := clusterRate(consistency, "deny", 3, "3/h"), rateLimit("principal", 1, "1/h")
			narrow.Name = "narrow"
			rules := &conf.Rules{Rate: shared, Rates: map[string]*conf.RateLimit{"narrow": narrow}}
			n := startNodes(t, store, 1, rules)[0]
			for range 10 {
				n.ask(n.exchange("192.0.2.1", "corp|alice"))
			}
			n.reload(&conf.Rules{Rate: shared})
			granted := 0
			until(t, "two more are granted", func() bool {
				if n.ask(n.exchange("192.0.2.1", "corp|alice")) == "" {
					granted++
				}
				return granted == 2
			})
			if code := n.ask(n.exchange("192.0.2.1", "corp|alice")); code != "rate.caller" {
				t.Errorf("%q", code)
			}
		})
	}
}

func TestShareDivides(t *testing.T) {
	f := func(nodes int, want int) {
		t.Helper()
		s, err := newShare(windowsOf(clusterRate("lease", "local-share", 20, "100/s")), 10)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for i := range int64(4000) {
			if s.take(s.table.Key(nil), 1, i*int64(time.Second)/4000, nodes).verdict == granted {
				n++
			}
		}
		if n < want-1 || n > want {
			t.Errorf("%d nodes: %d granted in a second, want %d", nodes, n, want)
		}
	}
	f(1, 120)
	f(2, 60)
	f(4, 30)
	f(50, 3)
}
