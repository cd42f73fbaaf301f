package gateway

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport/loadtest/stub"
)

// harness is a gateway on a real socket, in front of a stub upstream.
type harness struct {
	*Gateway
	t       *testing.T
	file    string
	address string
	stub    *stub.Server
	record  *stub.Recorder // what the stub was sent
}

// prologue is what every test's configuration begins with. @UPSTREAM@ stands for the stub's address.
const prologue = `schema = 1
[gateway]
drain = { quiet = "0s", requests = "2s", streams = "2s" }
admin = { listen = "off" }
[listeners.public]
address  = "127.0.0.1:0"
timeouts = { header = "1s", body_idle = "1s", request = "2s" }
limits   = { connections_per_ip = 10000 }
[observe]
access_log = { to = "off" }
[upstreams.app]
nodes = { a = "@UPSTREAM@" }
`

// start runs a gateway with these tables after the prologue, until the test ends.
func start(t *testing.T, tables string) *harness {
	t.Helper()
	return startWith(t, prologue+tables, &stub.Recorder{})
}

// startWith runs a gateway with this configuration. Without a recorder the stub allocates nothing.
func startWith(t *testing.T, text string, recorder *stub.Recorder) *harness {
	t.Helper()
	upstream, err := stub.Start(stub.Options{Recorder: recorder})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { upstream.Close() })
	h := &harness{Gateway: New(), t: t, file: filepath.Join(t.TempDir(), "sallyport.toml"), stub: upstream, record: recorder}
	h.write(text)
	if _, err := h.Start(h.file); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		h.Drain(ctx)
	})
	h.address = h.Addresses()["public"].String()
	return h
}

// write writes the configuration file.
func (h *harness) write(text string) {
	h.t.Helper()
	text = strings.ReplaceAll(text, "@UPSTREAM@", h.stub.Addr())
	if err := os.WriteFile(h.file, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// dial connects to the gateway.
func (h *harness) dial() net.Conn {
	h.t.Helper()
	c, err := net.Dial("tcp", h.address)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// send sends raw bytes on a new connection and returns the answer; its body is read.
func (h *harness) send(raw string) *answer {
	h.t.Helper()
	c := h.dial()
	if _, err := io.WriteString(c, raw); err != nil {
		h.t.Fatal(err)
	}
	return h.read(bufio.NewReader(c), strings.HasPrefix(raw, "HEAD "))
}

// answer is an answer with its body.
type answer struct {
	*http.Response
	body string
	err  error // of the body
}

func (h *harness) read(r *bufio.Reader, head bool) *answer {
	h.t.Helper()
	method := http.MethodGet
	if head {
		method = http.MethodHead
	}
	a, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		h.t.Fatalf("no answer: %v", err)
	}
	body, err := io.ReadAll(a.Body)
	return &answer{a, string(body), err}
}

// is fails the test unless the answer has this status, and, where reason is given, tells it.
func (a *answer) is(t *testing.T, status int, reason string) {
	t.Helper()
	if a.StatusCode != status || reason != "" && !strings.Contains(a.body, fmt.Sprintf(`"reason":%q`, reason)) {
		t.Fatalf("status %d, body %s; want %d %s", a.StatusCode, a.body, status, reason)
	}
}
