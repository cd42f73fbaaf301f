package jose

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// saved is the file that holds the last good JWK set of an issuer.
type saved struct {
	Issuer   string    `json:"issuer"`
	URL      string    `json:"url"`
	ETag     string    `json:"etag,omitempty"`
	Fetched  time.Time `json:"fetched"`
	Document string    `json:"document"`
}

// savePath names the file after what the keys are for, so that neither a change of the configuration nor another
// issuer can be mistaken for it.
func (r *Keyring) savePath() string {
	sum := sha256.Sum256([]byte(r.source.Issuer + "\x00" + r.source.URL))
	return filepath.Join(r.source.Dir, "jwks-"+hex.EncodeToString(sum[:12])+".json")
}

// restore publishes the set on disk if it is young enough.
func (r *Keyring) restore() {
	if r.source.Dir == "" {
		return
	}
	data, err := os.ReadFile(r.savePath())
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var s saved
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		r.source.Log.Error("saved keys not read", "issuer", r.source.Issuer, "error", err)
		return
	}
	now := time.Now()
	if s.Fetched.After(now) {
		s.Fetched = now // the clock was set back
	}
	if s.Issuer != r.source.Issuer || r.source.URL != "" && s.URL != r.source.URL || now.Sub(s.Fetched) > r.source.MaxStale {
		return
	}
	if err := r.publish([]byte(s.Document), s.Fetched); err != nil {
		r.source.Log.Error("saved keys not used", "issuer", r.source.Issuer, "error", oneLine(err))
		return
	}
	r.document, r.etag = []byte(s.Document), s.ETag
	r.mu.Lock()
	r.status.Fetched, r.status.Keys = s.Fetched, r.set.Load().Len()
	r.mu.Unlock()
}

// save keeps the present document over a restart. It is replaced whole: a crash leaves the old one or the new one.
func (r *Keyring) save(url string, fetched time.Time) {
	if r.source.Dir == "" {
		return
	}
	data, err := json.Marshal(saved{r.source.Issuer, url, r.etag, fetched, string(r.document)})
	if err == nil {
		err = writeFile(r.savePath(), data)
	}
	if err != nil {
		r.source.Log.Error("keys not saved", "issuer", r.source.Issuer, "error", err)
	}
}

func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
