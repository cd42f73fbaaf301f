package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func TestUpgrade(t *testing.T) {
	address, admin := freePort(t), freePort(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "sallyport.toml")
	write := func(body string) {
		t.Helper()
		text := fmt.Sprintf(`schema = 1
[gateway]
drain = { quiet = "100ms", requests = "5s", streams = "1s" }
reload = { watch = false }
admin = { listen = %q }
[listeners.public]
address = %q
[routes.all]
match = { path = "/*" }
auth  = "anonymous"
respond = { body = %s }
[observe]
access_log = { to = "off" }
`, admin, address, body)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`"one"`)
	stderr, err := os.Create(filepath.Join(dir, "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	p := &process{Cmd: exec.Command(os.Args[0], "run", "-c", file), t: t}
	p.Env = append(os.Environ(), "SALLYPORT_TEST_MAIN=1")
	p.Stderr = stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill() })
	said := func(pattern string) []string {
		text, err := os.ReadFile(stderr.Name())
		if err != nil {
			t.Fatal(err)
		}
		return regexp.MustCompile(pattern).FindStringSubmatch(string(text))
	}
	p.await("ready", func() bool { return statusOf("http://"+admin+"/readyz") == 200 })

	stop := make(chan struct{})
	var sent atomic.Int64
	var load sync.WaitGroup
	for i := range 4 {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: i%2 == 0}, Timeout: 10 * time.Second}
		load.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				a, err := client.Get("http://" + address + "/")
				if err != nil || a.StatusCode != 200 {
					t.Errorf("while it upgrades: %v", err)
					return
				}
				io.Copy(io.Discard, a.Body)
				a.Body.Close()
				sent.Add(1)
			}
		})
	}
	write(`1`) // the new process will not come up
	if err := p.Process.Signal(syscall.SIGUSR2); err != nil {
		t.Fatal(err)
	}
	p.await("the upgrade fails", func() bool { return said("upgrade failed") != nil })
	if got := statusOf("http://" + admin + "/readyz"); got != 200 {
		t.Errorf("after an upgrade that failed: %d", got)
	}
	write(`"two"`)
	if err := p.Process.Signal(syscall.SIGUSR2); err != nil {
		t.Fatal(err)
	}
	exit := p.Wait()
	taken := said(`taken over" pid=(\d+)`)
	if exit != nil || taken == nil {
		t.Fatalf("the process before: %v, %v", exit, said("(?s).*"))
	}
	pid, err := strconv.Atoi(taken[1])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(pid, syscall.SIGKILL) })
	close(stop)
	load.Wait()
	if sent.Load() < 10 {
		t.Errorf("only %d requests were sent", sent.Load())
	}
	a, err := http.Get("http://" + address + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if body, _ := io.ReadAll(a.Body); string(body) != "two" {
		t.Errorf("the new process says %q", body)
	}
	if got := statusOf("http://" + admin + "/readyz"); got != 200 {
		t.Errorf("the new process is not ready: %d", got)
	}
}
