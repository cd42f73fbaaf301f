package lb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sallyport/conf"
	"sallyport/internal/wire"
)

// stub is an upstream whose nodes are played by functions: what a node does with a call, by its name. A node that is not
// named answers 200 at once.
type stub struct {
	*Upstream
	t     *testing.T
	plays map[string]func(c *Call, deadline int64) outcome

	mu     sync.Mutex
	log    []string        // the nodes of all attempts, in order
	closed map[string]bool // nodes to which nobody can connect: calls, probes and knocks
	ill    map[string]bool // nodes whose probes fail
	asked  map[string]int  // probes and knocks, by node
}

// newStub compiles the definition in TOML, as it stands in [upstreams.u], and starts it. It must be called in a bubble.
func newStub(t *testing.T, definition string) *stub {
	t.Helper()
	s := &stub{t: t, plays: map[string]func(*Call, int64) outcome{}, closed: map[string]bool{}, ill: map[string]bool{}, asked: map[string]int{}}
	s.reload(definition)
	t.Cleanup(func() { s.Stop() })
	return s
}

func (s *stub) reload(definition string) {
	s.t.Helper()
	next, err := Compile(definedAs(s.t, definition), s.Upstream)
	if err != nil {
		s.t.Fatal(err)
	}
	next.send = s.attempt
	if s.Upstream == nil {
		next.fleet.connect = s.connect
		next.fleet.newProbe = func(n *node, _ *conf.Health) probe { return func(context.Context) error { return s.probe(n) } }
	}
	next.Start()
	if s.Upstream != nil {
		s.Upstream.Stop()
	}
	s.Upstream = next
}

func (s *stub) attempt(n *node, c *Call, deadline int64) outcome {
	s.mu.Lock()
	s.log = append(s.log, n.name)
	play, closed := s.plays[n.name], s.closed[n.name]
	s.mu.Unlock()
	switch {
	case closed:
		return failedConnect
	case play != nil:
		return play(c, deadline)
	}
	return answer(200)(c, deadline)
}

func (s *stub) connect(_ context.Context, n *node) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[n.name]++
	if s.closed[n.name] {
		return errors.New("connection refused")
	}
	return nil
}

func (s *stub) probe(n *node) error {
	if err := s.connect(context.Background(), n); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ill[n.name] {
		return errors.New("probe got status 500")
	}
	return nil
}

// set makes nodes closed, ill or well.
func (s *stub) set(which map[string]bool, nodes string, to bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range nodes {
		which[string(name)] = to
	}
}

// play says what a node does from now on; nil: it answers 200.
func (s *stub) play(node string, f func(*Call, int64) outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plays[node] = f
}

// asks returns how often a node was probed, or asked whether it can be connected to.
func (s *stub) asks(node string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[node]
}

// ready returns the names of the nodes that take requests.
func (s *stub) ready() string { return names(s.fleet.view.Load().ready) }

// definedAs reads a definition of an upstream u.
func definedAs(t testing.TB, definition string) *conf.Upstream {
	t.Helper()
	text := "schema = 1\n[listeners.l]\naddress = \":1\"\n[routes.r]\nmatch = { path = \"/*\" }\nauth = \"anonymous\"\nto = \"u\"\n[upstreams.u]\n" + definition
	c, _, err := conf.Parse("test.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c.Upstreams["u"]
}

func answer(status int) func(*Call, int64) outcome {
	return func(c *Call, _ int64) outcome {
		c.Reply.Status = status
		return answered
	}
}

func fail(out outcome) func(*Call, int64) outcome {
	return func(*Call, int64) outcome { return out }
}

// breakOff is the end of the connection inside an answer's head.
func breakOff(c *Call, _ int64) outcome {
	c.heard = true
	return failedReset
}

// stall answers only when the deadline is over.
func stall(_ *Call, deadline int64) outcome {
	time.Sleep(time.Duration(deadline - wire.Now()))
	return failedTimeout
}

func slow(d time.Duration) func(*Call, int64) outcome {
	return func(c *Call, deadline int64) outcome {
		time.Sleep(d)
		return answer(200)(c, deadline)
	}
}

// get is a call that may be repeated, post is one that may not.
func get() *Call {
	now := wire.Now()
	return &Call{Request: &wire.Request{}, Reply: &wire.Reply{}, Now: now, Deadline: now + 2e9, Idempotent: true, Replayable: true}
}

func post() *Call {
	c := get()
	c.Idempotent = false
	return c
}

// do sends a call, ends it, and returns what came of it: a status, or a failure.
func (s *stub) do(c *Call) string {
	return send(s.Upstream, c)
}

func send(u *Upstream, c *Call) string {
	failure := u.Do(c)
	if failure != OK {
		return failure.String()
	}
	status := fmt.Sprint(c.Reply.Status)
	u.Done(c, false)
	return status
}

// attempted returns the nodes of the attempts since it was last asked.
func (s *stub) attempted() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	log := strings.Join(s.log, "")
	s.log = nil
	return log
}

const (
	nodesOnly = "nodes = { a = \"127.0.0.1:1\", b = \"127.0.0.1:2\", c = \"127.0.0.1:3\" }\n"
	three     = nodesOnly + "balance = \"round-robin\"\n"
)

// idle checks that no call has left a trace in the counts.
func (s *stub) idle() {
	s.t.Helper()
	for _, n := range s.fleet.view.Load().nodes {
		if inflight := n.inflight.Load(); inflight != 0 {
			s.t.Errorf("node %s is left with %d requests in flight", n.name, inflight)
		}
	}
	if n := s.numbers.inflight.Load(); n != 0 {
		s.t.Errorf("the upstream is left with %d requests in flight", n)
	}
}

func TestDo(t *testing.T) {
	f := func(retry string, c func() *Call, first func(*Call, int64) outcome, want string, attempts int) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			s := newStub(t, three+retry)
			times := 0
			for _, name := range []string{"a", "b", "c"} {
				s.plays[name] = func(c *Call, deadline int64) outcome {
					if times++; times == 1 {
						return first(c, deadline)
					}
					return answer(200)(c, deadline)
				}
			}
			if got := s.do(c()); got != want {
				t.Errorf("the call ends with %s, want %s", got, want)
			}
			nodes := s.attempted()
			if len(nodes) != attempts {
				t.Errorf("there were %d attempts, at %s; want %d", len(nodes), nodes, attempts)
			}
			if len(nodes) == 2 && nodes[0] == nodes[1] {
				t.Errorf("the retry went to the node that had failed")
			}
			s.idle()
		})
	}
	kept := func() *Call { c := get(); c.Replayable = false; return c }
	hasty := func() *Call { c := get(); c.AttemptTimeout = 1e8; return c }
	const nothing, never = "", "retry = { attempts = 1 }"
	const all = `retry = { on = ["connect", "stale", "reset", "timeout", "502", "503", "504"] }`

	f(nothing, get, answer(200), "200", 1)
	f(nothing, get, answer(503), "503", 1)
	f(nothing, get, fail(failedConnect), "200", 2)
	f(nothing, get, fail(failedStale), "200", 2)
	f(nothing, get, fail(failedReset), "200", 2)
	f(nothing, get, breakOff, "reset", 1)
	f(nothing, get, fail(failedMalformed), "malformed", 1)
	f(nothing, get, fail(clientGone), "client gone", 1)
	f(nothing, get, stall, "timeout", 1)
	f(nothing, hasty, stall, "200", 2)
	f(never, get, fail(failedConnect), "connect", 1)
	f(never, hasty, stall, "timeout", 1)
	f(all, get, fail(failedReset), "200", 2)
	f(all, get, answer(502), "200", 2)
	f(all, get, answer(503), "200", 2)
	f(all, get, answer(504), "200", 2)
	f(all, get, answer(500), "500", 1)
	f(all, get, fail(failedMalformed), "malformed", 1)
	f(all, get, stall, "timeout", 1) // there is no time left
	f(all, hasty, stall, "200", 2)
	f(all, get, breakOff, "200", 2)
	f(all, kept, fail(failedReset), "reset", 1)
	f(all, kept, answer(503), "503", 1)
	f(all, get, breakOff, "200", 2)
	f(all, kept, fail(failedConnect), "200", 2)
	f(all, post, fail(failedConnect), "200", 2) // nothing was sent
	f(all, post, fail(failedStale), "reset", 1)
	f(nothing, post, fail(failedReset), "reset", 1)
	f(all, post, fail(failedReset), "reset", 1)
	f(all, post, answer(503), "503", 1)
	f(all, post, fail(failedTimeout), "timeout", 1)
	f(`retry = { budget = "0%" }`, get, fail(failedConnect), "connect", 1)
}

func TestRetryEndsWithTheAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, three+`retry = { attempts = 2, on = ["503"] }`)
		for _, name := range []string{"a", "b", "c"} {
			s.play(name, answer(503))
		}
		if got := s.do(get()); got != "503" {
			t.Errorf("the call ends with %s", got)
		}
		if nodes := s.attempted(); len(nodes) != 2 {
			t.Errorf("there were attempts at %s", nodes)
		}
	})
}

func TestRetriesStayInsideTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, three+`retry = { attempts = 3, on = ["503"] }`)
		for _, name := range []string{"a", "b", "c"} {
			s.play(name, answer(503))
		}
		const requests = 5000
		for range requests {
			s.do(get())
			time.Sleep(time.Millisecond)
		}
		if attempts := len(s.attempted()); attempts > requests*11/10+retryReserve || attempts < requests*107/100 {
			t.Errorf("%d requests cost %d attempts", requests, attempts)
		}
	})
}
