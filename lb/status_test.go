package lb

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, three+`eject = { min_requests = 2 }
			health = { every = "1s", fall = 1 }
			breaker = { min_requests = 1000 }`)
		f := func(node, state, reason string) {
			t.Helper()
			for _, n := range s.Status().Nodes {
				if n.Name == node && (n.State != state || !strings.Contains(n.Reason, reason)) {
					t.Errorf("node %s is %s (%s), want %s (%s)", node, n.State, n.Reason, state, reason)
				}
			}
		}
		f("a", "ready", "")
		s.play("a", answer(500))
		s.many(12)
		f("a", "ejected", "failed")
		s.set(s.closed, "b", true)
		s.many(4)
		f("b", "refusing", "connections fail")
		s.set(s.closed, "b", false)
		s.set(s.ill, "b", true)
		time.Sleep(2 * time.Second)
		f("b", "unhealthy", "")
		if err := s.Drain("a"); err != nil {
			t.Error(err)
		}
		f("a", "drained", "by hand")
		if got := s.Status(); got.Ready != 1 || got.Nodes[0].Failures["5xx"] == 0 || got.Nodes[0].Ejections != 1 || got.Breaker.State != "closed" {
			t.Errorf("the status is %+v", got)
		}
		if err := s.Restore("a"); err != nil {
			t.Error(err)
		}
		f("a", "ready", "by hand")
		if err := s.Restore("z"); err == nil {
			t.Error("a node that does not exist was restored")
		}
		if _, err := json.Marshal(s.Status()); err != nil {
			t.Error(err)
		}
	})
}

func TestDrainByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, three)
		for _, node := range []string{"a", "b"} {
			if err := s.Drain(node); err != nil {
				t.Fatal(err)
			}
		}
		s.many(10)
		if got := s.attempted(); got != "cccccccccc" {
			t.Errorf("with two nodes drained the requests went to %s", got)
		}
		if err := s.Drain("c"); err != nil { // whoever does it by hand means it
			t.Fatal(err)
		}
		if got := s.do(get()); got != "none" {
			t.Errorf("with all nodes drained a call ends with %s", got)
		}
		s.reload(three + "slow_start = \"1s\"")
		if s.ready() != "" {
			t.Error("a reload has restored drained nodes")
		}
	})
}

func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStub(t, three+"breaker = {}")
		s.play("a", answer(500))
		s.play("b", breakOff)
		s.many(9)
		s.play("a", nil)
		s.play("b", nil)
		c := get()
		if s.Do(c); c.Node == nil {
			t.Fatal("no call is in flight")
		}
		var text strings.Builder
		s.WriteMetrics(&text)
		for _, line := range []string{
			`sallyport_upstream_seconds_count{upstream="u"} `,
			`sallyport_upstream_inflight{upstream="u",node="a"} `,
			`sallyport_upstream_inflight{upstream="u",node="c"} `,
			`sallyport_upstream_attempts_total{upstream="u",node="a"} `,
			`sallyport_upstream_attempts_failed_total{upstream="u",node="a",kind="5xx"} 3` + "\n",
			`sallyport_upstream_attempts_failed_total{upstream="u",node="b",kind="reset"} 3` + "\n",
			`sallyport_upstream_failed_total{upstream="u",reason="reset"} 3` + "\n",
			`sallyport_upstream_breaker_open{upstream="u"} 0` + "\n",
			`sallyport_upstream_ready{upstream="u"} 3` + "\n",
			`sallyport_upstream_retries_total{upstream="u"} 0` + "\n",
		} {
			if !strings.Contains(text.String(), line) {
				t.Errorf("the line %q is missing in\n%s", line, text.String())
			}
		}
		s.Done(c, true)
	})
}
