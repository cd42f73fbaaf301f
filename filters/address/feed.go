package address

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/VictoriaMetrics/metrics"
	"github.com/gaissmai/bart"

	"sallyport/conf"
)

// Feed is a list of networks that others keep: a file that is watched, or a URL that is read again and again. Requests
// look at the last list that could be read and never wait for the next one. The gateway makes a feed once and keeps it
// over reloads while its definition is the same.
type Feed struct {
	definition conf.Feed
	source     source
	list       atomic.Pointer[bart.Lite] // nil until the first list was read

	stop context.CancelFunc // nil until it was started; see Feeds

	networks *metrics.Gauge
	loaded   *metrics.Counter
	failed   *metrics.Counter
}

// source reads a feed's list. It returns no bytes and no error when the list is the one it returned last.
type source interface {
	read(ctx context.Context) ([]byte, error)
}

// watchEvery is how often a file is looked at.
const watchEvery = 2 * time.Second

// NewFeed makes a feed without reading it.
func NewFeed(c *conf.Feed, set *metrics.Set) *Feed {
	f := &Feed{
		definition: *c,
		networks:   set.GetOrCreateGauge(fmt.Sprintf("sallyport_feed_networks{feed=%q}", c.Name), nil),
		loaded:     set.GetOrCreateCounter(fmt.Sprintf(`sallyport_feed_load_total{feed=%q,result="ok"}`, c.Name)),
		failed:     set.GetOrCreateCounter(fmt.Sprintf(`sallyport_feed_load_total{feed=%q,result="failed"}`, c.Name)),
	}
	if c.File != "" {
		f.source = &fileSource{path: string(c.File)}
	} else {
		f.source = newURLSource(c.URL)
	}
	return f
}

// Contains reports whether the list has a network with this address in it.
func (f *Feed) Contains(ip netip.Addr) bool {
	list := f.list.Load()
	return list != nil && list.Contains(ip)
}

// Ready reports whether a list was read.
func (f *Feed) Ready() bool { return f.list.Load() != nil }

// Load reads the list once if it changed. After an error the list that was there before stays; an error about single lines
// comes with a new list, of all the others.
func (f *Feed) Load(ctx context.Context) error {
	text, err := f.source.read(ctx)
	if err != nil {
		f.failed.Inc()
		return fmt.Errorf("feed %s: %w", f.definition.Name, err)
	}
	if text == nil {
		return nil
	}
	list, err := parse(text)
	if list == nil {
		f.failed.Inc()
		return fmt.Errorf("feed %s: %w", f.definition.Name, err)
	}
	f.list.Store(list)
	f.networks.Set(float64(list.Size()))
	f.loaded.Inc()
	if err != nil {
		return fmt.Errorf("feed %s: %w", f.definition.Name, err)
	}
	return nil
}

// Run keeps the list fresh until ctx ends, and reports what goes wrong.
func (f *Feed) Run(ctx context.Context, report func(error)) {
	every := watchEvery
	if f.definition.URL != "" {
		every = time.Duration(f.definition.Refresh)
		if !f.Ready() {
			every = 0
		}
	}
	for {
		timer := time.NewTimer(every)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		err := f.Load(ctx)
		if err != nil && ctx.Err() == nil {
			report(err)
		}
		every = f.pause(err)
	}
}

// pause returns how long to wait for the next look: a URL is asked at a moment that the nodes of a cluster do not share,
// and sooner after a failure.
func (f *Feed) pause(err error) time.Duration {
	if f.definition.URL == "" {
		return watchEvery
	}
	d := time.Duration(f.definition.Refresh)
	if err != nil {
		d = min(d, time.Minute)
	}
	return d - time.Duration(rand.Int64N(int64(d/10)+1))
}
