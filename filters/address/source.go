package address

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"
)

// maxFeed bounds a list, in bytes: a million networks have room.
const maxFeed = 32 << 20

// readBounded reads what is there, up to maxFeed. It never returns nil without an error.
func readBounded(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFeed+1))
	if err == nil && len(text) > maxFeed {
		err = fmt.Errorf("the list has more than %d bytes", maxFeed)
	}
	return text, err
}

// fileSource reads a file when it is another one than before.
type fileSource struct {
	path string
	last os.FileInfo
}

func (s *fileSource) read(context.Context) ([]byte, error) {
	file, err := os.Open(s.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if s.last != nil && os.SameFile(s.last, info) && s.last.ModTime().Equal(info.ModTime()) && s.last.Size() == info.Size() {
		return nil, nil
	}
	text, err := readBounded(file)
	if err == nil {
		s.last = info
	}
	return text, err
}

// urlSource reads a URL when its entity tag is another one than before.
type urlSource struct {
	address string
	client  *http.Client
	tag     string
}

func newURLSource(address string) *urlSource {
	return &urlSource{address: address, client: &http.Client{
		Timeout:   time.Minute,
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > 3 {
				return errors.New("more than 3 redirects")
			}
			if first := via[0].URL; first.Scheme == "https" && r.URL.Scheme != "https" {
				return fmt.Errorf("%s leads to %s, which anybody could answer for", host(first), host(r.URL))
			}
			return nil
		},
	}}
}

func host(u *url.URL) string { return u.Scheme + "://" + u.Host }

func (s *urlSource) read(ctx context.Context) ([]byte, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address, nil)
	if err != nil {
		return nil, err
	}
	q.Header.Set("User-Agent", "sallyport")
	if s.tag != "" {
		q.Header.Set("If-None-Match", s.tag)
	}
	answer, err := s.client.Do(q)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode == http.StatusNotModified && s.tag != "":
		return nil, nil
	case answer.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s: status %d", s.address, answer.StatusCode)
	}
	text, err := readBounded(answer.Body)
	if err == nil {
		s.tag = answer.Header.Get("ETag")
	}
	return text, err
}
