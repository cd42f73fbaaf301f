package gateway

import (
	"io"
	"log/slog"
	"time"

	"sallyport/conf"
	"sallyport/filters/limit"
)

// quotasEvery is how often quotas are written: a crash loses what was counted since.
const quotasEvery = 10 * time.Second

// memory is what the limits remember: of the table before, or of the process before.
func (b *compiler) memory() *limit.Memory {
	if b.old != nil {
		return b.old.limits.Next(b.conf, b.table.state)
	}
	m := limit.NewMemory(b.conf, b.table.state)
	if folder := b.conf.Gateway.Data; folder != "" {
		if err := m.LoadQuotas(string(folder)); err != nil {
			slog.Error("quotas begin anew", "cause", err)
		}
	}
	return m
}

// keepQuotas writes the quotas now and then.
func (g *Gateway) keepQuotas(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(quotasEvery):
			g.saveQuotas()
		}
	}
}

func (g *Gateway) saveQuotas() {
	t := g.table.Load()
	folder := t.conf.Gateway.Data
	if folder == "" || !hasQuotas(t.conf) {
		return
	}
	if err := t.limits.SaveQuotas(string(folder)); err != nil {
		slog.Error("a restart would begin the quotas anew", "cause", err)
	}
}

func hasQuotas(c *conf.Config) bool {
	for _, r := range c.Routes {
		if r.Quota != nil {
			return true
		}
	}
	return false
}

// writeLimits writes what is counted of the limits in force.
func (g *Gateway) writeLimits(w io.Writer) {
	if t := g.table.Load(); t != nil {
		t.limits.WriteMetrics(w)
	}
}

// Limits lists the keys that limits have most to do with, up to n of each limit.
func (g *Gateway) Limits(n int) []limit.Busy { return g.table.Load().limits.Top(n) }

// ResetLimit gives a key of that list its limit back.
func (g *Gateway) ResetLimit(name, key string) error { return g.table.Load().limits.Reset(name, key) }
