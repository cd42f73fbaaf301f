package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test's own binary be sallyport, so that a process can be tested as one.
func TestMain(m *testing.M) {
	if os.Getenv("SALLYPORT_TEST_MAIN") != "" {
		main()
	}
	os.Exit(m.Run())
}

// process is a running sallyport.
type process struct {
	*exec.Cmd
	t      *testing.T
	stderr bytes.Buffer
}

// startProcess runs sallyport with these arguments.
func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0], args...), t: t}
	p.Env = append(os.Environ(), "SALLYPORT_TEST_MAIN=1")
	p.Stderr = &p.stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill() })
	return p
}

// freePort returns an address that was free a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// await tries until f succeeds.
func (p *process) await(what string, f func() bool) {
	p.t.Helper()
	for range 400 {
		if f() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	p.t.Fatalf("in vain: %s", what)
}

func statusOf(url string) int {
	a, err := http.Get(url)
	if err != nil {
		return 0
	}
	defer a.Body.Close()
	io.Copy(io.Discard, a.Body)
	return a.StatusCode
}

func TestDrain(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			time.Sleep(1500 * time.Millisecond)
		}
		io.WriteString(w, "ok")
	}))
	defer upstream.Close()
	address, admin := freePort(t), freePort(t)
	file := filepath.Join(t.TempDir(), "sallyport.toml")
	text := fmt.Sprintf(`schema = 1
[gateway]
drain = { quiet = "1s", requests = "20s", streams = "20s" }
admin = { listen = %q }
[listeners.public]
address = %q
[upstreams.app]
nodes = { a = %q }
[routes.all]
match = { path = "/*" }
auth  = "anonymous"
to    = "app"
[observe]
access_log = { to = "off" }
`, admin, address, strings.TrimPrefix(upstream.URL, "http://"))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := startProcess(t, "run", "-c", file)
	p.await("ready", func() bool { return statusOf("http://"+admin+"/readyz") == 200 })

	kept, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	kept.SetDeadline(time.Now().Add(20 * time.Second))
	r := bufio.NewReader(kept)
	ask := func(path string) *http.Response {
		t.Helper()
		if _, err := fmt.Fprintf(kept, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path); err != nil {
			t.Fatal(err)
		}
		a, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, a.Body)
		return a
	}
	idle, err := net.Dial("tcp", address) // never says a word, and must not keep the process
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	if a := ask("/"); a.StatusCode != 200 || a.Close {
		t.Fatalf("before: %d, close %v", a.StatusCode, a.Close)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.await("readiness goes red", func() bool { return statusOf("http://"+admin+"/readyz") == 503 })
	if got := statusOf("http://" + address + "/"); got != 200 {
		t.Errorf("a new connection while it is quiet: %d", got)
	}
	if a := ask("/slow"); a.StatusCode != 200 || !a.Close { // longer than quiet
		t.Errorf("a request that runs: %d, close %v", a.StatusCode, a.Close)
	}
	ended := make(chan error, 1)
	go func() { ended <- p.Wait() }()
	p.await("the end: requests and streams may take 40 s, but nobody waits for idle connections", func() bool { return len(ended) > 0 })
	if err := <-ended; err != nil {
		t.Errorf("exit: %v\n%s", err, p.stderr.String())
	}
}

func TestRunRefuses(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	file := filepath.Join(t.TempDir(), "busy.toml")
	text := fmt.Sprintf("schema = 1\n[gateway]\nadmin = { listen = \"off\" }\n[listeners.public]\naddress = %q\n[routes.a]\nmatch = { path = \"/\" }\nauth = \"anonymous\"\nrespond = {}\n", busy.Addr())
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := startProcess(t, "run", "-c", file)
	err = p.Wait()
	if p.ProcessState.ExitCode() != exitWrong || !strings.Contains(p.stderr.String(), file+":5:11: "+busy.Addr().String()+" is in use") {
		t.Errorf("a busy port: %v\n%s", err, p.stderr.String())
	}
}
