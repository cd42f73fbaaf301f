package limit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport/conf"
)

func quotaRules(window string, limit int) *conf.Rules {
	return &conf.Rules{Quota: &conf.Quota{
		Name: "q", Key: attributes("principal"), Limit: limit, Window: window, Keys: 1000, Mode: conf.Enforce,
	}}
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestQuota(t *testing.T) {
	b := newBench(t, quotaRules("day", 2))
	f := func(when, caller, want string) {
		t.Helper()
		b.wall = at(when)
		if code := b.request(b.exchange("192.0.2.1", caller)); code != want {
			t.Errorf("%s at %s: %q, want %q", caller, when, code, want)
		}
	}
	f("2026-03-01T10:00:00Z", "a", "")
	f("2026-03-01T23:59:59Z", "a", "")
	f("2026-03-01T23:59:59Z", "a", "rate.quota")
	f("2026-03-01T23:59:59Z", "b", "")
	f("2026-03-02T00:00:00Z", "a", "")
	f("2026-03-02T01:30:00+02:00", "a", "") // still the first, and counted in the running window
	f("2026-03-02T08:00:00Z", "a", "rate.quota")
}

func TestQuotaAnswer(t *testing.T) {
	b := newBench(t, quotaRules("day", 1))
	b.wall = at("2026-03-01T23:00:00Z")
	b.request(b.exchange("192.0.2.1", "a"))
	x := b.exchange("192.0.2.1", "a")
	b.request(x)
	f := func(name, want string) {
		t.Helper()
		if got := string(x.Reply.Lookup(name)); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	f("retry-after", "3600")
	f("ratelimit", `"quota";r=0;t=3600`)
	f("ratelimit-policy", `"quota";q=1;w=86400`)
}

func TestCalendar(t *testing.T) {
	f := func(monthly bool, now, start, end string) {
		t.Helper()
		c := calendar{monthly: monthly}
		for range 2 {
			if got := c.window(at(now).Unix()); got != (span{at(start).Unix(), at(end).Unix()}) {
				t.Errorf("%s: %s to %s", now, time.Unix(got.start, 0).UTC(), time.Unix(got.end, 0).UTC())
			}
		}
	}
	f(false, "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")
	f(false, "2026-02-28T23:59:59Z", "2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z")
	f(true, "2026-02-28T23:59:59Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z")
	f(true, "2026-12-31T23:59:59Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z")
	f(true, "2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z")
}

// A request that the quota refuses is not charged to the rates in front of it.
func TestQuotaRefundsRates(t *testing.T) {
	rules := quotaRules("month", 1)
	rules.Rate = rateLimit("principal", 5, "1/h")
	b := newBench(t, rules)
	for range 20 {
		b.request(b.exchange("192.0.2.1", "a"))
	}
	b.reload(&conf.Rules{Rate: rules.Rate})
	granted := 0
	for b.request(b.exchange("192.0.2.1", "a")) == "" {
		granted++
	}
	if granted != 4 {
		t.Errorf("%d left of the rate, want 4", granted)
	}
}

// Counts outlive the process.
func TestQuotaOutlivesRestart(t *testing.T) {
	folder := t.TempDir()
	b := newBench(t, quotaRules("month", 3))
	f := func(want string) {
		t.Helper()
		if code := b.request(b.exchange("192.0.2.1", "a")); code != want {
			t.Errorf("%q, want %q", code, want)
		}
	}
	restart := func(rules *conf.Rules) {
		t.Helper()
		if err := b.memory.SaveQuotas(folder); err != nil {
			t.Fatal(err)
		}
		b.memory = NewMemory(config(), nil)
		if err := b.memory.LoadQuotas(folder); err != nil {
			t.Fatal(err)
		}
		b.compile(rules)
		b.memory.Seal()
	}
	if err := b.memory.LoadQuotas(folder); err != nil {
		t.Fatalf("no file yet: %v", err)
	}
	f("")
	f("")
	restart(quotaRules("month", 3))
	f("")
	f("rate.quota")
	restart(quotaRules("month", 4)) // the limit may change
	f("")
	f("rate.quota")
	restart(quotaRules("day", 4)) // another window counts anew
	f("")
	text, err := os.ReadFile(filepath.Join(folder, quotaFile))
	if err != nil || strings.Contains(string(text), "corp") {
		t.Errorf("%v, %q", err, text)
	}
	if err := b.memory.SaveQuotas(filepath.Join(folder, "none")); err == nil {
		t.Error("saved into a folder that is not there")
	}
}

func TestReadQuotasDamaged(t *testing.T) {
	digest := strings.Repeat("0f", 16)
	f := func(text string, counts int) {
		t.Helper()
		saved, err := readQuotas(strings.NewReader(text))
		if err == nil {
			t.Errorf("%q: no error", text)
		}
		if n := len(saved[`quota "q" day`]); n != counts {
			t.Errorf("%q: %d counts, want %d", text, n, counts)
		}
	}
	good := "quota \"q\" day\n" + digest + " 100 1\n"
	f(digest+" 100 1\n", 0)
	f(good+"rubbish\n", 1)
	f(good+digest+" 100 -1\n"+good, 1)
	f(good+digest+" 100\n", 1)
	f(good+digest[1:]+" 100 1\n", 1)
	f(good+strings.Replace(digest, "0", "x", 1)+" 100 1\n", 1)
	f(good+strings.Repeat("x", 1<<20), 1)
}

func FuzzReadQuotas(f *testing.F) {
	f.Add("quota \"q\" day\n" + strings.Repeat("0f", 16) + " 100 1\n")
	f.Add("quota \nquota x\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		saved, _ := readQuotas(strings.NewReader(text))
		for line, counts := range saved {
			if !strings.HasPrefix(line, "quota ") {
				t.Errorf("a quota %q", line)
			}
			for _, c := range counts {
				if again, ok := parseCount(fmt.Sprintf("%x %d %d", c.digest, c.end, c.count)); !ok || again != c {
					t.Errorf("%+v does not come back", c)
				}
			}
		}
	})
}
