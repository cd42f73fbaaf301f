// Command versus runs Sallyport beside nginx, HAProxy and a plain fasthttp proxy: the same upstream, the same load,
// samples taken in turn, and the CPU time of each proxy's processes. It prints Markdown tables, and writes them into a
// document where it is told to.
//
// A figure of one run means little on a shared machine; the ratios do, because the samples of a round follow each
// other within seconds.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

type settings struct {
	rounds    int
	sample    time.Duration
	warm      time.Duration
	generator string
	update    string
	skip      string
	sallyport string
}

func main() {
	var s settings
	flag.IntVar(&s.rounds, "rounds", 7, "samples of each contestant")
	flag.DurationVar(&s.sample, "sample", 2*time.Second, "length of a sample")
	flag.DurationVar(&s.warm, "warm", 300*time.Millisecond, "load before a sample, not counted")
	flag.StringVar(&s.generator, "generator", "auto", "who sends the load: wrk, own, or auto: wrk where it is installed")
	flag.StringVar(&s.update, "update", "", "a Markdown file whose sections between versus marks are written anew")
	flag.StringVar(&s.skip, "skip", "", "contestants to leave out, with commas between them")
	flag.StringVar(&s.sallyport, "sallyport", "", "a Sallyport binary; empty builds the one of this module")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: versus [flags] [scenario...]\nscenarios:")
		for _, sc := range scenarios {
			fmt.Fprintf(flag.CommandLine.Output(), "  %-12s %s\n", sc.name, sc.title)
		}
		flag.PrintDefaults()
	}
	flag.Parse()
	chosen, err := choose(flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "versus:", err)
		os.Exit(2)
	}
	if err := run(&s, chosen); err != nil {
		fmt.Fprintln(os.Stderr, "versus:", err)
		os.Exit(1)
	}
}

// choose returns the scenarios of these names; all of them when there are none.
func choose(names []string) ([]*scenario, error) {
	if len(names) == 0 {
		return scenarios, nil
	}
	var chosen []*scenario
	for _, name := range names {
		n := len(chosen)
		for _, sc := range scenarios {
			if sc.name == name {
				chosen = append(chosen, sc)
			}
		}
		if len(chosen) == n {
			return nil, fmt.Errorf("no scenario %q", name)
		}
	}
	return chosen, nil
}

func run(s *settings, chosen []*scenario) error {
	dir, err := os.MkdirTemp("", "versus")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := build(s, dir); err != nil {
		return err
	}
	b := &bench{settings: s, dir: dir}
	if b.generator, err = newGenerator(s.generator, dir); err != nil {
		return err
	}
	if b.tokens, err = newTokens(dir); err != nil {
		return err
	}
	failed := 0
	for _, sc := range chosen {
		report, err := b.scenario(sc)
		if err != nil {
			return fmt.Errorf("%s: %w", sc.name, err)
		}
		failed += report.absent()
		text := report.markdown()
		fmt.Println(text)
		if s.update != "" {
			if err := update(s.update, sc.name, text); err != nil {
				return err
			}
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d contestants could not be run; see above", failed)
	}
	return nil
}

// build makes the programs that take part.
func build(s *settings, dir string) error {
	targets := []string{"./loadtest/cmd/stub", "./loadtest/cmd/plainproxy"}
	if s.sallyport == "" {
		targets = append(targets, ".")
	} else if err := os.Symlink(s.sallyport, filepath.Join(dir, "sallyport")); err != nil {
		return err
	}
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return fmt.Errorf("run it inside the module: %w", err)
	}
	c := exec.Command("go", append([]string{"build", "-o", dir + "/"}, targets...)...)
	c.Dir = strings.TrimSpace(string(root))
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}
