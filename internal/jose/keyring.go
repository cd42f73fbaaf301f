package jose

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Source describes where an issuer's keys are fetched from. Durations that are zero take a default.
type Source struct {
	Issuer     string        // as in iss; used for discovery if URL is empty
	URL        string        // of the JWK set
	Algorithms Algorithms    // the issuer's list
	Refresh    time.Duration // between two fetches when all is well (10 minutes)
	MinRefetch time.Duration // shortest time between the starts of two fetches (30 seconds)
	MaxStale   time.Duration // how long keys are used after the last good fetch (24 hours)
	Timeout    time.Duration // for one fetch, discovery included (5 seconds)
	Dir        string        // where the last good set is kept over a restart; empty: nowhere
	Log        *slog.Logger  // nil: the default one
}

// patience bounds how long the one request that asked for fresh keys waits for them.
const patience = time.Second

// firstRetry is the pause after a fetch that reached nobody while no key is known at all.
const firstRetry = time.Second

func (s Source) withDefaults() Source {
	or := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	or(&s.Refresh, 10*time.Minute)
	or(&s.MinRefetch, 30*time.Second)
	or(&s.MaxStale, 24*time.Hour)
	or(&s.Timeout, 5*time.Second)
	if s.Log == nil {
		s.Log = slog.Default()
	}
	return s
}

// Keyring publishes the keys of one issuer. Readers never wait: Keys is two atomic loads. The keys are fixed
// (FixedKeyring) or kept fresh by a goroutine that runs between Start and Stop (NewKeyring).
type Keyring struct {
	source Source
	get    getter

	set       atomic.Pointer[KeySet]
	goodUntil atomic.Int64 // seconds since 1970
	mayFetch  atomic.Int64 // nanoseconds since 1970: no fetch starts before
	failing   atomic.Bool  // the last fetch failed
	wanted    chan chan struct{}

	mu     sync.Mutex // guards status, cancel and done
	status Status
	cancel context.CancelFunc
	done   chan struct{}

	// Of the goroutine alone:
	document []byte
	etag     string
	jwksURL  string // found by discovery
}

// Status is what readiness and operators want to know of a keyring.
type Status struct {
	Known   bool      // keys are there and not too old
	Keys    int       // how many
	Fetched time.Time // the last good fetch
	Error   string    // of the last fetch; "" if it was good
}

// FixedKeyring returns a keyring whose keys change only by Replace. Start and Stop do nothing to it.
func FixedKeyring(keys *KeySet) *Keyring {
	r := &Keyring{status: Status{Keys: keys.Len()}}
	r.set.Store(keys)
	r.goodUntil.Store(math.MaxInt64)
	return r
}

// Replace puts other keys in the place of those of a fixed keyring.
func (r *Keyring) Replace(keys *KeySet) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status.Keys = keys.Len()
	r.set.Store(keys)
}

// NewKeyring returns a keyring that knows no keys until it was started. It touches neither network nor disk.
func NewKeyring(source Source) *Keyring {
	source = source.withDefaults()
	return &Keyring{source: source, get: newGetter(source.Timeout), wanted: make(chan chan struct{}, 1)}
}

// Keys returns the keys that are good at the time now (seconds since 1970), or nil if none are known.
func (r *Keyring) Keys(now int64) *KeySet {
	if now > r.goodUntil.Load() {
		return nil
	}
	return r.set.Load()
}

// Doubtful tells whether the keys may miss one that the issuer uses by now, because it could not be asked.
func (r *Keyring) Doubtful() bool { return r.failing.Load() }

// Renew asks for fresh keys because a token names one that seen does not hold. One caller per MinRefetch waits
// for the answer, a second at most; everybody else is told at once that there is nothing new. It returns whether the
// keys have changed since seen.
func (r *Keyring) Renew(seen *KeySet) bool {
	if r.wanted == nil {
		return false
	}
	due := r.mayFetch.Load()
	now := time.Now()
	if now.UnixNano() >= due && r.mayFetch.CompareAndSwap(due, now.Add(r.source.MinRefetch).UnixNano()) {
		fetched := make(chan struct{})
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case r.wanted <- fetched:
			select {
			case <-fetched:
			case <-timer.C:
			}
		default: // somebody's wish has not been read yet
		}
	}
	return r.set.Load() != seen
}

// Start begins to fetch. The last good set on disk, if there is one, is published first.
func (r *Keyring) Start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.wanted == nil || r.cancel != nil {
		return
	}
	var ctx context.Context
	ctx, r.cancel = context.WithCancel(context.Background())
	r.done = make(chan struct{})
	go r.run(ctx, r.done)
}

// Stop ends fetching and waits until it has ended. The keys stay, and age.
func (r *Keyring) Stop() {
	r.mu.Lock()
	cancel, done := r.cancel, r.done
	r.mu.Unlock()
	if cancel != nil {
		cancel()
		<-done
	}
}

// Status returns a copy of the keyring's state.
func (r *Keyring) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.status
	s.Known = r.Keys(time.Now().Unix()) != nil
	return s
}

func (r *Keyring) run(ctx context.Context, done chan struct{}) {
	defer close(done)
	r.restore()
	var asked chan struct{}
	for {
		start := time.Now()
		r.mayFetch.Store(start.Add(r.source.MinRefetch).UnixNano())
		err := r.fetch(ctx, start)
		if ctx.Err() != nil {
			return
		}
		r.record(start, err)
		if asked != nil {
			close(asked)
		}
		if asked = r.sleep(ctx, start, start.Add(r.pause(err))); ctx.Err() != nil {
			return
		}
	}
}

// sleep waits until the next fetch is due, or until somebody asks for one, whose channel it returns. A wish that
// crossed with a fetch is granted already.
func (r *Keyring) sleep(ctx context.Context, last, next time.Time) chan struct{} {
	timer := time.NewTimer(time.Until(next))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			return nil
		case asked := <-r.wanted:
			if time.Since(last) >= r.source.MinRefetch {
				return asked
			}
			close(asked)
		}
	}
}

// pause returns the time from the start of one fetch to the start of the next that nobody asked for.
func (r *Keyring) pause(err error) time.Duration {
	var op *net.OpError
	switch {
	case err == nil:
		return max(r.source.MinRefetch, jitter(r.source.Refresh))
	case r.set.Load() == nil && errors.As(err, &op) && op.Op == "dial":
		return min(r.source.MinRefetch, firstRetry) // nobody was bothered
	}
	return r.source.MinRefetch + jitter(r.source.MinRefetch)/10
}

// jitter spreads d by a tenth in both directions, so that many gateways do not ask at the same moment.
func jitter(d time.Duration) time.Duration {
	return d - d/10 + rand.N(d/5+1)
}

// fetch gets the JWK set once and publishes it.
func (r *Keyring) fetch(ctx context.Context, start time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, r.source.Timeout)
	defer cancel()
	url := r.source.URL
	if url == "" {
		var err error
		if url, err = r.discover(ctx); err != nil {
			return err
		}
	}
	doc, etag, err := r.get(ctx, url, r.etag)
	switch {
	case errors.Is(err, errNotModified):
		r.extend(start)
	case err != nil:
		r.jwksURL = "" // it may have moved
		return err
	case bytes.Equal(doc, r.document):
		r.extend(start)
		r.etag = etag
	default:
		if err := r.publish(doc, start); err != nil {
			return fmt.Errorf("%s: %w", url, err)
		}
		r.document, r.etag = doc, etag
	}
	r.save(url, start)
	return nil
}

// publish puts the keys of doc in the place of the present ones. A document without a single usable key is taken
// for a mistake of the provider: the present ones stay.
func (r *Keyring) publish(doc []byte, fetched time.Time) error {
	set, err := ParseKeys(doc, FromURL, r.source.Algorithms)
	if set == nil {
		return err
	}
	if set.Len() == 0 {
		return errors.Join(errors.New("no usable key in it"), err)
	}
	if err != nil {
		r.source.Log.Error("keys ignored", "issuer", r.source.Issuer, "error", oneLine(err))
	}
	r.set.Store(set)
	r.extend(fetched)
	return nil
}

func (r *Keyring) extend(fetched time.Time) {
	r.goodUntil.Store(fetched.Add(r.source.MaxStale).Unix())
}

// record notes how a fetch went, and logs a change for the worse or the better once.
func (r *Keyring) record(start time.Time, err error) {
	before := r.failing.Swap(err != nil)
	r.mu.Lock()
	defer r.mu.Unlock()
	if set := r.set.Load(); set != nil {
		r.status.Keys = set.Len()
	}
	if err == nil {
		r.status.Error, r.status.Fetched = "", start
		if before {
			r.source.Log.Info("keys fetched again", "issuer", r.source.Issuer)
		}
		return
	}
	r.status.Error = oneLine(err)
	if !before {
		r.source.Log.Error("keys not fetched", "issuer", r.source.Issuer, "error", r.status.Error)
	}
}
