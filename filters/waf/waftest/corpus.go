// Package waftest gives tests of the WAF their requests: the regression suite of the OWASP Core Rule Set, and Coraza to
// compare verdicts with. Nothing of it goes into the gateway.
package waftest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"

	crs "github.com/corazawaf/coraza-coreruleset/v4/tests"
	"github.com/goccy/go-yaml"
)

// A Request is one HTTP request, as its bytes say.
type Request struct {
	Name     string // rule id, test id and stage of a suite's request
	Method   string
	Target   string
	Protocol string
	Header   [][2]string
	Body     []byte

	Expect   []int // rules that the suite expects to match, at paranoia 4
	NoExpect []int // rules that it expects not to
}

type suiteFile struct {
	RuleID int `yaml:"rule_id"`
	Tests  []struct {
		ID     int `yaml:"test_id"`
		Stages []struct {
			Input  suiteInput `yaml:"input"`
			Output struct {
				Log struct {
					Expect   []int `yaml:"expect_ids"`
					NoExpect []int `yaml:"no_expect_ids"`
				} `yaml:"log"`
			} `yaml:"output"`
		} `yaml:"stages"`
	} `yaml:"tests"`
}

type suiteInput struct {
	Headers        yaml.MapSlice `yaml:"headers"`
	Method         *string       `yaml:"method"`
	URI            *string       `yaml:"uri"`
	Version        *string       `yaml:"version"`
	Data           string        `yaml:"data"`
	Autocomplete   *bool         `yaml:"autocomplete_headers"`
	EncodedRequest string        `yaml:"encoded_request"`
}

// Suite returns every stage of the regression suite, in a fixed order.
func Suite() ([]Request, error) {
	var list []Request
	names, err := fs.Glob(crs.FS, "*/*.yaml")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	for _, name := range names {
		text, err := fs.ReadFile(crs.FS, name)
		if err != nil {
			return nil, err
		}
		var f suiteFile
		if err := yaml.Unmarshal(text, &f); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for i, test := range f.Tests {
			for n, stage := range test.Stages {
				id := test.ID
				if id == 0 {
					id = i + 1
				}
				r, err := stage.Input.request()
				if err != nil {
					return nil, fmt.Errorf("%s: test %d: %w", name, id, err)
				}
				r.Name = fmt.Sprintf("%d-%d/%d", f.RuleID, id, n+1)
				r.Expect, r.NoExpect = stage.Output.Log.Expect, stage.Output.Log.NoExpect
				list = append(list, r)
			}
		}
	}
	return list, nil
}

func (in *suiteInput) request() (Request, error) {
	if in.EncodedRequest != "" {
		raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(in.EncodedRequest, "\n", ""))
		if err != nil {
			return Request{}, err
		}
		return Parse(raw)
	}
	r := Request{Method: or(in.Method, "GET"), Target: or(in.URI, "/"), Protocol: or(in.Version, "HTTP/1.1"), Body: []byte(in.Data)}
	has := map[string]bool{}
	for _, h := range in.Headers {
		name := fmt.Sprint(h.Key)
		value := ""
		if h.Value != nil {
			value = fmt.Sprint(h.Value)
		}
		r.Header = append(r.Header, [2]string{name, value})
		has[http.CanonicalHeaderKey(name)] = true
	}
	if in.Autocomplete == nil || *in.Autocomplete {
		if len(r.Body) > 0 && !has["Content-Type"] {
			r.Header = append(r.Header, [2]string{"Content-Type", "application/x-www-form-urlencoded"})
		}
		if len(r.Body) > 0 && !has["Content-Length"] && !has["Transfer-Encoding"] {
			r.Header = append(r.Header, [2]string{"Content-Length", strconv.Itoa(len(r.Body))})
		}
		if !has["Connection"] {
			r.Header = append(r.Header, [2]string{"Connection", "close"})
		}
	}
	return r, nil
}

func or(s *string, def string) string {
	if s == nil {
		return def
	}
	return *s
}

// Parse reads the bytes of a request. It checks nothing.
func Parse(raw []byte) (Request, error) {
	head, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	lines := strings.Split(string(head), "\r\n")
	parts := strings.SplitN(lines[0], " ", 3)
	if len(parts) != 3 {
		return Request{}, fmt.Errorf("request line %q", lines[0])
	}
	r := Request{Method: parts[0], Target: parts[1], Protocol: parts[2], Body: body}
	for _, l := range lines[1:] {
		name, value, _ := strings.Cut(l, ":")
		r.Header = append(r.Header, [2]string{name, strings.TrimSpace(value)})
	}
	return r, nil
}

// Unescape decodes + and %XX where they are valid.
func Unescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}
