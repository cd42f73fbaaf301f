package gateway

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// load sends requests on kept connections and on new ones until stop is closed, and returns how many were sent. Every
// answer but a 200 is a failure.
func (h *harness) load(stop <-chan struct{}, workers int) func() int64 {
	var sent atomic.Int64
	var done sync.WaitGroup
	for i := range workers {
		done.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := h.session(i%2 == 0, &sent); err != nil {
					h.t.Errorf("worker %d, connection %d: %v", i, n, err)
					return
				}
			}
		})
	}
	return func() int64 {
		done.Wait()
		return sent.Load()
	}
}

// session sends requests on one connection until the gateway says that it ends: one where kept is not set.
func (h *harness) session(kept bool, sent *atomic.Int64) error {
	c, err := net.Dial("tcp", h.address)
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	r := bufio.NewReader(c)
	for n := 0; n < 100; n++ {
		request := get("/v1/x")
		if n%3 == 1 {
			request = "POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
		}
		if _, err := io.WriteString(c, request); err != nil {
			return err
		}
		a, err := http.ReadResponse(r, nil)
		if err != nil {
			return fmt.Errorf("request %d: %w", n, err)
		}
		if _, err := io.Copy(io.Discard, a.Body); err != nil {
			return err
		}
		if a.StatusCode != 200 {
			return fmt.Errorf("status %d", a.StatusCode)
		}
		sent.Add(1)
		if a.Close || !kept {
			return nil
		}
	}
	return nil
}

func TestReloadsUnderLoad(t *testing.T) {
	h := start(t, routes)
	stop := make(chan struct{})
	wait := h.load(stop, 8)
	for n := range 40 {
		h.write(prologue + strings.Replace(routes, `body = "hello"`, fmt.Sprintf(`body = "hello %d"`, n), 1))
		if _, err := h.Reload(); err != nil {
			t.Fatal(err)
		}
		h.send(get("/hello")).is(t, 200, "")
		if got := h.send(get("/hello")).body; got != fmt.Sprintf("hello %d", n) {
			t.Fatalf("after reload %d the old table answers: %q", n, got)
		}
	}
	close(stop)
	if sent := wait(); sent < 40 {
		t.Errorf("only %d requests were sent", sent)
	}
}

func TestBrokenFileKeepsTheTable(t *testing.T) {
	h := start(t, routes)
	stop := make(chan struct{})
	wait := h.load(stop, 4)
	f := func(text, want string) {
		t.Helper()
		h.write(text)
		_, err := h.Reload()
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), h.file+":") {
			t.Errorf("error %v, want one about %s with its place", err, want)
		}
		if r := h.Readiness(); !r.Ready || !strings.Contains(r.Refused, want) || r.Generation != 1 {
			t.Errorf("readiness %+v", r)
		}
		h.send(get("/hello")).is(t, 200, "")
	}
	f(prologue+routes+"\n[routes.more]\nmatch = { path = \"/more\" }\nto = \"app\"\n", "auth")
	f(prologue+routes+"\nadress = 1\n", "adress")
	f("schema = ", "expected")
	f(prologue+routes+"\n[listeners.second]\naddress = \"203.0.113.1:1\"\n", "203.0.113.1")
	f(prologue+routes+`
[tests.wrong]
request = { url = "http://a.example/hello" }
expect  = { status = 404 }
`, "test wrong fails")
	close(stop)
	wait()
	if failed := h.counters.failedReloads.Get(); failed != 5 {
		t.Errorf("sallyport_reload_total{result=failed} is %d, want 5", failed)
	}
}

func TestReloadsLeaveNothingBehind(t *testing.T) {
	h := start(t, routes)
	settle := func() (goroutines, files int) {
		for range 50 {
			n := runtime.NumGoroutine()
			time.Sleep(20 * time.Millisecond)
			if goroutines = runtime.NumGoroutine(); goroutines == n {
				break
			}
		}
		open, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return goroutines, len(open)
	}
	reload := func(times int) {
		for n := range times {
			h.write(prologue + strings.Replace(routes, `body = "hello"`, fmt.Sprintf(`body = "hello %d"`, n), 1))
			if _, err := h.Reload(); err != nil {
				t.Fatal(err)
			}
		}
	}
	reload(5)
	goroutines, files := settle()
	reload(100)
	if g, f := settle(); g > goroutines+2 || f > files+2 {
		t.Errorf("before 100 reloads %d goroutines and %d descriptors, after them %d and %d", goroutines, files, g, f)
	}
}
