package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// scenario is one comparison.
type scenario struct {
	name        string
	title       string
	goal        string // what Sallyport must reach in it
	threads     int    // of each contestant
	connections int
	rate        int      // requests a second; 0 is as fast as the answers come
	upstreams   []string // scripts, one for each upstream; none is one plain upstream
	requests    func(t *tokens) []string
	contestants []contestant // the first is what the others are compared with
}

// contestant is a proxy with a configuration.
type contestant struct {
	name    string
	program string // what must be installed
	// requests are what this contestant is sent, if not what the others are.
	requests func(t *tokens) []string
	// command writes the configuration into e.dir and returns the arguments that run the program.
	command func(e *entry) ([]string, error)
}

// entry is what a contestant needs to know to take part.
type entry struct {
	dir       string   // its own
	bin       string   // where the programs are that were built
	address   string   // where it must listen
	admin     string   // a second address, for those that want one
	threads   int      // to run with
	upstreams []string // addresses
	tokens    *tokens
}

// write makes a file of the entry and returns its path.
func (e *entry) write(name, text string) (string, error) {
	path := filepath.Join(e.dir, name)
	return path, os.WriteFile(path, []byte(text), 0o644)
}

// bench runs scenarios.
type bench struct {
	settings  *settings
	dir       string
	generator generator
	tokens    *tokens
}

// runner is a contestant that takes part.
type runner struct {
	contestant
	process *process
	address string
	sent    []string // its requests
	absent  string   // why it does not
	samples []sample
}

func (b *bench) scenario(sc *scenario) (*report, error) {
	var running []*process
	defer func() {
		for _, p := range running {
			p.stop()
		}
	}()
	upstreams, err := b.upstreams(sc, &running)
	if err != nil {
		return nil, err
	}
	ask := sc.requests
	if ask == nil {
		ask = func(*tokens) []string { return []string{get("/200")} }
	}
	runners := make([]*runner, 0, len(sc.contestants))
	skipped := strings.Split(b.settings.skip, ",")
	for i, c := range sc.contestants {
		if slices.Contains(skipped, c.program) || slices.Contains(skipped, c.name) {
			continue
		}
		if c.requests == nil {
			c.requests = ask
		}
		r, err := b.enter(sc, c, i, upstreams)
		if err != nil {
			return nil, err
		}
		if r.process != nil {
			running = append(running, r.process)
		}
		runners = append(runners, r)
	}
	return b.play(sc, runners)
}

// play takes the samples in turn; each round begins with another contestant.
func (b *bench) play(sc *scenario, runners []*runner) (*report, error) {
	present := slices.DeleteFunc(slices.Clone(runners), func(r *runner) bool { return r.absent != "" })
	for round := range b.settings.rounds {
		for i := range present {
			r := present[(i+round)%len(present)]
			s, err := b.sample(sc, r)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.name, err)
			}
			r.samples = append(r.samples, s)
			fmt.Fprintf(os.Stderr, "%s %d/%d %-28s %s\n", sc.name, round+1, b.settings.rounds, r.name, s)
		}
	}
	return &report{scenario: sc, settings: b.settings, generator: b.generator.name(), runners: runners}, nil
}

// upstreams starts the scenario's upstreams and returns their addresses.
func (b *bench) upstreams(sc *scenario, running *[]*process) ([]string, error) {
	scripts := sc.upstreams
	if len(scripts) == 0 {
		scripts = []string{""}
	}
	var addresses []string
	for i, script := range scripts {
		address, err := freeAddress()
		if err != nil {
			return nil, err
		}
		node := string(rune('a' + i))
		p, err := startProcess(io.Discard, filepath.Join(b.dir, "stub"), "-listen", address, "-node", node, "-script", script)
		if err != nil {
			return nil, err
		}
		*running = append(*running, p)
		if err := p.ready(address, get("/200")); err != nil {
			return nil, fmt.Errorf("stub: %w", err)
		}
		addresses = append(addresses, address)
	}
	return addresses, nil
}

// enter starts a contestant. One that is not installed or does not start is absent, which is no error.
func (b *bench) enter(sc *scenario, c contestant, number int, upstreams []string) (*runner, error) {
	e := &entry{dir: filepath.Join(b.dir, fmt.Sprintf("%s-%d", sc.name, number)), bin: b.dir, threads: sc.threads, upstreams: upstreams, tokens: b.tokens}
	if err := os.Mkdir(e.dir, 0o755); err != nil {
		return nil, err
	}
	var err error
	if e.address, err = freeAddress(); err != nil {
		return nil, err
	}
	if e.admin, err = freeAddress(); err != nil {
		return nil, err
	}
	r := &runner{contestant: c, address: e.address, sent: c.requests(b.tokens)}
	program, err := find(c.program, b.dir)
	if err != nil {
		r.absent = err.Error()
		return r, nil
	}
	args, err := c.command(e)
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(e.dir, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	if r.process, err = startProcess(log, program, args...); err != nil {
		return nil, err
	}
	if err := r.process.ready(e.address, r.sent[0]); err != nil {
		text, _ := os.ReadFile(log.Name())
		r.absent = strings.TrimSuffix(fmt.Sprintf("%v: %s", err, firstLines(text, 5)), ": ")
	}
	return r, nil
}

// firstLines returns at most n lines of text, on one.
func firstLines(text []byte, n int) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[:min(n, len(lines))], " / ")
}

// get is a plain request as a browser's shorter cousin would send it.
func get(target string, fields ...string) string {
	return "GET " + target + " HTTP/1.1\r\nHost: app.example.com\r\nUser-Agent: versus\r\nAccept: */*\r\n" +
		strings.Join(append(fields, ""), "\r\n") + "\r\n"
}
