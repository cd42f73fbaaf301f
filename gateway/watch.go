package gateway

import (
	"errors"
	"log/slog"
	"os"
	"slices"
	"time"

	"sallyport/conf"
)

// watchEvery is how often files are looked at. Looking is a stat each; it works on every file system, also on those that
// replace files by renaming links (mounted secrets).
const watchEvery = time.Second

// stamp is what a file looked like.
type stamp struct {
	changed time.Time
	size    int64
}

func stampOf(file string) stamp {
	info, err := os.Stat(file)
	if err != nil {
		return stamp{}
	}
	return stamp{info.ModTime(), info.Size()}
}

func stampsOf(files []string) []stamp {
	stamps := make([]stamp, 0, len(files))
	for _, f := range files {
		stamps = append(stamps, stampOf(f))
	}
	return stamps
}

// watch reloads when a file of the configuration changes, and certificates when theirs do, until stop is closed. A change
// is taken when two looks in a row saw the same: a file that is still being written is not read.
func (g *Gateway) watch(stop <-chan struct{}) {
	t := g.table.Load()
	settled := stampsOf(t.conf.Sources())
	seen := settled
	certificates := map[*certificates][]stamp{}
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		g.watchCertificates(certificates)
		if now := g.table.Load(); now != t { // somebody else reloaded
			t = now
			settled = stampsOf(t.conf.Sources())
			seen = settled
			continue
		}
		if !t.conf.Gateway.Reload.Watch {
			continue
		}
		last := seen
		seen = stampsOf(t.conf.Sources())
		if slices.Equal(seen, settled) || !slices.Equal(seen, last) {
			continue
		}
		settled = seen
		g.ReloadAloud("file")
	}
}

// ReloadAloud reloads and logs what came of it, and why it was done.
func (g *Gateway) ReloadAloud(why string) {
	warnings, err := g.Reload()
	for _, w := range warnings {
		slog.Warn("configuration", "problem", w.Error())
	}
	if err == nil {
		slog.Info("configuration in force", "generation", g.table.Load().generation, "because", why)
		return
	}
	var problems conf.Problems
	if !errors.As(err, &problems) {
		slog.Error("configuration refused; the one in force stays", "problem", err)
	}
	for _, p := range problems {
		slog.Error("configuration refused; the one in force stays", "problem", p.Error())
	}
}

// watchCertificates reads the certificates again whose files have changed.
func (g *Gateway) watchCertificates(known map[*certificates][]stamp) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, l := range g.listeners {
		certs := l.settings.Load().certs
		if certs == nil {
			continue
		}
		now := stampsOf(certs.files())
		last, ok := known[certs]
		known[certs] = now
		if !ok || slices.Equal(now, last) {
			continue
		}
		if err := certs.load(); err != nil {
			slog.Error("certificates stay as they were", "listener", l.name, "error", err)
			known[certs] = nil // look again at the next tick: the key may follow its certificate
			continue
		}
		slog.Info("certificates read again", "listener", l.name)
	}
}
