package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report is what a scenario came to.
type report struct {
	scenario  *scenario
	settings  *settings
	generator string
	runners   []*runner
}

// absent is how many contestants did not take part.
func (r *report) absent() int {
	n := 0
	for _, c := range r.runners {
		if c.absent != "" {
			n++
		}
	}
	return n
}

// markdown renders the report as a section. Ratios are of the CPU time of samples of the same round.
func (r *report) markdown() string {
	var b strings.Builder
	sc := r.scenario
	if r.scenario.rate > 0 {
		r.generator = own{}.name()
	}
	fmt.Fprintf(&b, "### %s\n\n%s. %d connections, %s, %s of %v, %s.\n", sc.title, machine(), sc.connections,
		plural(sc.threads, "thread"), plural(r.settings.rounds, "sample"), r.settings.sample, r.generator)
	if sc.goal != "" {
		fmt.Fprintf(&b, "Goal: %s.\n", sc.goal)
	}
	first := r.first()
	b.WriteString("\n| | CPU us/request | x " + first + " (least - most) | requests/s | p50 | p99 | failed |\n|---|---|---|---|---|---|---|\n")
	for _, c := range r.runners {
		if c.absent != "" {
			fmt.Fprintf(&b, "| %s | did not run: %s | | | | | |\n", c.name, c.absent)
			continue
		}
		fmt.Fprintf(&b, "| %s | %.1f | %s | %.0f | %s | %s | %d |\n", c.name,
			median(c.samples, func(s sample) float64 { return micros(s.cpu) }), r.ratio(c),
			median(c.samples, func(s sample) float64 { return s.rate }),
			short(median(c.samples, func(s sample) float64 { return micros(s.p50) })),
			short(median(c.samples, func(s sample) float64 { return micros(s.p99) })), failed(c.samples))
	}
	return b.String()
}

// reference is the first contestant that took part; the others are compared with it.
func (r *report) reference() *runner {
	for _, c := range r.runners {
		if c.absent == "" {
			return c
		}
	}
	return nil
}

func (r *report) first() string {
	if c := r.reference(); c != nil {
		return c.name
	}
	return "nobody"
}

func (r *report) ratio(c *runner) string {
	ratios := paired(c.samples, r.reference().samples)
	if len(ratios) == 0 {
		return ""
	}
	slices.Sort(ratios)
	return fmt.Sprintf("%.2f (%.2f - %.2f)", middle(ratios), ratios[0], ratios[len(ratios)-1])
}

// paired divides the CPU times of two contestants round by round.
func paired(a, b []sample) []float64 {
	var ratios []float64
	for i := range min(len(a), len(b)) {
		if b[i].cpu > 0 {
			ratios = append(ratios, float64(a[i].cpu)/float64(b[i].cpu))
		}
	}
	return ratios
}

func median(samples []sample, of func(sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	return middle(values)
}

// middle is the median of sorted values.
func middle(sorted []float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func failed(samples []sample) (n int64) {
	for _, s := range samples {
		n += s.failed
	}
	return n
}

// short renders microseconds with three significant digits.
func short(us float64) string {
	switch {
	case us < 1000:
		return fmt.Sprintf("%.0f us", us)
	case us < 100_000:
		return fmt.Sprintf("%.2f ms", us/1000)
	default:
		return fmt.Sprintf("%.2f s", us/1e6)
	}
}

func plural(n int, word string) string {
	if n != 1 {
		word += "s"
	}
	return fmt.Sprintf("%d %s", n, word)
}

// machine names the processor, the cores, the system and the day.
func machine() string {
	model := "unknown processor"
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range bytes.Lines(text) {
		if name, value, ok := bytes.Cut(line, []byte(":")); ok && string(bytes.TrimSpace(name)) == "model name" {
			model = string(bytes.TrimSpace(value))
			break
		}
	}
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return fmt.Sprintf("%s, %s, Linux %s, %s, %s", model, plural(runtime.NumCPU(), "core"), bytes.TrimSpace(release), runtime.Version(), time.Now().Format("2 January 2006"))
}

// update replaces the section of that name in a Markdown file, between its marks; they are added at the end where
// they are missing.
func update(path, name, text string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, replaceSection(old, name, text), 0o644)
}

func replaceSection(document []byte, name, text string) []byte {
	begin, end := "<!-- versus "+name+" -->\n", "<!-- end "+name+" -->\n"
	section := begin + text + end
	i := bytes.Index(document, []byte(begin))
	j := bytes.Index(document, []byte(end))
	if i < 0 || j < i {
		return slices.Concat(document, []byte("\n"+section))
	}
	return slices.Concat(document[:i], []byte(section), document[j+len(end):])
}
