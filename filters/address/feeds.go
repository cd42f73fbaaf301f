package address

import (
	"context"
	"log/slog"
	"maps"
	"slices"

	"github.com/VictoriaMetrics/metrics"

	"sallyport/conf"
)

// Feeds are the feeds of one configuration. A feed whose definition stays is the same one in the next configuration.
type Feeds struct {
	byName map[string]*Feed
}

// CompileFeeds makes the feeds of a configuration, or takes them over from the one before, which may be nil. Files are
// read now, and a file that is no list is a mistake, reported by the feed's name; nothing is started.
func CompileFeeds(c map[string]*conf.Feed, previous *Feeds, set *metrics.Set, mistake func(name string, err error)) *Feeds {
	fs := &Feeds{byName: make(map[string]*Feed, len(c))}
	for _, name := range slices.Sorted(maps.Keys(c)) {
		if previous != nil {
			if f := previous.byName[name]; f != nil && f.definition == *c[name] {
				fs.byName[name] = f
				continue
			}
		}
		f := NewFeed(c[name], set)
		fs.byName[name] = f
		if c[name].File == "" {
			continue
		}
		if err := f.Load(context.Background()); err != nil && !f.Ready() {
			mistake(name, err)
		} else if err != nil {
			slog.Warn(err.Error())
		}
	}
	return fs
}

// Start begins to keep those feeds fresh that were not taken over.
func (fs *Feeds) Start() {
	for _, f := range fs.byName {
		if f.stop != nil {
			continue
		}
		var ctx context.Context
		ctx, f.stop = context.WithCancel(context.Background())
		go f.Run(ctx, func(err error) { slog.Error(err.Error()) })
	}
}

// Retire ends the feeds that next has not.
func (fs *Feeds) Retire(next *Feeds) {
	for name, f := range fs.byName {
		if next == nil || next.byName[name] != f {
			f.stop()
		}
	}
}

// Missing returns the names of the feeds that have no list yet.
func (fs *Feeds) Missing() []string {
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(fs.byName)) {
		if !fs.byName[name].Ready() {
			missing = append(missing, name)
		}
	}
	return missing
}
