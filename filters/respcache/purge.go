package respcache

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"sallyport/cache"
	"sallyport/internal/wire"
)

// PurgeRequest is what an operator asks to purge, as POST /purge takes it.
type PurgeRequest struct {
	URL    string   `json:"url"`    // scheme and port do not matter; the host is the one that clients ask for
	Prefix string   `json:"prefix"` // host and the beginning of a path
	Host   string   `json:"host"`
	Tags   []string `json:"tags"`
	All    bool     `json:"all"`
	Soft   bool     `json:"soft"` // make stale instead of unusable
}

// ParsePurge reads a PurgeRequest and says what is wrong with it.
func ParsePurge(body []byte) (*PurgeRequest, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	r := new(PurgeRequest)
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("cannot read the purge: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("cannot read the purge: more than one JSON value")
	}
	return r, nil
}

// Purge makes what r names unusable, or stale, for every request that begins from now on; what is fetched meanwhile counts
// as older. It returns how many names were purged.
func (c *Cache) Purge(r *PurgeRequest) (int, error) {
	p := cache.Purge{All: r.All, Soft: r.Soft, Host: []byte(strings.ToLower(r.Host))}
	if strings.ContainsAny(r.Host, "/:") {
		return 0, fmt.Errorf("%q is not a host: write it without scheme, port and path", r.Host)
	}
	if r.URL != "" {
		u, path, err := purgedURL(r.URL)
		if err != nil {
			return 0, err
		}
		p.URL = append([]byte(strings.ToLower(u.Hostname())), path...)
		if u.RawQuery != "" || u.ForceQuery {
			p.URL = append(append(p.URL, '?'), u.RawQuery...)
		}
	}
	if r.Prefix != "" {
		u, path, err := purgedURL(r.Prefix)
		if err != nil {
			return 0, err
		}
		if u.RawQuery != "" || u.ForceQuery {
			return 0, fmt.Errorf("%q has a query: a prefix is a host and the beginning of a path", r.Prefix)
		}
		p.Prefix = append([]byte(strings.ToLower(u.Hostname())), path...)
	}
	for _, tag := range r.Tags {
		if tag == "" {
			return 0, errors.New("a tag is empty")
		}
		p.Tags = append(p.Tags, []byte(tag))
	}
	n := c.store.Purge(&p)
	if n == 0 {
		return 0, errors.New(`nothing to purge: name "url", "prefix", "host", "tags" or "all"`)
	}
	return n, nil
}

// purgedURL reads a URL with or without its scheme, and its path as requests have it.
func purgedURL(s string) (*url.URL, []byte, error) {
	text := s
	if !strings.Contains(s, "://") {
		text = "http://" + s
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return nil, nil, fmt.Errorf("%q is not a URL such as https://api.example.com/v1/orders", s)
	}
	escaped := u.EscapedPath()
	if escaped == "" {
		escaped = "/"
	}
	path, fault := wire.AppendCanonicalPath(nil, []byte(escaped))
	if fault != wire.Whole {
		return nil, nil, fmt.Errorf("%q: the path has no canonical form: %s", s, fault.Reason())
	}
	return u, path, nil
}
