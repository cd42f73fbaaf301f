package revocation

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// maxEntries bounds the store: beyond it a revocation is an error, since forgetting one would be worse.
const maxEntries = 1 << 20

// Store is all revocations. Revoked may be called from many goroutines and never waits.
type Store struct {
	table atomic.Pointer[table]
	some  atomic.Bool // there are any: most gateways have none most of the time
	seed  maphash.Seed

	mu   sync.Mutex // of writers
	file *os.File   // nil: nothing is kept
}

// Open reads the revocations of a file and appends to it from then on. With an empty path they are kept in memory only.
// A last line that a crash cut short is dropped; any other damage is an error.
func Open(path string) (*Store, error) {
	s := &Store{seed: maphash.MakeSeed()}
	s.table.Store(newTable(64))
	if path == "" {
		return s, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("cannot keep revocations: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot keep revocations: %w", err)
	}
	good, err := s.read(file)
	if err == nil {
		err = file.Truncate(good)
	}
	if err == nil {
		_, err = file.Seek(good, io.SeekStart)
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s.file = file
	return s, nil
}

// read enters the lines of r and returns the length of the whole ones.
func (s *Store) read(r io.Reader) (good int64, err error) {
	lines := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return good, nil
		}
		if err != nil {
			return good, err
		}
		var d document
		var entry Revocation
		if err = json.Unmarshal(bytes.TrimSpace(line), &d); err == nil {
			entry, err = d.revocation(time.Time{})
		}
		if err == nil {
			err = entry.check()
		}
		if err == nil {
			_, err = s.enter(&entry)
		}
		if err != nil {
			return good, fmt.Errorf("line %d is not a revocation: %w", n, err)
		}
		good += int64(len(line))
	}
}

// Revoke takes effect before it returns, and is on disk then. On an error nothing is promised to survive a restart.
func (s *Store) Revoke(r Revocation) error {
	if err := r.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	changed, err := s.enter(&r)
	if err != nil || !changed || s.file == nil {
		return err
	}
	if _, err := s.file.Write(r.line()); err != nil {
		return fmt.Errorf("revoked, but not kept: %w", err)
	}
	if err := s.file.Sync(); err != nil {
		return fmt.Errorf("revoked, but not kept: %w", err)
	}
	return nil
}

// enter is called by one goroutine at a time.
func (s *Store) enter(r *Revocation) (changed bool, err error) {
	kind, value, before := r.kind()
	hash := s.Hash(kind, r.Issuer, []byte(value))
	t := s.table.Load()
	if t.before(hash) == 0 {
		if t.used >= maxEntries {
			return false, errors.New("there are too many revocations already")
		}
		if 2*(t.used+1) > len(t.slots) {
			t = t.grown()
		}
	}
	changed = t.put(hash, before)
	s.table.Store(t)
	s.some.Store(true)
	return changed, nil
}

// Hash returns what Revoked is asked with. It holds for this store only, and is never 0. The issuer is its name in the
// configuration.
func (s *Store) Hash(kind Kind, issuer string, value []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(s.seed)
	_ = h.WriteByte(byte(kind))
	_, _ = h.WriteString(issuer)
	_ = h.WriteByte(0)
	_, _ = h.Write(value)
	return max(h.Sum64(), 1)
}

// Revoked tells whether what was hashed is revoked for something issued at this moment, in seconds since 1970.
func (s *Store) Revoked(hash uint64, issued int64) bool {
	return s.some.Load() && issued < s.table.Load().before(hash)
}

// Any tells whether anything is revoked at all.
func (s *Store) Any() bool { return s.some.Load() }

// Len returns the number of revocations.
func (s *Store) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.table.Load().used
}

// Close ends keeping revocations on disk.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	file := s.file
	s.file = nil
	return file.Close()
}
