package lb

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/internal/wire"
)

// server is a real node on loopback that can be killed, stalled and started again at its address.
type server struct {
	t       *testing.T
	address string
	slow    atomic.Int64 // ns before it answers
	stalled atomic.Bool  // it accepts and reads, and answers nothing
	calls   atomic.Int64
	posts   sync.Map // how often each body was received

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{t: t, address: "127.0.0.1:0", conns: map[net.Conn]bool{}}
	s.start()
	t.Cleanup(s.kill)
	return s
}

func (s *server) start() {
	s.t.Helper()
	l, err := net.Listen("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	s.address, s.listener = l.Addr().String(), l
	s.mu.Unlock()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns[c] = true
			s.mu.Unlock()
			go s.serve(c)
		}
	}()
}

// kill ends the node as kill -9 does: nothing listens any more, and every connection is reset.
func (s *server) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listener.Close()
	for c := range s.conns {
		c.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
	clear(s.conns)
}

// hangUp closes the connections, as a node does that restarts in good order.
func (s *server) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
	}
	clear(s.conns)
}

func (s *server) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		request, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return
		}
		s.calls.Add(1)
		if len(body) > 0 {
			times, _ := s.posts.LoadOrStore(string(body), new(atomic.Int64))
			times.(*atomic.Int64).Add(1)
		}
		for s.stalled.Load() {
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Duration(s.slow.Load()))
		if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"); err != nil {
			return
		}
	}
}

// live is an upstream of real servers.
type live struct {
	*Upstream
	t       *testing.T
	nodes   []*server
	results sync.Map // how often what came of a call
}

func newLive(t *testing.T, nodes int, definition string) *live {
	t.Helper()
	l := &live{t: t}
	for range nodes {
		l.nodes = append(l.nodes, newServer(t))
	}
	l.Upstream = l.compile(definition, nil)
	l.Start()
	t.Cleanup(func() { l.Stop() })
	return l
}

func (l *live) compile(definition string, previous *Upstream) *Upstream {
	l.t.Helper()
	var list []string
	for i, n := range l.nodes {
		list = append(list, fmt.Sprintf("%c = %q", 'a'+i, n.address))
	}
	u, err := Compile(definedAs(l.t, "nodes = { "+strings.Join(list, ", ")+" }\n"+definition), previous)
	if err != nil {
		l.t.Fatal(err)
	}
	return u
}

// call sends one request, a GET or a POST of a body, and reads the answer to its end.
func call(u *Upstream, attempt time.Duration, body string) string {
	var request wire.Request
	var reply wire.Reply
	text := "GET / HTTP/1.1\r\nHost: u\r\n\r\n"
	if body != "" {
		text = fmt.Sprintf("POST / HTTP/1.1\r\nHost: u\r\nContent-Length: %d\r\n\r\n", len(body))
	}
	if n, fault := request.Parse([]byte(text), &wire.Limits{Head: 4096, Target: 1024, Fields: 10}); n != len(text) || fault != wire.Whole {
		return "parse"
	}
	request.Body.SetBytes([]byte(body))
	now := wire.Now()
	c := &Call{
		Request: &request, Reply: &reply, Head: []byte(text), Now: now, Deadline: now + 3e9, AttemptTimeout: int64(attempt),
		BodyIdle: 1e9, Idempotent: body == "", Replayable: true,
	}
	if failure := u.Do(c); failure != OK {
		return failure.String()
	}
	status := fmt.Sprint(reply.Status)
	var err error
	for err == nil {
		_, err = reply.Body.Next()
	}
	reply.Reset()
	u.Done(c, err != io.EOF)
	return status
}

// load makes calls with so many goroutines until the returned function is called, which waits for them.
func (l *live) load(goroutines int, one func(i int64) string) (stop func()) {
	var ended atomic.Bool
	var number atomic.Int64
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for !ended.Load() {
				result := one(number.Add(1))
				times, _ := l.results.LoadOrStore(result, new(atomic.Int64))
				times.(*atomic.Int64).Add(1)
			}
		})
	}
	return func() { ended.Store(true); wg.Wait() }
}

// count returns how many calls ended so.
func (l *live) count(result string) int64 {
	if times, ok := l.results.Load(result); ok {
		return times.(*atomic.Int64).Load()
	}
	return 0
}

// only checks that no call ended otherwise.
func (l *live) only(result string) {
	l.t.Helper()
	l.results.Range(func(other, times any) bool {
		if other != result {
			l.t.Errorf("%d calls ended with %s", times.(*atomic.Int64).Load(), other)
		}
		return true
	})
	if l.count(result) == 0 {
		l.t.Errorf("no call ended with %s", result)
	}
}

// extra returns the attempts that were made beyond one for each call.
func (l *live) extra() int64 { return int64(l.numbers.retried.Load()) }

func (l *live) state(node string) string {
	for _, n := range l.Status().Nodes {
		if n.Name == node {
			return n.State
		}
	}
	return ""
}

func TestKillOneOfThree(t *testing.T) {
	l := newLive(t, 3, "")
	for _, n := range l.nodes {
		n.slow.Store(int64(2 * time.Millisecond))
	}
	stop := l.load(32, func(int64) string { return call(l.Upstream, 0, "") })
	time.Sleep(500 * time.Millisecond)
	l.nodes[1].kill()
	eventually(t, "the dead node is still used", func() bool { return l.state("b") == "refusing" })
	before := l.fleet.nodes[1].started.Load()
	time.Sleep(500 * time.Millisecond)
	if after := l.fleet.nodes[1].started.Load(); after != before {
		t.Errorf("the dead node was tried %d times", after-before)
	}
	l.nodes[1].start()
	eventually(t, "the node that is back is not used", func() bool { return l.state("b") == "ready" && l.fleet.nodes[1].started.Load() > before })
	stop()
	l.only("200")
	if calls := l.count("200"); l.extra() > calls/10 {
		t.Errorf("%d calls cost %d retries", calls, l.extra())
	}
}

func TestKillUnderPosts(t *testing.T) {
	l := newLive(t, 3, "")
	for _, n := range l.nodes {
		n.slow.Store(int64(2 * time.Millisecond))
	}
	stop := l.load(32, func(i int64) string { return call(l.Upstream, 0, fmt.Sprint("body ", i)) })
	time.Sleep(300 * time.Millisecond)
	l.nodes[1].kill()
	time.Sleep(300 * time.Millisecond)
	stop()
	if failed := l.count("reset"); failed > 32 {
		t.Errorf("%d calls failed, and 32 were in flight", failed)
	}
	if l.count("200") == 0 || l.count("connect")+l.count("none")+l.count("timeout") > 0 {
		t.Error("calls failed that were not in flight at the dead node")
	}
	seen := map[string]int64{}
	for _, n := range l.nodes {
		n.posts.Range(func(body, times any) bool {
			seen[body.(string)] += times.(*atomic.Int64).Load()
			return true
		})
	}
	for body, times := range seen {
		if times > 1 {
			t.Errorf("%s was sent %d times", body, times)
		}
	}
}

func TestAllNodesDown(t *testing.T) {
	l := newLive(t, 3, "")
	for _, n := range l.nodes {
		n.kill()
	}
	for range 200 {
		if got := call(l.Upstream, 0, ""); got != "none" {
			t.Fatalf("a call ended with %s", got)
		}
	}
	if l.extra() > 20 {
		t.Errorf("200 calls cost %d retries", l.extra())
	}
}

func TestOneNodeStalls(t *testing.T) {
	l := newLive(t, 3, "eject = {}\nretry = { on = [\"connect\", \"stale\", \"timeout\"] }")
	l.nodes[2].stalled.Store(true)
	stop := l.load(16, func(int64) string { return call(l.Upstream, 500*time.Millisecond, "") })
	eventually(t, "the stalled node is not ejected", func() bool { return l.state("c") == "ejected" })
	stop()
	l.only("200")
}

func TestAllNodesStall(t *testing.T) {
	l := newLive(t, 2, "")
	for _, n := range l.nodes {
		n.stalled.Store(true)
	}
	if got := call(l.Upstream, 100*time.Millisecond, ""); got != "timeout" {
		t.Errorf("the call ended with %s", got)
	}
}

func TestIdleConnectionsThatWereClosed(t *testing.T) {
	l := newLive(t, 1, "")
	for i := range 50 {
		if got := call(l.Upstream, 0, fmt.Sprint("before ", i)); got != "200" {
			t.Fatalf("a call ended with %s", got)
		}
		l.nodes[0].hangUp()
		time.Sleep(2 * time.Millisecond) // the close is here
		if got := call(l.Upstream, 0, fmt.Sprint("after ", i)); got != "200" {
			t.Fatalf("behind a connection that was seen to be closed a POST ended with %s", got)
		}
	}
}

func TestReloadsUnderLoad(t *testing.T) {
	l := newLive(t, 3, "")
	var current atomic.Pointer[Upstream]
	current.Store(l.Upstream)
	stop := l.load(16, func(i int64) string {
		body := ""
		if i%2 == 0 {
			body = fmt.Sprint("body ", i)
		}
		return call(current.Load(), 0, body)
	})
	definitions := []string{
		"balance = \"least\"\nhealth = { every = \"50ms\" }", "balance = \"hash:header.X\"\neject = {}", "breaker = {}",
		"pool = { max = 64 }", "slow_start = \"100ms\"", "balance = \"round-robin\"\nrequests = { max = 100 }", "",
	}
	for i := range 30 {
		all := l.nodes
		if i%3 == 1 {
			l.nodes = all[:2] // a node leaves, and comes back with the next one
		}
		next := l.compile(definitions[i%len(definitions)], current.Load())
		l.nodes = all
		next.Start()
		old := current.Swap(next)
		old.Stop()
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	l.only("200")
	last := current.Load()
	defer last.Stop()
	for _, n := range last.fleet.nodes {
		if inflight := n.inflight.Load(); inflight != 0 {
			t.Errorf("node %s is left with %d requests in flight", n.name, inflight)
		}
	}
}
