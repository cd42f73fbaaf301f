package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"sallyport/loadtest/load"
)

// loading is what a generator has to send.
type loading struct {
	address     string
	requests    []string
	connections int
	rate        int
	duration    time.Duration
}

// loaded is what came out.
type loaded struct {
	requests, failed int64
	elapsed          time.Duration
	p50, p99         time.Duration
}

type generator interface {
	name() string
	run(l *loading) (loaded, error)
}

// newGenerator returns the generator of that name; wrk costs less than half of the CPU of our own.
func newGenerator(name, dir string) (generator, error) {
	switch name {
	case "own":
		return own{}, nil
	case "auto", "wrk":
	default:
		return nil, fmt.Errorf("no generator %q; there are auto, wrk and own", name)
	}
	if path, err := exec.LookPath("wrk"); err == nil {
		return &wrk{path: path, dir: dir}, nil
	} else if name == "wrk" {
		return nil, err
	}
	return own{}, nil
}

// own is the generator of this module.
type own struct{}

func (own) name() string { return "own generator" }

func (own) run(l *loading) (loaded, error) {
	o := load.Options{Address: l.address, Connections: l.connections, Rate: l.rate, Duration: l.duration}
	for _, r := range l.requests {
		o.Requests = append(o.Requests, []byte(r))
	}
	r, err := load.Run(o)
	if err != nil {
		return loaded{}, err
	}
	return loaded{requests: r.Requests, failed: r.Failed(2), elapsed: r.Elapsed, p50: r.Latency.Quantile(0.5), p99: r.Latency.Quantile(0.99)}, nil
}

// wrk is the program of that name. It knows whole seconds and no rates; ours serves the rest.
type wrk struct {
	own
	path, dir string
}

func (w *wrk) name() string { return "wrk" }

func (w *wrk) run(l *loading) (loaded, error) {
	if l.rate > 0 || l.duration%time.Second != 0 {
		return w.own.run(l)
	}
	script := filepath.Join(w.dir, "requests.lua")
	if err := os.WriteFile(script, []byte(lua(l.requests)), 0o644); err != nil {
		return loaded{}, err
	}
	out, err := exec.Command(w.path, "-t1", "-c", strconv.Itoa(l.connections), "-d", strconv.Itoa(int(l.duration/time.Second)),
		"--latency", "-s", script, "http://"+l.address).CombinedOutput()
	if err != nil {
		return loaded{}, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	return parseWrk(string(out))
}

// lua is a script for wrk that sends raw requests in turn.
func lua(requests []string) string {
	var b strings.Builder
	b.WriteString("local requests = {\n")
	for _, r := range requests {
		fmt.Fprintf(&b, "%q,\n", r)
	}
	b.WriteString("}\nlocal i = 0\nfunction request() i = i % #requests + 1; return requests[i] end\n")
	return b.String()
}

var (
	wrkRequests = regexp.MustCompile(`(\d+) requests in ([\d.]+\w+)`)
	wrkQuantile = regexp.MustCompile(`(50|99)%\s+([\d.]+\w+)`)
	wrkStatus   = regexp.MustCompile(`Non-2xx or 3xx responses: (\d+)`)
	wrkErrors   = regexp.MustCompile(`Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)`)
)

// parseWrk reads what wrk --latency prints.
func parseWrk(out string) (r loaded, err error) {
	m := wrkRequests.FindStringSubmatch(out)
	if m == nil {
		return r, errors.New("wrk printed no count of requests")
	}
	if r.requests, err = strconv.ParseInt(m[1], 10, 64); err != nil {
		return r, err
	}
	if r.elapsed, err = time.ParseDuration(m[2]); err != nil {
		return r, err
	}
	for _, q := range wrkQuantile.FindAllStringSubmatch(out, -1) {
		d, err := time.ParseDuration(q[2])
		if err != nil {
			return r, err
		}
		if q[1] == "50" {
			r.p50 = d
		} else {
			r.p99 = d
		}
	}
	for _, counts := range [][]string{wrkStatus.FindStringSubmatch(out), wrkErrors.FindStringSubmatch(out)} {
		for i, c := range counts {
			if i > 0 {
				n, _ := strconv.ParseInt(c, 10, 64) // the pattern has matched digits
				r.failed += n
			}
		}
	}
	return r, nil
}
