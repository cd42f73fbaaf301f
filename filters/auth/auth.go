// Package auth finds out who calls and decides whether that caller may.
//
// A State lives as long as the process and holds what tokens were found to be, what is revoked, and what clients have
// cost. A Set is the issuers, key files and other authenticators of one configuration; the gateway compiles a new one
// for every configuration, starts it when everything has compiled, and retires it when a newer one serves:
//
//	set := auth.Compile(state, c, previous)        // reads files, starts nothing
//	step := set.Authenticate(site, route)          // for each route; and Authorize, Digest, Forward, Events
//	set.Seal(claims)                               // every route is compiled: what is asked about callers is known
//	set.Problems()                                 // what is wrong with the configuration
//	set.Start()
//	...
//	previous.Retire(set)
//
// Everything that a credential is good for is judged again at every request: its times, its key, its revocation. What the
// cache saves is the signature.
package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"log/slog"
	"math"
	"path/filepath"

	"github.com/VictoriaMetrics/metrics"

	"sallyport/cache"
	"sallyport/filters/auth/revocation"
)

// forever is a moment that does not come.
const forever = math.MaxInt64

// failureCache is the size of the store of signatures that were found bad, in bytes.
const failureCache = 4 << 20

// Options are what a State is made with.
type Options struct {
	Tokens  int          // size of the cache of verified credentials, in bytes
	Name    string       // of the gateway: the issuer of the tokens that it makes for upstreams
	Dir     string       // where revocations and key sets survive a restart; "" for nowhere
	Metrics *metrics.Set // of the process
	Log     *slog.Logger
}

// State is what authentication keeps as long as the process lives. It is safe for concurrent use.
type State struct {
	secret      [sha256.Size]byte // of this process; it never leaves it
	tokens      *cache.Records
	failures    *cache.Records
	budget      *budget
	revocations *revocation.Store
	proofs      *replays
	inner       *inner
	results     results
	dir         string
	log         *slog.Logger
}

// results counts how the cache of verified credentials did.
type results struct{ memo, hit, miss *metrics.Counter }

// NewState opens the revocations in o.Dir and makes the caches.
func NewState(o Options) (*State, error) {
	path := ""
	if o.Dir != "" {
		path = filepath.Join(o.Dir, "revocations.jsonl")
	}
	revocations, err := revocation.Open(path)
	if err != nil {
		return nil, err
	}
	inner, err := newInner(o.Name)
	if err != nil {
		return nil, err
	}
	s := &State{
		inner:       inner,
		tokens:      cache.NewRecords(o.Tokens),
		failures:    cache.NewRecords(failureCache),
		budget:      newBudget(),
		revocations: revocations,
		proofs:      newReplays(),
		dir:         o.Dir,
		log:         o.Log,
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	rand.Read(s.secret[:])
	const name = "sallyport_token_cache_total"
	s.results.memo = o.Metrics.GetOrCreateCounter(name + `{result="memo"}`)
	s.results.hit = o.Metrics.GetOrCreateCounter(name + `{result="hit"}`)
	s.results.miss = o.Metrics.GetOrCreateCounter(name + `{result="miss"}`)
	return s, nil
}

// Revoke takes effect on the very next request, and survives a restart if there is a folder for it.
func (s *State) Revoke(r revocation.Revocation) error { return s.revocations.Revoke(r) }

// Close ends keeping revocations on disk.
func (s *State) Close() error { return s.revocations.Close() }

// revoked tells whether the credential of r was revoked.
func (s *State) revoked(r *record) bool {
	if !s.revocations.Any() {
		return false
	}
	for _, hash := range r.revocable {
		if hash != 0 && s.revocations.Revoked(hash, r.issued) {
			return true
		}
	}
	return false
}

// knownBad tells whether the signature of a credential was found bad under these rules and with these keys before.
func (s *State) knownBad(key *cache.RecordKey, rules, keys uint64, now int64) bool {
	var room [16]byte
	kept := s.failures.Get(key, room[:0], now)
	return len(kept) == len(room) && binary.LittleEndian.Uint64(kept) == rules && binary.LittleEndian.Uint64(kept[8:]) == keys
}

func (s *State) noteBad(key *cache.RecordKey, rules, keys uint64, now int64) {
	var room [16]byte
	binary.LittleEndian.PutUint64(room[:], rules)
	binary.LittleEndian.PutUint64(room[8:], keys)
	s.failures.Put(key, room[:], now)
}
