package jose

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxDocument bounds a JWK set or discovery document, in bytes.
const maxDocument = 1 << 20

// errNotModified is a getter's answer when the document still has the entity tag that was sent.
var errNotModified = errors.New("not modified")

// A getter gets a document. tag is the entity tag of the last one, "" for none.
type getter func(ctx context.Context, address, tag string) (doc []byte, etag string, err error)

// newGetter returns a getter over HTTP with bounds on everything that a provider could make large or slow.
func newGetter(timeout time.Duration) getter {
	client := &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DisableKeepAlives:      true, // minutes lie between two fetches
			DisableCompression:     true, // the bound is on what was sent
			TLSHandshakeTimeout:    timeout,
			ResponseHeaderTimeout:  timeout,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) > 3 {
				return errors.New("more than 3 redirects")
			}
			return CheckURL(req.URL.String())
		},
	}
	return func(ctx context.Context, address, tag string) ([]byte, string, error) {
		if err := CheckURL(address); err != nil {
			return nil, "", err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, "", err
		}
		req.Header.Set("Accept", "application/json, application/jwk-set+json")
		req.Header.Set("User-Agent", "sallyport")
		if tag != "" {
			req.Header.Set("If-None-Match", tag)
		}
		answer, err := client.Do(req)
		if err != nil {
			return nil, "", err
		}
		defer answer.Body.Close()
		switch {
		case answer.StatusCode == http.StatusNotModified && tag != "":
			return nil, tag, errNotModified
		case answer.StatusCode != http.StatusOK:
			return nil, "", &StatusError{URL: address, Code: answer.StatusCode}
		case answer.ContentLength > maxDocument:
			return nil, "", fmt.Errorf("%s: %d bytes; at most %d are read", address, answer.ContentLength, maxDocument)
		}
		doc, err := io.ReadAll(io.LimitReader(answer.Body, maxDocument+1))
		if err == nil && len(doc) > maxDocument {
			err = fmt.Errorf("%s: more than %d bytes", address, maxDocument)
		}
		return doc, answer.Header.Get("ETag"), err
	}
}

// StatusError is an answer with a status other than 200.
type StatusError struct {
	URL  string
	Code int
}

func (e *StatusError) Error() string { return fmt.Sprintf("%s: status %d", e.URL, e.Code) }

// CheckURL tells whether keys may be fetched from address: over https, or over http from this machine.
func CheckURL(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	switch {
	case u.Host == "" || u.User != nil || u.Fragment != "":
		return fmt.Errorf("%q is not a plain URL with a host", address)
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%q: keys are fetched over https, or over http from a loopback address", address)
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// oneLine makes an error that was joined of several fit for one line of a log.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
