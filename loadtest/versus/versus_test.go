package main

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	f := func(line string, want stat, fails bool) {
		t.Helper()
		got, err := parseStat([]byte(line))
		if err != nil != fails || got != want {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
	}
	f("12 (nginx) S 7 12 12 0 -1 4194560 100 0 0 0 150 250 0 0 20 0 1 0 5 6 7", stat{12, 7, 4 * time.Second}, false)
	f("12 (a b) c) R 7 12 12 0 -1 0 1 0 0 0 1 0 9 9", stat{12, 7, 10 * time.Millisecond}, false)
	f("12 (x) S 7", stat{}, true)
	f("", stat{}, true)
}

func TestOwnCPU(t *testing.T) {
	p, err := startProcess(os.Stderr, "/bin/sh", "-c", "while :; do :; done")
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if d, err := p.cpu(); err == nil && d > 0 {
			return
		}
	}
	t.Error("a busy process has used no CPU")
}

func TestParseWrk(t *testing.T) {
	const out = `Running 2s test @ http://127.0.0.1:1/
  Latency Distribution
     50%    1.10ms
     75%    2.26ms
     90%    4.71ms
     99%   31.93ms
  95532 requests in 2.03s, 28.88MB read
`
	f := func(out string, want loaded, fails bool) {
		t.Helper()
		got, err := parseWrk(out)
		if err != nil != fails || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	want := loaded{requests: 95532, elapsed: 2030 * time.Millisecond, p50: 1100 * time.Microsecond, p99: 31930 * time.Microsecond}
	f(out, want, false)
	want.failed = 12
	f(out+"  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 2\n", want, false)
	f("unable to connect", loaded{}, true)
}

func TestPaired(t *testing.T) {
	samples := func(us ...time.Duration) (s []sample) {
		for _, n := range us {
			s = append(s, sample{cpu: n * time.Microsecond})
		}
		return s
	}
	f := func(a, b []sample, want ...float64) {
		t.Helper()
		if got := paired(a, b); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	f(samples(10, 30), samples(20, 20), 0.5, 1.5)
	f(samples(10, 30), samples(20), 0.5)
	f(nil, samples(20))
}

func TestMiddle(t *testing.T) {
	f := func(want float64, sorted ...float64) {
		t.Helper()
		if got := middle(sorted); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%v: %v, want %v", sorted, got, want)
		}
	}
	f(math.NaN())
	f(1, 1)
	f(1.5, 1, 2)
	f(2, 1, 2, 9)
}

func TestReplaceSection(t *testing.T) {
	f := func(document, want string) {
		t.Helper()
		if got := string(replaceSection([]byte(document), "a", "new\n")); got != want {
			t.Errorf("%q: %q, want %q", document, got, want)
		}
	}
	f("x\n", "x\n\n<!-- versus a -->\nnew\n<!-- end a -->\n")
	f("x\n<!-- versus a -->\nold\n<!-- end a -->\ny\n", "x\n<!-- versus a -->\nnew\n<!-- end a -->\ny\n")
}

func TestMarkdown(t *testing.T) {
	r := &report{
		scenario: &scenario{title: "A title", goal: "g", threads: 1, connections: 2}, settings: &settings{rounds: 1, sample: time.Second}, generator: "wrk",
		runners: []*runner{
			{contestant: contestant{name: "missing"}, absent: "not installed"},
			{contestant: contestant{name: "one"}, samples: []sample{{cpu: 20 * time.Microsecond, rate: 1000, p50: time.Millisecond, p99: 2 * time.Millisecond}}},
			{contestant: contestant{name: "two"}, samples: []sample{{cpu: 10 * time.Microsecond, rate: 2000, p50: time.Microsecond, p99: time.Second, failed: 3}}},
		},
	}
	got := r.markdown()
	for _, want := range []string{
		"### A title\n", "2 connections, 1 thread, 1 sample of 1s, wrk.\nGoal: g.\n", "x one (least - most)",
		"| missing | did not run: not installed |", "| one | 20.0 | 1.00 (1.00 - 1.00) | 1000 | 1.00 ms | 2.00 ms | 0 |",
		"| two | 10.0 | 0.50 (0.50 - 0.50) | 2000 | 1 us | 1.00 s | 3 |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if r.absent() != 1 {
		t.Errorf("%d absent", r.absent())
	}
}

// Every configuration names what it was given; whether the programs take them, they say themselves.
func TestConfigurations(t *testing.T) {
	tokens, err := newTokens(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, sc := range scenarios {
		if sc.threads == 0 || sc.connections == 0 || len(sc.contestants) < 2 {
			t.Errorf("%s is incomplete", sc.name)
		}
		for _, c := range sc.contestants {
			e := &entry{dir: t.TempDir(), address: "127.0.0.1:1", admin: "127.0.0.1:2", threads: 1, upstreams: []string{"127.0.0.1:3", "127.0.0.1:4"}, tokens: tokens}
			args, err := c.command(e)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Join(args, " ")
			if path := args[len(args)-1]; strings.HasPrefix(path, "/") {
				b, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				text += string(b)
			}
			for _, want := range []string{e.address, e.upstreams[0]} {
				if !strings.Contains(text, want) {
					t.Errorf("%s, %s: no %s in %s", sc.name, c.name, want, text)
				}
			}
			if strings.Contains(text, "%!") {
				t.Errorf("%s, %s: %s", sc.name, c.name, text)
			}
		}
	}
}
