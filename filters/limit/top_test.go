package limit

import (
	"fmt"
	"testing"

	"sallyport/conf"
)

func TestTopAndReset(t *testing.T) {
	rules := penaltyRules(func(c *conf.Penalty) { c.Status = nil; c.After = 20 })
	rules.Rate = rateLimit("client.ip", 5, "1/h")
	b := newBench(t, rules)
	for range 15 {
		b.exchanged(200, "192.0.2.1", "")
	}
	for range 300 {
		b.exchanged(200, "192.0.2.2", "")
	}
	list := b.memory.Top(10)
	f := func(i int, kind string, refused uint64) string {
		t.Helper()
		if i >= len(list) || list[i].Kind != kind || list[i].Refused != refused {
			t.Fatalf("%+v; at %d should be a %s refused %d times", list, i, kind, refused)
		}
		return list[i].Key
	}
	block := f(0, "penalty", 275)
	rate := f(1, "rate", 20)
	f(2, "rate", 10)
	if block != rate || len(list) != 3 {
		t.Errorf("%+v", list)
	}
	if code := b.exchanged(200, "192.0.2.2", ""); code != "rate.penalty" {
		t.Errorf("%q", code)
	}
	if err := b.memory.Reset("p", block); err != nil {
		t.Error(err)
	}
	if code := b.exchanged(200, "192.0.2.2", ""); code != "rate.client" {
		t.Errorf("%q", code)
	}
	if err := b.memory.Reset("r", rate); err != nil {
		t.Error(err)
	}
	if code := b.exchanged(200, "192.0.2.2", ""); code != "" {
		t.Errorf("%q", code)
	}
	for _, bad := range [][2]string{{"r", "xyz"}, {"none", rate}, {"r", rate[:len(rate)-1] + "x"}, {"r", fmt.Sprintf("%032x", 7)}} {
		if err := b.memory.Reset(bad[0], bad[1]); err == nil {
			t.Errorf("reset %q", bad)
		}
	}
}

// The heaviest keys are found among very many others, in bounded space.
func TestSketch(t *testing.T) {
	var s sketch
	for i := range 20_000 {
		s.add(fmt.Appendf(nil, "other-%d", i), 1)
		if i%20 == 0 {
			s.add([]byte("heavy"), 1)
		}
	}
	if len(s.counts) != topKeys {
		t.Errorf("%d are followed", len(s.counts))
	}
	found := false
	for _, c := range s.heaviest(topKeys) {
		found = found || string(c.key) == "heavy" && c.n >= 1000
	}
	if !found {
		t.Error("the heavy one is not followed")
	}
}
