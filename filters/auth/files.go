package auth

import (
	"log/slog"
	"os"
	"sync"
	"time"
)

// watchEvery is how often watched files are looked at.
const watchEvery = time.Second

// files reads files again when they change. A file that is broken now leaves in force what was read before.
type files struct {
	log     *slog.Logger
	watched []*watchedFile
	quit    chan struct{}
	done    sync.WaitGroup
}

type watchedFile struct {
	path   string
	read   func() error
	last   stamp
	broken bool
}

// stamp is what tells one content of a file from another without reading it.
type stamp struct {
	size     int64
	modified time.Time
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{size: -1}
	}
	return stamp{info.Size(), info.ModTime()}
}

func newFiles(log *slog.Logger) *files { return &files{log: log} }

// add watches a file that has just been read. read is called by one goroutine.
func (f *files) add(path string, read func() error) {
	f.watched = append(f.watched, &watchedFile{path: path, read: read, last: stampOf(path)})
}

func (f *files) start() {
	if len(f.watched) == 0 || f.quit != nil {
		return
	}
	f.quit = make(chan struct{})
	f.done.Go(func() {
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-f.quit:
				return
			case <-tick.C:
				for _, w := range f.watched {
					w.look(f.log)
				}
			}
		}
	})
}

func (f *files) stop() {
	if f.quit != nil {
		close(f.quit)
		f.done.Wait()
		f.quit = nil
	}
}

func (w *watchedFile) look(log *slog.Logger) {
	now := stampOf(w.path)
	if now == w.last && !w.broken {
		return
	}
	changed := now != w.last
	w.last = now
	err := w.read()
	switch {
	case err == nil && (changed || w.broken):
		log.Info("read again", "file", w.path)
	case err != nil && changed:
		log.Error("changed and not usable; what was read before stays in force", "file", w.path, "error", err)
	}
	w.broken = err != nil
}
