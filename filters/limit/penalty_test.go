package limit

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"sallyport/conf"
	"sallyport/filters"
)

func penaltyRules(change func(*conf.Penalty)) *conf.Rules {
	c := &conf.Penalty{
		Name: "p", Key: attributes("client.ip"), Keys: 1000, Status: []int{401, 403}, After: 3,
		Window: conf.Duration(time.Minute), Block: conf.Duration(5 * time.Minute), Mode: conf.Enforce,
	}
	if change != nil {
		change(c)
	}
	return &conf.Rules{Penalty: c}
}

// exchanged is a whole exchange whose answer has this status, now; it returns the refusal.
func (b *bench) exchanged(status int, client, caller string, fields ...string) string {
	b.t.Helper()
	x := b.exchange(client, caller, fields...)
	list := append(b.early[:len(b.early):len(b.early)], b.late...)
	passed, code := 0, ""
	for _, f := range list {
		if f.Request(x) == filters.Done {
			code = x.Denial.Code
			break
		}
		passed++
	}
	if passed == len(list) {
		x.Reply.Status, x.Origin = status, filters.FromUpstream
	}
	for _, f := range list[:passed] {
		if f, ok := f.(filters.Finisher); ok {
			f.Finish(x)
		}
	}
	return code
}

func TestPenalty(t *testing.T) {
	b := newBench(t, penaltyRules(nil))
	f := func(status int, client, want string) {
		t.Helper()
		if code := b.exchanged(status, client, ""); code != want {
			t.Errorf("%s: %q, want %q", client, code, want)
		}
	}
	f(401, "192.0.2.1", "")
	f(200, "192.0.2.1", "")
	f(403, "192.0.2.1", "")
	b.now += int64(time.Minute) // the window is over
	f(401, "192.0.2.1", "")
	f(401, "192.0.2.1", "")
	f(401, "192.0.2.2", "")
	f(401, "192.0.2.1", "")
	f(200, "192.0.2.1", "rate.penalty")
	f(200, "192.0.2.2", "")
	b.now += int64(5*time.Minute - time.Second)
	f(200, "192.0.2.1", "rate.penalty")
	b.now += int64(time.Second)
	f(200, "192.0.2.1", "")
	f(401, "192.0.2.1", "")
	f(401, "192.0.2.1", "")
	f(401, "192.0.2.1", "") // a block takes as many again
	f(401, "192.0.2.1", "rate.penalty")
	if n := b.counter(`sallyport_penalties_total{route="orders"}`); n != 2 {
		t.Errorf("%d blocks counted", n)
	}
}

func TestPenaltyAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penaltyRules(func(c *conf.Penalty) { c.After, c.Tarpit = 1, conf.Duration(3*time.Second) }))
		b.exchanged(401, "192.0.2.1", "")
		x := b.exchange("192.0.2.1", "")
		start := time.Now()
		if code := b.request(x); code != "rate.penalty" || x.Reply.Status != 429 {
			t.Errorf("%q, status %d", code, x.Reply.Status)
		}
		if got := string(x.Reply.Lookup("retry-after")); got != "300" {
			t.Errorf("Retry-After: %s", got)
		}
		if waited := time.Since(start); waited != 3*time.Second {
			t.Errorf("the tarpit held it for %s", waited)
		}
		if n := inTarpit.Load(); n != 0 {
			t.Errorf("%d are still in the tarpit", n)
		}
	})
}

// Without statuses every refusal counts that is the client's fault.
func TestPenaltyCountsRefusals(t *testing.T) {
	rules := penaltyRules(func(c *conf.Penalty) { c.Status = nil })
	rules.Rate = rateLimit("client.ip", 1, "1/h")
	b := newBench(t, rules)
	f := func(want string) {
		t.Helper()
		if code := b.exchanged(401, "192.0.2.1", ""); code != want {
			t.Errorf("%q, want %q", code, want)
		}
	}
	f("")
	f("rate.client")
	f("rate.client")
	f("rate.client")
	f("rate.penalty")
}

// Who is counted and who is blocked may be two.
func TestPenaltyScopes(t *testing.T) {
	b := newBench(t, penaltyRules(func(c *conf.Penalty) {
		c.Key, c.Blocks = attributes("header.X-Account"), attributes("client.ip")
	}))
	f := func(client, account, want string) {
		t.Helper()
		if code := b.exchanged(401, client, "", "X-Account: "+account); code != want {
			t.Errorf("%s as %s: %q, want %q", client, account, code, want)
		}
	}
	f("192.0.2.1", "alice", "")
	f("192.0.2.2", "alice", "")
	f("192.0.2.3", "alice", "")
	f("192.0.2.1", "alice", "")
	f("192.0.2.3", "bob", "rate.penalty")
}

// A route may count several ways at once.
func TestPenalties(t *testing.T) {
	rules := penaltyRules(nil)
	other := *rules.Penalty
	other.Name, other.Key, other.After = "accounts", attributes("header.X-Account"), 2
	rules.Penalties = map[string]*conf.Penalty{"accounts": &other}
	b := newBench(t, rules)
	f := func(client, account, want string) {
		t.Helper()
		if code := b.exchanged(401, client, "", "X-Account: "+account); code != want {
			t.Errorf("%s as %s: %q, want %q", client, account, code, want)
		}
	}
	f("192.0.2.1", "alice", "")
	f("192.0.2.1", "bob", "")
	f("192.0.2.1", "carol", "")
	f("192.0.2.1", "dave", "rate.penalty")
	f("192.0.2.2", "alice", "")
	f("192.0.2.3", "alice", "rate.penalty")
}

// Trying many accounts from one address counts the accounts, not the tries.
func TestPenaltyDistinct(t *testing.T) {
	b := newBench(t, penaltyRules(func(c *conf.Penalty) { c.Distinct = attributes("header.X-Account"); c.After = 10 }))
	for range 100 {
		if code := b.exchanged(401, "192.0.2.1", "", "X-Account: mine"); code != "" {
			t.Fatalf("one account: %q", code)
		}
	}
	tried := 0
	for b.exchanged(401, "192.0.2.2", "", fmt.Sprintf("X-Account: %d", tried)) == "" {
		tried++
	}
	if tried < 8 || tried > 13 {
		t.Errorf("%d accounts until the block", tried)
	}
}

func TestPenaltyShadow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penaltyRules(func(c *conf.Penalty) { c.Mode, c.Tarpit = conf.Shadow, conf.Duration(time.Second) }))
		start := time.Now()
		for range 5 {
			if code := b.exchanged(401, "192.0.2.1", ""); code != "" {
				t.Errorf("%q", code)
			}
		}
		if n := b.counter(`sallyport_shadow_total{route="orders",reason="rate.penalty"}`); n != 2 {
			t.Errorf("%d counted", n)
		}
		if time.Since(start) != 0 {
			t.Error("a tarpit in shadow")
		}
	})
}

func TestPenaltyPlace(t *testing.T) {
	f := func(key, blocks string, early, late int) {
		t.Helper()
		b := newBench(t, penaltyRules(func(c *conf.Penalty) {
			c.Key = attributes(key)
			if blocks != "" {
				c.Blocks = attributes(blocks)
			}
		}))
		if len(b.early) != early || len(b.late) != late {
			t.Errorf("%s, %s: %d before authentication, %d after", key, blocks, len(b.early), len(b.late))
		}
	}
	f("client.ip", "", 1, 0)
	f("principal", "", 0, 1)
	f("principal", "client.ip", 1, 0)
	f("client.ip", "principal", 0, 1)
}

// Blocks outlive a reload, and many offenders at once leave the table as it is.
func TestPenaltyOutlivesReload(t *testing.T) {
	b := newBench(t, penaltyRules(func(c *conf.Penalty) { c.After = 1 }))
	b.exchanged(401, "192.0.2.1", "")
	for i := range 5000 {
		b.exchanged(401, fmt.Sprintf("10.0.%d.%d", i/250, i%250), "")
	}
	b.reload(penaltyRules(func(c *conf.Penalty) { c.After = 1 }))
	if code := b.exchanged(200, "192.0.2.1", ""); code != "rate.penalty" {
		t.Errorf("%q", code)
	}
	if n := b.memory.penalties["p"].limit.blocks.Live(b.now); n > 2000 {
		t.Errorf("%d blocked in a table of 1000", n)
	}
}

// The estimate of distinct values is near to how many there are.
func TestAddDistinct(t *testing.T) {
	set := make([]int64, distinctWords)
	hash := uint64(1)
	for n := 1; n <= 500; n++ {
		hash = hash*6364136223846793005 + 1442695040888963407
		got := addDistinct(set, hash>>11)
		if again := addDistinct(set, hash>>11); again != got {
			t.Fatalf("%d values: the same one twice: %d, then %d", n, got, again)
		}
		if far := float64(got) - float64(n); far > 3+0.2*float64(n) || far < -3-0.2*float64(n) {
			t.Errorf("%d values are taken for %d", n, got)
		}
	}
}
