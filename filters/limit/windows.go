// Package limit refuses who asks too much: rates (token buckets), requests in flight, quotas by calendar, and penalties
// for who is refused again and again.
package limit

import (
	"fmt"
	"math"
	"time"

	"sallyport/conf"
	"sallyport/filters/limit/bucket"
)

// window is one window of a rate as it runs: its burst is decided.
type window struct {
	conf.Rate
	burst int64
}

// windowsOf decides the bursts. What is written, or one second's worth, is the bucket of the fastest window; the others,
// which are there for the long run, hold as much as they let through in their time.
func windowsOf(c *conf.RateLimit) []window {
	fastest := 0
	for i, r := range c.Limit {
		if r.PerSecond() > c.Limit[fastest].PerSecond() {
			fastest = i
		}
	}
	burst := int64(c.Burst)
	if burst == 0 {
		burst = max(1, int64(math.Ceil(c.Limit[fastest].PerSecond())))
	}
	windows := make([]window, len(c.Limit))
	for i, r := range c.Limit {
		windows[i] = window{r, burst}
		if i != fastest {
			windows[i].burst = max(int64(c.Burst), r.Count)
		}
	}
	return windows
}

// buckets are the windows for a table; with nodes above one, a node's share of them.
func buckets(windows []window, nodes int) ([]bucket.Window, error) {
	made := make([]bucket.Window, len(windows))
	for i, w := range windows {
		var err error
		made[i], err = bucket.NewWindow(w.Count, w.Per*time.Duration(nodes), max(1, w.burst/int64(nodes)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.Rate, err)
		}
	}
	return made, nil
}
