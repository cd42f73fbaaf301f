package rawtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/gateway"
	"sallyport/loadtest/stub"
)

// world is a gateway in front of a recording upstream.
type world struct {
	address  string
	file     string // the configuration
	gateway  *gateway.Gateway
	upstream *stub.Server
	recorder *stub.Recorder
	steps    atomic.Pointer[[]stub.Step]              // what the upstream answers; nil is the ordinary answer
	play     func(q *stub.Request, n int) []stub.Step // what it answers to its n-th request, if not nil
	asked    atomic.Int64
	drained  bool
}

const configuration = `
schema = 1

[gateway]
drain = { quiet = "0s" }
admin = { listen = %q }

[observe]
access_log = { to = "off" }

[listeners.public]
address  = %q
timeouts = { header = %[3]q, body_idle = %[3]q, request = %[3]q }

[upstreams.app]
nodes = { a = %[4]q }
pool  = { connect = "30s" }

[routes.all]
match = { path = %[5]q }
auth  = "anonymous"
to    = "app"

[routes.relaxed]
match     = { path = "/relaxed/*" }
auth      = "anonymous"
normalize = { encoded_slash = "keep", dot_segments = "resolve" }
to        = "app"

[routes.ws]
match   = { path = "/ws" }
auth    = "anonymous"
upgrade = ["websocket"]
to      = "app"

[routes.decoded]
match     = { path = "/decoded/*" }
auth      = "anonymous"
normalize = { encoded_slash = "decode" }
to        = "app"

[routes.strict]
match     = { path = "/strict/*" }
auth      = "anonymous"
normalize = { path_parameters = "reject", merge_slashes = false }
to        = "app"

[routes.read]
match = { path = "/read/*", methods = ["GET", "HEAD"] }
auth  = "anonymous"
to    = "app"

[routes.write]
match = { path = "/write/*", methods = ["POST"] }
auth  = "anonymous"
to    = "app"

[routes.small]
match  = { path = "/small/*" }
auth   = "anonymous"
limits = { body = "1KiB" }
to     = "app"
`

// Times that a listener allows: long ones, for what should not depend on them, and short ones for what does.
const (
	patient   = "30s"
	impatient = "1s"
)

// Paths of the route that takes what the others do not.
const (
	everything = "/*"
	something  = "/any/*"
)

func newWorld(t testing.TB, patience, paths string) *world {
	t.Helper()
	w := &world{address: freeAddress(t), recorder: new(stub.Recorder), gateway: gateway.New()}
	var err error
	if w.upstream, err = stub.Start(stub.Options{Recorder: w.recorder, Answer: w.answer}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.upstream.Close() })
	w.file = filepath.Join(t.TempDir(), "sallyport.toml")
	text := fmt.Sprintf(configuration, freeAddress(t), w.address, patience, w.upstream.Addr(), paths)
	if err := os.WriteFile(w.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.gateway.Start(w.file); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if !w.drained {
			w.gateway.Drain(ctx)
		}
	})
	return w
}

func (w *world) answer(q *stub.Request) []stub.Step {
	if w.play != nil {
		if steps := w.play(q, int(w.asked.Add(1))); steps != nil {
			return steps
		}
	}
	if steps := w.steps.Load(); steps != nil && string(q.Target) != after {
		return *steps
	}
	if string(q.Target) == "/ws" {
		return nil // the stub speaks WebSocket
	}
	if string(q.Method) == "HEAD" {
		return say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	}
	return say(ordinary(q))
}

// ordinary is an answer that says what was asked for.
func ordinary(q *stub.Request) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(q.Target), q.Target)
}

// after is the target of the request that shows whether a connection is still in step.
const after = "/after"

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// client is one connection to the gateway.
type client struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
	head bool // the first request asks for a head alone
}

func (w *world) dial(t *testing.T) *client {
	t.Helper()
	c, err := w.redial()
	if err != nil {
		t.Error(err)
		t.FailNow()
	}
	c.t = t
	t.Cleanup(func() { c.conn.Close() })
	return c
}

// redial is dial where it is no fault that nobody listens.
func (w *world) redial() (*client, error) {
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		return nil, err
	}
	return &client{conn: c, r: bufio.NewReader(c)}, nil
}

// send writes raw bytes. The gateway may have answered and closed before the last of them, so that an error is none.
func (c *client) send(raw string) {
	c.head = strings.HasPrefix(raw, "HEAD ")
	io.WriteString(c.conn, raw)
}

// reply is one answer as the client got it.
type reply struct {
	status  int
	reason  string // of a refusal
	header  http.Header
	body    string
	cut     error // why the body is not whole
	closing bool
	interim int // interim answers before it
}

// hangs is when a test gives up waiting.
const hangs = time.Minute

// read reads the next final answer. An error means that there is none.
func (c *client) read() (*reply, error) {
	c.conn.SetReadDeadline(time.Now().Add(hangs))
	for r := new(reply); ; r.interim++ {
		q := new(http.Request)
		if c.head {
			q.Method = "HEAD"
		}
		answer, err := http.ReadResponse(c.r, q)
		if err != nil {
			return nil, err
		}
		if answer.StatusCode < 200 && answer.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		body, err := io.ReadAll(answer.Body)
		r.status, r.header, r.body, r.cut, r.closing = answer.StatusCode, answer.Header, string(body), err, answer.Close
		c.head = false
		if len(body) > 0 && answer.Header.Get("Content-Type") == "application/problem+json" {
			var problem struct {
				Status int
				Reason string
			}
			if err := json.Unmarshal(body, &problem); err != nil || problem.Status != r.status {
				c.t.Errorf("problem %s: %v", body, err)
			}
			r.reason = problem.Reason
		}
		return r, nil
	}
}

// rest reads to the end of the connection.
func (c *client) rest() string {
	c.conn.SetReadDeadline(time.Now().Add(hangs))
	rest, _ := io.ReadAll(c.r) // a reset is an end too
	return string(bytes.TrimSpace(rest))
}

// inStep proves that the connection is where both sides believe it to be: the next request gets its own answer.
func (c *client) inStep() {
	c.t.Helper()
	c.send("GET " + after + " HTTP/1.1\r\n" + host + "\r\n")
	if r, err := c.read(); err != nil || r.status != 200 || r.body != after {
		c.t.Errorf("the next request got %+v, %v", r, err)
	}
}
